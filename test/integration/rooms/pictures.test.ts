import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { Plain } from '../../../shared/protocol/coding/json.ts';
import { besiege, user } from '../../support/attack/node.ts';
import { faceBytes, filesOf, getPicture, goneFrom, pathIn, sha256 } from '../../support/nodes/files.ts';
import { friendsInRoom, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { joined, openTo } from '../../support/nodes/people.ts';
import { threeServers } from '../../support/nodes/three-servers.ts';
import type { RawHandler, RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const base64 = (bytes: Buffer): string => bytes.toString('base64');

const pictureAt = async ({ api }: LocalNode, room_id: string, user_id: string) =>
  (await api.members({ room_id })).items.find((one) => one.user_id === user_id)?.picture;

/** Waits until the node shows this picture of somebody in the room. */
const shown = (node: LocalNode, room_id: string, user_id: string, bytes: Buffer | null) =>
  until(
    [node],
    'the picture',
    async () => (await pictureAt(node, room_id, user_id)) === (bytes && sha256(bytes)),
  );

test('a picture and a line of text are shown by other servers, also in rooms joined later, and fetched once', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const [first, second] = [faceBytes('first'), faceBytes('second')];
  await b.api.changeProfile({ display_name: 'Ben', about: 'Bees\u200b and bread', picture: base64(first) });
  await shown(a, room_id, '@b:b.test', first);
  assert.deepEqual(await a.api.profile({ person: '@b:b.test' }), {
    user_id: '@b:b.test',
    display_name: 'Ben',
    about: 'Bees\ufffd and bread',
    picture: sha256(first),
    rooms: [{ room_id, name: (await a.api.room({ room_id })).name }],
  });
  assert.equal(existsSync(pathIn(a, first)), false, 'nothing is fetched before somebody looks');
  const answer = await getPicture(a, '@b:b.test', first);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), first);
  assert.equal(answer.headers.get('content-type'), 'image/png');
  assert.match(answer.headers.get('cache-control') ?? '', /^private, max-age=\d+, immutable$/);
  assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox;/);

  const later = (await a.api.createRoom({ name: 'Later', join_rule: 'peers' })).room_id;
  await b.api.joinRoom({ room_id: later });
  await shown(a, later, '@b:b.test', first);

  await b.api.changeProfile({ picture: base64(second) });
  for (const room of [room_id, later]) await shown(a, room, '@b:b.test', second);
  assert.equal((await a.api.profile({ person: '@b:b.test' })).display_name, 'Ben');
  await goneFrom([a, b], first);
  assert.equal((await getPicture(a, '@b:b.test', first)).status, 404);
  assert.equal((await getPicture(a, '@b:b.test', second)).status, 200);

  await b.api.changeProfile({ picture: null, about: '' });
  for (const room of [room_id, later]) await shown(a, room, '@b:b.test', null);
  await goneFrom([a, b], second);
  assert.equal((await b.api.account({})).picture, null);
});

test('a picture is there while the server of its person sleeps, if another member server has it', async (t) => {
  const { a, b, c, room } = await threeServers(t, ['a.test', 'b.test', 'c.test']);
  const bytes = faceBytes('asleep');
  await a.api.changeProfile({ picture: base64(bytes) });
  for (const node of [b, c]) await shown(node, room, '@a:a.test', bytes);
  assert.equal((await getPicture(b, '@a:a.test', bytes)).status, 200);
  await a.stop();
  const answer = await getPicture(c, '@a:a.test', bytes);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
});

