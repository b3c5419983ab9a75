import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import type { Plain } from '../../../shared/protocol/coding/json.ts';
import { beGuest, type Guest } from '../../support/attack/home.ts';
import { besiege, user } from '../../support/attack/node.ts';
import {
  faceBytes,
  filesOf,
  getPicture,
  goneFrom,
  pathIn,
  postFile,
  sha256,
} from '../../support/nodes/files.ts';
import { friendsInRoom, type LocalNode } from '../../support/nodes/local-node.ts';
import { joined, openTo } from '../../support/nodes/people.ts';
import { threeServers } from '../../support/nodes/three-servers.ts';
import { until } from '../../support/until.ts';

const base64 = (bytes: Buffer): string => bytes.toString('base64');

/** Waits until the node shows this picture of the room. */
const shown = (node: LocalNode, room_id: string, bytes: Buffer | null) =>
  until(
    [node],
    'the picture',
    async () => (await node.api.room({ room_id })).picture === (bytes && sha256(bytes)),
  );

test('the picture of a room is shown on every server, fetched once somebody looks, changed and removed', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const [first, second] = [faceBytes('first'), faceBytes('second')];
  const { picture } = await a.api.describeRoom({ room_id, topic: 'Cake', picture: base64(first) });
  assert.equal(picture, sha256(first));
  await shown(b, room_id, first);
  assert.equal(existsSync(pathIn(b, first)), false, 'nothing is fetched before somebody looks');
  for (const node of [a, b]) {
    const answer = await getPicture(node, room_id, first);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), first);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    assert.match(answer.headers.get('cache-control') ?? '', /^private, max-age=\d+, immutable$/);
    assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox;/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  }

  await a.api.changeRoom({ room_id, name: 'Renamed' });
  await a.api.addChannel({ room_id, name: 'garden' });
  assert.equal((await a.api.room({ room_id })).picture, sha256(first), 'other changes keep it');
  await a.api.describeRoom({ room_id, picture: base64(second) });
  await shown(b, room_id, second);
  await goneFrom([a, b], first);
  for (const node of [a, b]) {
    assert.equal((await getPicture(node, room_id, first)).status, 404);
    assert.equal((await getPicture(node, room_id, second)).status, 200);
  }

  assert.equal((await a.api.describeRoom({ room_id, picture: null })).topic, 'Cake');
  await shown(b, room_id, null);
  await goneFrom([a, b], second);
});

test('somebody who has left a room no longer sees its picture on their own server', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const bytes = faceBytes('before');
  await a.api.describeRoom({ room_id, picture: base64(bytes) });
  await shown(b, room_id, bytes);
  assert.equal((await getPicture(b, room_id, bytes)).status, 200);
  await b.api.leaveRoom({ room_id });
  await until([b], 'b is out', async () => (await b.api.room({ room_id })).membership === 'left');
  assert.equal((await b.api.room({ room_id })).picture, null);
  assert.equal((await getPicture(b, room_id, bytes)).status, 404);
  assert.equal((await getPicture(a, room_id, bytes)).status, 200);
});

test('the picture of a room is there while its home sleeps, and comes back to a home that lost it', async (t) => {
  const { a, b, c, room } = await threeServers(t, ['a.test', 'b.test', 'c.test']);
  const bytes = faceBytes('asleep');
  await b.api.describeRoom({ room_id: room, picture: base64(bytes) });
  for (const node of [a, c]) await shown(node, room, bytes);
  assert.equal((await getPicture(a, room, bytes)).status, 200);
  rmSync(pathIn(b, bytes));
  assert.deepEqual(Buffer.from(await (await getPicture(b, room, bytes)).arrayBuffer()), bytes);
  await a.stop();
  assert.deepEqual(Buffer.from(await (await getPicture(c, room, bytes)).arrayBuffer()), bytes);
});

test('the picture of a room that is closed is removed everywhere', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const bytes = faceBytes('closed');
  await a.api.describeRoom({ room_id, picture: base64(bytes) });
  await shown(b, room_id, bytes);
  assert.equal((await getPicture(b, room_id, bytes)).status, 200);
  await a.api.deleteRoom({ room_id });
  await goneFrom([a, b], bytes);
});

test('a room whose picture changes often takes the space of one', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const all = Array.from({ length: 12 }, (_, nr) => faceBytes(`no. ${nr}`));
  const last = faceBytes('last');
  for (const bytes of [...all, last]) {
    await a.api.describeRoom({ room_id, picture: base64(bytes) });
    await shown(b, room_id, bytes);
    assert.equal((await getPicture(b, room_id, bytes)).status, 200);
  }
  await until([a, b], 'one file', async () => [a, b].every((node) => filesOf(node).length === 1));
  for (const node of [a, b]) assert.ok(existsSync(pathIn(node, last)));
});

test('only owners choose the picture of a room, only a small one, and it counts as a file of theirs', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await openTo(a);
  const carla = await joined(a, 'carla', { rooms: [room_id] });
  const child = await joined(a, 'mia', { role: 'child', rooms: [room_id] });
  await a.api.setModerator({ room_id, user_id: '@carla:a.test', moderator: true });
  const bytes = faceBytes('fits', 64, 60_000);
  const change = { room_id, picture: base64(bytes) };
  for (const [who, { api }] of Object.entries({ b, carla, child }))
    await assert.rejects(api.describeRoom(change), { code: 'FORBIDDEN' }, who);
  const { room_id: direct } = await a.api.startDirect({ person: '@b:b.test' });
  await assert.rejects(a.api.describeRoom({ ...change, room_id: direct }), { code: 'BAD_REQUEST' });
  const bad = {
    'an SVG': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    'HTML after a PNG': Buffer.from('\x89PNG\r\n\x1a\n<html><script>alert(1)</script>', 'latin1'),
    'a GIF': Buffer.from('GIF89a____'),
    'too many bytes': faceBytes('large', 64, 65_537),
    'too many pixels': faceBytes('bomb', 1025),
    nothing: Buffer.alloc(0),
  };
  for (const [what, picture] of Object.entries(bad))
    await assert.rejects(
      a.api.describeRoom({ room_id, topic: 'New', picture: base64(picture) }),
      { code: 'BAD_REQUEST' },
      what,
    );
  assert.deepEqual(filesOf(a), []);
  assert.equal((await a.api.room({ room_id })).topic, '', 'nothing is changed');

  const { files } = await a.api.settings({});
  await a.api.changeSettings({ files: { ...files, person_mb: 1 } });
  await a.api.describeRoom(change);
  await postFile(a, room_id, Buffer.alloc(900_000));
  await assert.rejects(postFile(a, room_id, Buffer.alloc(60_000)), /1/);
  await a.api.describeRoom({ room_id, picture: null });
  await postFile(a, room_id, Buffer.alloc(60_000));
});

test('nobody sees the picture of a room who isn’t in it', async (t) => {
  const { a, b } = await friendsInRoom(t);
  await openTo(a);
  const bytes = faceBytes('secret');
  const hash = sha256(bytes);
  const { room_id } = await a.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const open = (await a.api.createRoom({ name: 'Open', join_rule: 'peers' })).room_id;
  for (const room of [room_id, open]) await a.api.describeRoom({ room_id: room, picture: base64(bytes) });
  const [member, guest] = [await joined(a, 'cleo'), await joined(a, 'gast', { role: 'guest' })];
  const child = await joined(a, 'mia', { role: 'child', rooms: [room_id] });
  const refuses = async (api: LocalNode['api'], room: string, who: string) =>
    await assert.rejects(api.fetchRoomPicture({ room_id: room, hash }), { code: 'FORBIDDEN' }, who);
  for (const [who, { api }] of Object.entries({ member, guest })) await refuses(api, room_id, who);
  await refuses(member.api, open, 'somebody who may join');
  assert.equal((await member.api.room({ room_id: open })).picture, null);
  await a.api.inviteUser({ room_id, user_id: '@cleo:a.test' });
  await refuses(member.api, room_id, 'somebody who is invited');

  const [invite] = (await member.api.invites({})).items;
  await member.api.acceptInvite({ id: invite?.id ?? '' });
  assert.equal((await member.api.fetchRoomPicture({ room_id, hash })).content_type, 'image/png');
  assert.equal((await member.api.room({ room_id })).picture, hash);
  const guessed = { room_id, hash: sha256(faceBytes('guessed')) };
  await assert.rejects(member.api.fetchRoomPicture(guessed), { code: 'NOT_FOUND' });
  await a.api.removeMember({ room_id, user_id: '@cleo:a.test' });
  await refuses(member.api, room_id, 'a former member');

  assert.equal((await child.api.fetchRoomPicture({ room_id, hash })).content_type, 'image/png');
  await a.api.inviteUser({ room_id, user_id: '@b:b.test' });
  await until([a, b], 'the invite', async () => (await b.api.invites({})).items.length > 0);
  const [theirs] = (await b.api.invites({})).items;
  await b.api.acceptInvite({ id: theirs?.id ?? '' });
  await shown(b, room_id, bytes);
  await refuses(child.api, room_id, 'a child who waits for consent to meet Ben');
  assert.equal((await child.api.room({ room_id })).picture, null);
});