test('a picture is removed everywhere when its person leaves, and when they are removed', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const [bens, carlas] = [faceBytes('ben'), faceBytes('carla')];
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  await a.api.changePersonProfile({ user_id: carla, about: 'Chess', picture: base64(carlas) });
  await b.api.changeProfile({ picture: base64(bens) });
  await shown(b, room_id, carla, carlas);
  await shown(a, room_id, '@b:b.test', bens);
  assert.equal((await getPicture(b, carla, carlas)).status, 200);
  assert.equal((await getPicture(a, '@b:b.test', bens)).status, 200);
  await a.api.removeAccount({ user_id: carla });
  await goneFrom([a, b], carlas);
  await a.api.removeMember({ room_id, user_id: '@b:b.test' });
  await goneFrom([a], bens);
  assert.equal((await getPicture(a, '@b:b.test', bens)).status, 404);
  assert.equal(existsSync(pathIn(b, bens)), true, 'Ben still shows it elsewhere');
});

test('only a small picture can be chosen, and it counts as a file of its person', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const bad = {
    'an SVG': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    'a GIF': Buffer.from('GIF89a____'),
    'too many bytes': faceBytes('large', 64, 65_537),
    'too many pixels': faceBytes('bomb', 1025),
    'half a header': faceBytes('short').subarray(0, 20),
  };
  for (const [what, bytes] of Object.entries(bad))
    await assert.rejects(a.api.changeProfile({ picture: base64(bytes) }), { code: 'BAD_REQUEST' }, what);
  assert.deepEqual(filesOf(a), []);
  const { files } = await a.api.settings({});
  await a.api.changeSettings({ files: { ...files, all_mb: 1 } });
  await a.api.changeProfile({ picture: base64(faceBytes('fits')) });
  assert.equal(filesOf(a).length, 1);
});

/** The peer's user shows this picture in a room of the node. */
const profileBy = (raw: RawPeer, room: string, picture: Plain) =>
  raw.event({
    room,
    type: 'm.member.profile',
    state_key: user,
    sender: user,
    content: { display_name: 'Ulla', picture },
  });

const named = (bytes: Buffer, more: { readonly [key: string]: Plain | undefined } = {}) => ({
  content_hash: sha256(bytes),
  content_type: 'image/png',
  size: bytes.length,
  ...more,
});

test('for a picture that isn’t one, the initial is shown with the name, and nobody asks for it again', async (t) => {
  const { raw, node, room } = await besiege(t);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
  const bomb = faceBytes('bomb', 30_000);
  const served = new Map<string, Buffer | 'endless'>([
    [sha256(svg), svg],
    [sha256(bomb), bomb],
    [sha256(faceBytes('other')), faceBytes('another')],
    [sha256(faceBytes('endless')), 'endless'],
  ]);
  const handler: RawHandler = ({ query }) => {
    const bytes = served.get(query.get('content_hash') ?? '');
    return (response) => {
      if (bytes !== 'endless') {
        response.end(bytes);
        return;
      }
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    };
  };
  raw.handlers.set('/file', handler);
  const unnamed: Record<string, Plain> = {
    text: 'https://raw.test/me.png',
    'too large': named(bomb, { size: 65_537 }),
    'no size': named(bomb, { size: undefined }),
    SVG: named(svg, { content_type: 'image/svg+xml' }),
    'no hash': named(bomb, { content_hash: '../../node.db' }),
  };
  for (const [what, picture] of Object.entries(unnamed)) {
    assert.equal((await raw.post(node.url, profileBy(raw, room, picture))).status, 202, what);
    assert.equal(await pictureAt(node, room, user), null, what);
  }
  const lies = { svg: named(svg), bomb: named(bomb), other: named(faceBytes('other')) };
  for (const [what, picture] of Object.entries({ ...lies, endless: named(faceBytes('endless')) })) {
    assert.equal((await raw.post(node.url, profileBy(raw, room, picture))).status, 202, what);
    assert.equal(await pictureAt(node, room, user), picture.content_hash, what);
    const person = { person: user, hash: picture.content_hash };
    const before = raw.requests.filter(({ path }) => path.endsWith('/file')).length;
    const looks = Array.from({ length: 5 }, () => assert.rejects(node.api.fetchPicture(person), what));
    await Promise.all(looks);
    await assert.rejects(node.api.fetchPicture(person), what);
    const asked = raw.requests.filter(({ path }) => path.endsWith('/file')).length - before;
    assert.equal(asked, 1, `${what}: asked ${asked} times`);
  }
  const { items } = await node.api.members({ room_id: room });
  assert.equal(items.find(({ user_id }) => user_id === user)?.display_name, 'Ulla');
});