test('a server gets the picture of a room only while it is in the room', async (t) => {
  const { raw, node, room } = await besiege(t);
  const bytes = faceBytes('ours');
  await node.api.describeRoom({ room_id: room, picture: base64(bytes) });
  const other = (await node.api.createRoom({ name: 'Other', join_rule: 'invite' })).room_id;
  const hidden = faceBytes('hidden');
  await node.api.describeRoom({ room_id: other, picture: base64(hidden) });
  const ask = async (room_id: string, wanted: Buffer) => {
    const query = new URLSearchParams({ room_id, content_hash: sha256(wanted) });
    return (await raw.call(node.url, 'GET', `/file?${query}`)).status;
  };
  assert.equal(await ask(room, bytes), 200);
  assert.equal(await ask(other, hidden), 403);
  assert.equal(await ask(room, hidden), 404, 'that of another room');
  assert.equal(await ask(room, faceBytes('guessed')), 404);
  await node.api.removeMember({ room_id: room, user_id: user });
  assert.equal(await ask(room, bytes), 403);
});

/** The home says that the room has this picture. */
const pictured = ({ home, room }: Guest, picture: Plain, sender = '@user:home.test') =>
  home.event({
    room,
    type: 'm.room.info',
    state_key: '',
    sender,
    content: {
      name: 'Theirs',
      join_rule: 'peers',
      channels: [{ channel_id: '1', name: 'general' }],
      picture,
    },
  });

const named = (bytes: Buffer, more: { readonly [key: string]: Plain } = {}) => ({
  content_hash: sha256(bytes),
  content_type: 'image/png',
  size: bytes.length,
  ...more,
});

test('a room keeps its initial if its home names what isn’t a picture, or a file of another room', async (t) => {
  const guest = await beGuest(t);
  const { node, home, room } = guest;
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
  const [lie, mine] = [faceBytes('lie'), faceBytes('mine')];
  const { room_id } = await node.api.createRoom({ name: 'Own', join_rule: 'invite' });
  await node.api.describeRoom({ room_id, picture: base64(mine) });
  const served = new Map([
    [sha256(svg), svg],
    [sha256(lie), faceBytes('another')],
  ]);
  home.handlers.set('/file', ({ query }) => {
    const bytes = served.get(query.get('content_hash') ?? '');
    return bytes
      ? (response) => void response.end(bytes)
      : { status: 404, body: { code: 'NOT_FOUND', message: '' } };
  });
  const unnamed: Record<string, Plain> = {
    text: 'https://home.test/me.png',
    'too large': named(svg, { size: 65_537 }),
    SVG: named(svg, { content_type: 'image/svg+xml' }),
    'no hash': named(svg, { content_hash: '../../node.db' }),
  };
  for (const [what, picture] of Object.entries(unnamed)) {
    assert.equal((await home.post(node.url, pictured(guest, picture))).status, 202, what);
    assert.equal((await node.api.room({ room_id: room })).picture, null, what);
  }
  for (const [what, bytes] of Object.entries({ svg, lie, 'known here': mine })) {
    assert.equal((await home.post(node.url, pictured(guest, named(bytes)))).status, 202, what);
    await shown(node, room, bytes);
    const asked = () => home.requests.filter(({ path }) => path.endsWith('/file')).length;
    const before = asked();
    const look = () =>
      assert.rejects(node.api.fetchRoomPicture({ room_id: room, hash: sha256(bytes) }), what);
    await Promise.all([look(), look()]);
    await look();
    assert.equal(asked() - before, 1, what);
    assert.notEqual((await getPicture(node, room, bytes)).status, 200, what);
  }
  assert.equal((await getPicture(node, room_id, mine)).status, 200, 'our own room still shows it');
});