test('a server gets a picture only in a room that both are in', async (t) => {
  const { raw, node, room } = await besiege(t);
  const bytes = faceBytes('mine');
  await node.api.changeProfile({ picture: base64(bytes) });
  const other = (await node.api.createRoom({ name: 'Other', join_rule: 'invite' })).room_id;
  const ask = (room_id: string, content_hash = sha256(bytes)) =>
    raw.call(node.url, 'GET', `/file?${new URLSearchParams({ room_id, content_hash })}`);
  assert.equal((await ask(room)).status, 200);
  assert.equal((await ask(other)).status, 403);
  assert.equal((await ask(room, sha256(faceBytes('guessed')))).status, 404);
  await node.api.removeMember({ room_id: room, user_id: user });
  assert.equal((await ask(room)).status, 403);
});

test('people see pictures and lines of those whom they share a room with, and a guest or a child of nobody else', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await openTo(a);
  const bytes = faceBytes('ben');
  await b.api.changeProfile({ about: 'Come to my place', picture: base64(bytes) });
  await shown(a, room_id, '@b:b.test', bytes);
  await a.api.changeProfile({ about: 'Only for friends', picture: base64(faceBytes('anna')) });
  const own = (await a.api.createRoom({ name: 'Own', join_rule: 'invite' })).room_id;
  const [member, guest] = [await joined(a, 'cleo'), await joined(a, 'gast', { role: 'guest', rooms: [own] })];
  const child = await joined(a, 'mia', { role: 'child' });
  for (const [who, one] of Object.entries({ member, guest, child })) {
    const card = await one.api.profile({ person: '@b:b.test' });
    assert.deepEqual([card.about, card.picture, card.rooms, card.display_name], ['', null, [], 'b'], who);
    const ask = { person: '@b:b.test', hash: sha256(bytes) };
    await assert.rejects(one.api.fetchPicture(ask), { code: 'NOT_FOUND' }, who);
  }
  for (const change of [{ picture: 'no Base64' }, { about: 'x'.repeat(201) }])
    await assert.rejects(member.api.changeProfile(change), { code: 'BAD_REQUEST' });
  const anna = { person: '@a:a.test', hash: sha256(faceBytes('anna')) };
  for (const one of [member, child]) await assert.rejects(one.api.fetchPicture(anna), { code: 'NOT_FOUND' });
  assert.equal((await guest.api.fetchPicture(anna)).content_type, 'image/png');
  assert.equal((await guest.api.profile({ person: '@a:a.test' })).about, 'Only for friends');

  // The child is let into the room of its guardian, and later somebody joins whom nobody allowed.
  await a.api.inviteUser({ room_id: own, user_id: '@mia:a.test' });
  const [invite] = (await child.api.invites({})).items;
  await child.api.acceptInvite({ id: invite?.id ?? '' });
  assert.equal((await child.api.profile({ person: '@a:a.test' })).about, 'Only for friends');
  await a.api.inviteUser({ room_id: own, user_id: '@b:b.test' });
  await until([a, b], 'the invite', async () => (await b.api.invites({})).items.length > 0);
  const [theirs] = (await b.api.invites({})).items;
  await b.api.acceptInvite({ id: theirs?.id ?? '' });
  await shown(a, own, '@b:b.test', bytes);
  const card = await child.api.profile({ person: '@b:b.test' });
  assert.deepEqual([card.about, card.picture, card.rooms], ['', null, []]);
  await assert.rejects(child.api.fetchPicture({ person: '@b:b.test', hash: sha256(bytes) }), {
    code: 'NOT_FOUND',
  });
  assert.equal(
    (await child.api.people({})).items.some(({ user_id }) => user_id === '@b:b.test'),
    false,
  );
});
