import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { Http } from '../../../main/client/http.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import type { Input } from '../../../shared/api/contract.ts';
import { fileBytesPath, uploadBytesPath } from '../../../shared/api/file-bytes.ts';
import { wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { atEnd } from '../../support/at-end.ts';
import { addRaw, beGuest } from '../../support/attack/home.ts';
import { rowsOf } from '../../support/attack/node.ts';
import { pathIn, pictureBytes } from '../../support/nodes/files.ts';
import { befriend, type LocalNode, startLocalNode, twoFriends } from '../../support/nodes/local-node.ts';
import { joined, openEntrance, openTo, password, resetSecret, Visitor } from '../../support/nodes/people.ts';
import { until } from '../../support/until.ts';

const mia = '@mia:a.test';

/** A home with a child, and a trusted peer that isn't well-meaning. */
async function household(t: TestContext, wanted: Input<'makeJoinLink'> = {}) {
  const { a, b } = await twoFriends(t);
  await openTo(a);
  const child = await joined(a, 'mia', { role: 'child', ...wanted });
  return { a, b, child };
}

const asks = async (a: LocalNode) =>
  (await a.api.consentAsks({})).items.map(({ room_name, reason, people }) => ({
    room_name,
    reason,
    people: people.map(({ user_id }) => user_id),
  }));

const asked = (a: LocalNode, count = 1) =>
  until([a], `${count} asks`, async () => (await asks(a)).length === count);

/** The guardian answers what is asked about a room, as it was shown. */
async function answer(a: LocalNode, room_id: string, allow: boolean): Promise<void> {
  const ask = (await a.api.consentAsks({})).items.find((one) => one.room_id === room_id);
  const people = ask?.people.map(({ user_id }) => user_id) ?? [];
  await a.api.answerConsent({ user_id: mia, room_id, allow, people });
}

const roomOf = async (child: Visitor, room_id: string) =>
  (await child.api.rooms({})).items.find((one) => one.room_id === room_id);

/** A room of the peer that a guardian allowed the child, with the peer's owner in it. */
async function allowedRoom(t: TestContext) {
  const ground = await household(t);
  const { a, b, child } = ground;
  const { room_id } = await b.api.createRoom({ name: 'Class 5b', join_rule: 'invite' });
  await b.api.inviteUser({ room_id, user_id: mia });
  await asked(a);
  await answer(a, room_id, true);
  const [invite] = (await child.api.invites({})).items;
  await child.api.acceptInvite({ id: invite?.id ?? '' });
  await until([a, b], 'an open room', async () => (await roomOf(child, room_id))?.channels.length === 1);
  return { ...ground, room_id };
}

test('an invite of another server waits for a guardian, and the child sees and answers it only then', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await b.api.createRoom({ name: 'Just us two', join_rule: 'invite' });
  await b.api.inviteUser({ room_id, user_id: mia });
  await asked(a);
  assert.deepEqual(await asks(a), [{ room_name: 'Just us two', reason: 'invited', people: ['@b:b.test'] }]);
  assert.deepEqual((await child.api.invites({})).items, []);
  const id = rowsOf<{ event_id: string }>(a, 'room_invites')[0]?.event_id ?? '';
  await assert.rejects(child.api.acceptInvite({ id }), { status: 403 });
  await assert.rejects(child.api.joinRoom({ room_id }), { status: 403 });
  assert.deepEqual(
    (await b.api.members({ room_id })).items.map(({ user_id }) => user_id),
    ['@b:b.test'],
  );
  await answer(a, room_id, true);
  const [invite] = (await child.api.invites({})).items;
  assert.equal((await child.api.acceptInvite({ id: invite?.id ?? '' })).membership, 'joined');
  await child.api.postMessage({ room_id, body: 'Hello' });
  assert.deepEqual(await asks(a), []);
});

test('a direct chat with a child waits for a guardian, also if the child starts it, and nobody starts one with a guest', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await b.api.startDirect({ person: mia });
  await asked(a);
  assert.deepEqual((await asks(a))[0]?.people, ['@b:b.test']);
  assert.deepEqual([(await child.api.invites({})).items, (await child.api.rooms({})).items], [[], []]);
  await assert.rejects(child.api.startDirect({ person: '@b:b.test' }), { status: 403 });
  assert.deepEqual((await b.api.members({ room_id })).items.length, 1);
  await answer(a, room_id, false);
  // The child may ask for it, and a guardian decides.
  await assert.rejects(child.api.startDirect({ person: '@b:b.test' }), { status: 403 });
  await asked(a);
  const [ask] = (await a.api.consentAsks({})).items;
  await answer(a, ask?.room_id ?? '', true);
  const opened = await until([a, b], 'the chat', async () => {
    const found = await roomOf(child, ask?.room_id ?? '');
    return found?.membership === 'joined' && found.waits === null ? found : false;
  });
  assert.deepEqual([opened.direct?.user_id, opened.waits], ['@b:b.test', null]);
  const guest = await joined(a, 'gus', { role: 'guest' });
  await assert.rejects(guest.api.startDirect({ person: mia }), { status: 403 });
  await assert.rejects(a.api.startDirect({ person: '@gus:a.test' }), { status: 403 });
});

test('a room that a guardian refuses is declined, and an invite back into it waits again', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await b.api.createRoom({ name: 'Just us two', join_rule: 'invite' });
  await b.api.inviteUser({ room_id, user_id: mia });
  await asked(a);
  await answer(a, room_id, false);
  assert.deepEqual([await asks(a), (await child.api.invites({})).items], [[], []]);
  await b.api.inviteUser({ room_id, user_id: mia });
  await asked(a);
  assert.deepEqual((await child.api.invites({})).items, []);
});

test('somebody new in an allowed room closes it to the child until a guardian confirms them', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  const stream = await child.stream();
  await b.api.addUser({ localpart: 'eve' });
  await b.api.inviteUser({ room_id, user_id: '@eve:b.test' });
  await b.api.joinRoom({ room_id, as: '@eve:b.test' });
  await b.api.postMessage({ room_id, body: 'Where do you live?', as: '@eve:b.test' });
  await asked(a);
  assert.deepEqual(await asks(a), [{ room_name: 'Class 5b', reason: 'people', people: ['@eve:b.test'] }]);
  const closed = await roomOf(child, room_id);
  assert.deepEqual([closed?.waits, closed?.channels, closed?.last_message], ['people', [], null]);
  for (const call of [
    child.api.postMessage({ room_id, body: 'At home' }),
    child.api.timeline({ room_id }),
    child.api.members({ room_id }),
  ])
    await assert.rejects(call, { status: 403 });
  assert.deepEqual(await child.api.unread({}), { unread: 0, mentions: 0 });
  // The child's name is closed to everybody else on this server, too.
  await assert.rejects(a.api.postMessage({ room_id, body: 'x', as: mia }), { status: 403 });
  await answer(a, room_id, true);
  assert.equal((await child.api.timeline({ room_id })).items.length, 1);
  await child.api.postMessage({ room_id, body: 'Hello Eve' });
  await stream.heard('event: room');
  assert.equal(stream.lines.join('\n').includes('Where do you live'), false);
});

test('a child neither sees nor sends files in a room that is closed to it', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  const bytes = pictureBytes('from eve');
  const own = await child.api.startUpload({ room_id, name: 'me.png', size: 3 });
  await b.api.addUser({ localpart: 'eve' });
  await b.api.inviteUser({ room_id, user_id: '@eve:b.test' });
  await b.api.joinRoom({ room_id, as: '@eve:b.test' });
  const upload = await b.api.startUpload({ room_id, name: 'x.png', size: bytes.length, as: '@eve:b.test' });
  const put = uploadBytesPath(room_id, upload.upload_id, 0);
  const headers = { authorization: `Bearer ${b.node.token}` };
  const sent = await fetch(`${b.control}${put}&as=${encodeURIComponent('@eve:b.test')}`, {
    method: 'PUT',
    headers,
    body: Buffer.from(bytes),
  });
  assert.equal(sent.status, 200);
  const uploads = [upload.upload_id];
  const { event_id } = await b.api.postMessage({ room_id, uploads, as: '@eve:b.test' });
  await asked(a);
  const path = fileBytesPath(room_id, event_id, 0);
  assert.equal((await child.send('GET', path)).status, 403);
  for (const call of [
    child.api.fetchFile({ room_id, event_id, number: 0 }),
    child.api.startUpload({ room_id, name: 'me.png', size: 3 }),
  ])
    await assert.rejects(call, { status: 403 });
  const mine = uploadBytesPath(room_id, own.upload_id, 0);
  assert.equal((await child.send('PUT', mine, 'abc')).status, 403, 'not even what it had begun');
  assert.equal(existsSync(pathIn(a, bytes)), false, 'nobody fetched it');
  await answer(a, room_id, true);
  await until([a, b], 'the message', async () => (await child.api.timeline({ room_id })).items.length === 1);
  assert.equal((await child.send('GET', path)).status, 200);
  assert.equal((await child.send('PUT', mine, 'abc')).status, 200);
});

test('somebody who comes between the question and the answer waits for another one', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  for (const localpart of ['eve', 'tom']) {
    await b.api.addUser({ localpart });
    await b.api.inviteUser({ room_id, user_id: `@${localpart}:b.test` });
    await b.api.joinRoom({ room_id, as: `@${localpart}:b.test` });
  }
  await until([a], 'two people', async () => (await asks(a))[0]?.people.length === 2);
  await a.api.answerConsent({ user_id: mia, room_id, allow: true, people: ['@eve:b.test'] });
  assert.deepEqual((await asks(a))[0]?.people, ['@tom:b.test']);
  assert.equal((await roomOf(child, room_id))?.waits, 'people');
  // Tom leaves and has written nothing, so nobody has to decide about him.
  await b.api.removeMember({ room_id, user_id: '@tom:b.test' });
  await asked(a, 0);
  await child.api.postMessage({ room_id, body: 'Hello' });
});

test('confirming somebody opens all rooms that they closed, and the child learns of each', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  const other = await b.api.createRoom({ name: 'Class 6a', join_rule: 'invite' });
  await b.api.inviteUser({ room_id: other.room_id, user_id: mia });
  await asked(a);
  await answer(a, other.room_id, true);
  const [invite] = (await child.api.invites({})).items;
  await child.api.acceptInvite({ id: invite?.id ?? '' });
  await b.api.addUser({ localpart: 'eve' });
  for (const room of [room_id, other.room_id]) {
    await b.api.inviteUser({ room_id: room, user_id: '@eve:b.test' });
    await b.api.joinRoom({ room_id: room, as: '@eve:b.test' });
  }
  await asked(a, 2);
  const stream = await child.stream();
  await answer(a, room_id, true);
  await stream.heard(`{"topic":"room","room_id":"${other.room_id}"}`);
  assert.deepEqual(await asks(a), []);
});

test('a guardian need not decide about a room that the child has left, until it is back', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  await b.api.addUser({ localpart: 'eve' });
  await b.api.inviteUser({ room_id, user_id: '@eve:b.test' });
  await b.api.joinRoom({ room_id, as: '@eve:b.test' });
  await b.api.postMessage({ room_id, body: 'Where do you live?', as: '@eve:b.test' });
  await asked(a);
  await b.api.removeMember({ room_id, user_id: mia });
  await asked(a, 0);
  await b.api.removeMember({ room_id, user_id: '@eve:b.test' });
  await b.api.inviteUser({ room_id, user_id: mia });
  await until([a, b], 'the invite', async () => (await child.api.invites({})).items.length === 1);
  const [invite] = (await child.api.invites({})).items;
  await child.api.acceptInvite({ id: invite?.id ?? '' });
  await asked(a);
  assert.deepEqual((await asks(a))[0]?.people, ['@eve:b.test']);
});

test('somebody who joins the household keeps no room closed', async (t) => {
  const a = await openEntrance(t);
  const { room_id } = await a.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const child = await joined(a, 'mia', { role: 'child', rooms: [room_id] });
  const guest = await joined(a, 'max', { role: 'guest', rooms: [room_id] });
  await guest.api.postMessage({ room_id, body: 'Hello' });
  await a.api.addUser({ localpart: 'ben' });
  await a.api.inviteUser({ room_id, user_id: '@ben:a.test' });
  await a.api.joinRoom({ room_id, as: '@ben:a.test' });
  assert.deepEqual((await asks(a))[0]?.people, ['@ben:a.test', '@max:a.test']);
  await a.api.changeRole({ user_id: '@max:a.test', role: 'member' });
  assert.deepEqual((await asks(a))[0]?.people, ['@ben:a.test']);
  const secret = await resetSecret(a, '@ben:a.test');
  assert.equal((await new Visitor(a).post('reset', { secret, password })).status, 200);
  assert.deepEqual(await asks(a), []);
  await child.api.postMessage({ room_id, body: 'Hello' });
});

test('a guardian who refuses somebody new takes the child out of the room, at its home too', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  await b.api.addUser({ localpart: 'eve' });
  await b.api.inviteUser({ room_id, user_id: '@eve:b.test' });
  await b.api.joinRoom({ room_id, as: '@eve:b.test' });
  await asked(a);
  await answer(a, room_id, false);
  await until([b], 'the child is out', async () =>
    (await b.api.members({ room_id })).items.every(({ user_id }) => user_id !== mia),
  );
  assert.deepEqual(await asks(a), []);
  assert.equal(await roomOf(child, room_id), undefined);
});

test('somebody who edits a message from before the child came closes the room, as if they wrote', async (t) => {
  const { node: a, home, room, shelf } = await beGuest(t);
  await openTo(a);
  const old = home.message(room, 'Hello', { sender: '@eve:home.test' });
  await home.post(a.url, old);
  const child = await joined(a, 'mia', { role: 'child' });
  await assert.rejects(child.api.joinRoom({ room_id: room }), { status: 403 });
  await answer(a, room, true);
  shelf.push(wireEvent(home.event({ room, type: 'm.member.join', state_key: mia, content: {} })));
  await home.post(a.url, home.event({ room, type: 'm.member.join', state_key: mia, content: {} }));
  assert.equal((await child.api.timeline({ room_id: room })).items.length, 1);
  const message_id = String(old.content.get('message_id'));
  const content = { body: 'Where do you live?', message_id, target_event_id: old.event_id };
  const edit = home.event({ room, type: 'm.message.edit', sender: '@eve:home.test', content });
  assert.equal((await home.post(a.url, edit)).status, 202);
  assert.deepEqual((await asks(a))[0]?.people, ['@eve:home.test']);
  await assert.rejects(child.api.timeline({ room_id: room }), { status: 403 });
});

test('a home that calls the child the owner of its room doesn’t make a guardian believe that the child made it', async (t) => {
  const { node: a, home, room } = await beGuest(t);
  await openTo(a);
  await joined(a, 'mia', { role: 'child' });
  const content = { role: 'owner' };
  await home.post(a.url, home.event({ room, type: 'm.member.join', state_key: mia, content }));
  assert.equal((await asks(a))[0]?.reason, 'in');
});

test('somebody in a room that is closed to the child is not among the people whom it can find', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  const found = async () => (await child.api.people({ query: 'eve' })).items.map(({ user_id }) => user_id);
  await b.api.addUser({ localpart: 'eve', display_name: 'Write to me' });
  await b.api.inviteUser({ room_id, user_id: '@eve:b.test' });
  await b.api.joinRoom({ room_id, as: '@eve:b.test' });
  await asked(a);
  assert.deepEqual(await found(), []);
  await answer(a, room_id, true);
  assert.deepEqual(await found(), ['@eve:b.test']);
});

test('a guardian decides for children alone, and takes no member out of a room', async (t) => {
  const a = await openEntrance(t);
  const { room_id } = await a.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  await joined(a, 'ben', { rooms: [room_id] });
  const admin = await joined(a, 'ann', { role: 'admin' });
  const about = { user_id: '@ben:a.test', room_id };
  await assert.rejects(admin.api.answerConsent({ ...about, allow: false }), { status: 404 });
  await assert.rejects(admin.api.withdrawRoom(about), { status: 404 });
  const members = (await a.api.members({ room_id })).items.map(({ user_id }) => user_id);
  assert.deepEqual(members, ['@a:a.test', '@ben:a.test']);
});

test('another name for an allowed room changes nothing about who may be in it', async (t) => {
  const { a, b, child, room_id } = await allowedRoom(t);
  await b.api.changeRoom({ room_id, name: 'Grandma' });
  await until([a], 'the name', async () => (await roomOf(child, room_id))?.name === 'Grandma');
  assert.deepEqual(await asks(a), []);
  const other = await b.api.createRoom({ name: 'Class 5b', join_rule: 'invite' });
  await b.api.inviteUser({ room_id: other.room_id, user_id: mia });
  await asked(a);
  assert.deepEqual((await asks(a))[0]?.people, []);
  assert.deepEqual((await child.api.invites({})).items, []);
});

test('a home that makes the child a member by itself shows it nothing, and a guardian is asked', async (t) => {
  const a = await openEntrance(t);
  const home = await addRaw(t, a, 'home.test');
  const child = await joined(a, 'mia', { role: 'child' });
  const room = '!5:home.test';
  home.handlers.set('/events', () => ({ status: 200, body: '{"events":[]}' }));
  home.handlers.set('/invite', () => ({
    status: 200,
    body: { accepted: true, room_id: room, guild_id: '5', guild_name: 'Theirs', default_channel_id: '1' },
  }));
  home.handlers.set('/join', () => ({
    status: 200,
    body: { joined: true, room_id: room, guild_id: '5', local_user_id: '9' },
  }));
  await a.api.joinRoom({ room_id: room });
  const say = (type: string, state_key: string, content: Parameters<typeof home.event>[0]['content']) =>
    home.post(a.url, home.event({ room, type, state_key, content }));
  await say('m.room.info', '', {
    name: 'Theirs',
    join_rule: 'peers',
    channels: [{ channel_id: '1', name: 'general' }],
  });
  await say('m.member.join', '@user:home.test', { role: 'owner' });
  await say('m.member.join', mia, {});
  assert.deepEqual(await asks(a), [{ room_name: 'Theirs', reason: 'in', people: ['@user:home.test'] }]);
  assert.deepEqual((await child.api.rooms({})).items, []);
  await assert.rejects(child.api.timeline({ room_id: room }), { status: 403 });
  await assert.rejects(child.api.postMessage({ room_id: room, body: 'x' }), { status: 403 });
  await answer(a, room, true);
  assert.equal((await child.api.timeline({ room_id: room })).items.length, 0);
  // A user of the home needn't be a member there to write.
  await home.post(a.url, home.message(room, 'Where do you live?', { sender: '@eve:home.test' }));
  await asked(a);
  assert.deepEqual((await asks(a))[0], { room_name: 'Theirs', reason: 'people', people: ['@eve:home.test'] });
  await assert.rejects(child.api.timeline({ room_id: room }), { status: 403 });
});

test('a guardian is asked once about a room of another server that somebody of the household is in', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await b.api.createRoom({ name: 'Choir', join_rule: 'peers' });
  await a.api.joinRoom({ room_id });
  await until([a, b], 'both', async () => (await a.api.members({ room_id })).items.length === 2);
  await assert.rejects(child.api.joinRoom({ room_id }), { status: 403 });
  assert.deepEqual(await asks(a), [{ room_name: 'Choir', reason: 'joins', people: ['@b:b.test'] }]);
  assert.equal((await a.api.consentAsks({})).items[0]?.maybe_more, false);
  await answer(a, room_id, true);
  assert.deepEqual(await asks(a), []);
  await child.api.postMessage({ room_id, body: 'Hello' });
});

test('a guardian learns who is in a room without the household before the child sees it', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await b.api.createRoom({ name: 'Choir', join_rule: 'peers' });
  await assert.rejects(child.api.joinRoom({ room_id }), { status: 403 });
  assert.equal((await a.api.consentAsks({})).items[0]?.maybe_more, true);
  await answer(a, room_id, true);
  assert.deepEqual(await asks(a), [{ room_name: 'Choir', reason: 'people', people: ['@b:b.test'] }]);
  assert.equal((await a.api.consentAsks({})).items[0]?.maybe_more, false);
  await assert.rejects(child.api.timeline({ room_id }), { status: 403 });
});

test('nothing about a child reaches a room of another server before its people are known', async (t) => {
  const real = new UndiciHttp();
  atEnd(t, () => real.close());
  const mayRead = Promise.withResolvers<void>();
  const held: Http = {
    request: async (asked) => {
      if (asked.method === 'GET' && /\/events\?/.test(asked.url)) await mayRead.promise;
      return real.request(asked);
    },
    seenCertificate: (url) => real.seenCertificate(url),
    close: () => real.close(),
  };
  const a = await startLocalNode(t, { name: 'a.test', parts: { http: held } });
  const b = await startLocalNode(t, { name: 'b.test' });
  await befriend(a, b);
  await openTo(a);
  const child = await joined(a, 'mia', { role: 'child' });
  const { room_id } = await b.api.createRoom({ name: 'Choir', join_rule: 'peers' });
  const [channel] = (await b.api.room({ room_id })).channels;
  await assert.rejects(child.api.joinRoom({ room_id }), { status: 403 });
  const answered = answer(a, room_id, true);
  await until([a, b], 'the child', async () => (await b.api.members({ room_id })).items.length === 2);
  const hello = { room_id, channel_id: channel?.channel_id ?? '', body: 'Hello' };
  await assert.rejects(child.api.postMessage(hello), { status: 403 });
  mayRead.resolve();
  await answered;
  await asked(a);
  assert.deepEqual(await asks(a), [{ room_name: 'Choir', reason: 'people', people: ['@b:b.test'] }]);
  await assert.rejects(child.api.postMessage(hello), { status: 403 });
  await answer(a, room_id, true);
  await child.api.postMessage(hello);
});

test('a guardian who invites the child into a room need not answer for the people in it again', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await a.api.createRoom({ name: 'Garden', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  await until([a], 'the neighbor', async () => (await a.api.members({ room_id })).items.length === 2);
  await a.api.inviteUser({ room_id, user_id: mia });
  const [invite] = (await child.api.invites({})).items;
  await child.api.acceptInvite({ id: invite?.id ?? '' });
  assert.deepEqual(await asks(a), []);
  await child.api.postMessage({ room_id, body: 'Hello' });
});

test('a child’s new room and the invites to it wait for one answer, which carries out both', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id, waits } = await child.api.createRoom({ name: 'Ponies', join_rule: 'invite' });
  assert.equal(waits, 'room');
  await assert.rejects(child.api.postMessage({ room_id, body: 'x' }), { status: 403 });
  await assert.rejects(child.api.inviteUser({ room_id, user_id: '@b:b.test' }), /was asked/);
  assert.deepEqual(await asks(a), [{ room_name: 'Ponies', reason: 'made', people: ['@b:b.test'] }]);
  assert.deepEqual((await b.api.invites({})).items, []);
  await answer(a, room_id, true);
  await until([b], 'the invite', async () => (await b.api.invites({})).items.length === 1);
  await child.api.postMessage({ room_id, body: 'Hello' });
  const [invite] = (await b.api.invites({})).items;
  await b.api.acceptInvite({ id: invite?.id ?? '' });
  await until([a], 'two members', async () => (await child.api.members({ room_id })).items.length === 2);
  assert.deepEqual(await asks(a), []);
});

test('a person whom the guardian doesn’t confirm is not invited, and the child stays in its room', async (t) => {
  const { a, b, child } = await household(t);
  const { room_id } = await child.api.createRoom({ name: 'Ponies', join_rule: 'invite' });
  await answer(a, room_id, true);
  await assert.rejects(child.api.inviteUser({ room_id, user_id: '@b:b.test' }), { status: 403 });
  await child.api.postMessage({ room_id, body: 'Nobody new is here yet' });
  await answer(a, room_id, false);
  assert.deepEqual([await asks(a), (await b.api.invites({})).items], [[], []]);
  await child.api.postMessage({ room_id, body: 'Still here' });
});

test('the household is no stranger: it needs no confirmation in a room that is allowed', async (t) => {
  const { a, child } = await household(t);
  await joined(a, 'ben', { role: 'member' });
  const guest = await joined(a, 'max', { role: 'guest' });
  const { room_id } = await child.api.createRoom({ name: 'Ponies', join_rule: 'invite' });
  await answer(a, room_id, true);
  await child.api.inviteUser({ room_id, user_id: '@ben:a.test' });
  await assert.rejects(child.api.inviteUser({ room_id, user_id: '@max:a.test' }), { status: 403 });
  assert.deepEqual((await asks(a))[0]?.people, ['@max:a.test']);
  await assert.rejects(guest.api.joinRoom({ room_id }), { status: 403 });
});

test('a child is at once in the rooms of its link with those who were there, and an invite by a guardian is consent', async (t) => {
  const { a, b } = await twoFriends(t);
  await openTo(a);
  const { room_id } = await a.api.createRoom({ name: 'Family', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  await until([a], 'the aunt', async () => (await a.api.members({ room_id })).items.length === 2);
  const child = await joined(a, 'mia', { role: 'child', rooms: [room_id] });
  await child.api.postMessage({ room_id, body: 'Hello aunt' });
  assert.deepEqual(await asks(a), []);
  const garden = await a.api.createRoom({ name: 'Garden', join_rule: 'invite' });
  await a.api.inviteUser({ room_id: garden.room_id, user_id: mia });
  const [invite] = (await child.api.invites({})).items;
  await child.api.acceptInvite({ id: invite?.id ?? '' });
  await child.api.postMessage({ room_id: garden.room_id, body: 'Hello' });
});

test('consent that is taken back closes rooms, or takes the child out', async (t) => {
  const { a, child, room_id } = await allowedRoom(t);
  const given = await a.api.consents({ user_id: mia });
  assert.deepEqual(
    [given.rooms.map(({ name }) => name), given.people.map(({ user_id }) => user_id)],
    [['Class 5b'], ['@b:b.test']],
  );
  await a.api.withdrawContact({ user_id: mia, person: '@b:b.test' });
  assert.equal((await roomOf(child, room_id))?.waits, 'people');
  await answer(a, room_id, true);
  await child.api.postMessage({ room_id, body: 'Hello' });
  await a.api.withdrawRoom({ user_id: mia, room_id });
  assert.equal(await roomOf(child, room_id), undefined);
  assert.deepEqual((await a.api.consents({ user_id: mia })).rooms, []);
});

test('a member who becomes a child is in no room until one is allowed', async (t) => {
  const a = await openEntrance(t);
  const { room_id } = await a.api.createRoom({ name: 'Family', join_rule: 'invite' });
  const member = await joined(a, 'mia', { role: 'member', rooms: [room_id] });
  await member.api.postMessage({ room_id, body: 'Hello' });
  await a.api.changeRole({ user_id: mia, role: 'child' });
  await member.logIn('mia');
  assert.equal((await roomOf(member, room_id))?.waits, 'room');
  await assert.rejects(member.api.postMessage({ room_id, body: 'Hello' }), { status: 403 });
  assert.deepEqual(await asks(a), [{ room_name: 'Family', reason: 'in', people: [] }]);
  await answer(a, room_id, true);
  await member.api.postMessage({ room_id, body: 'Hello' });
});

test('a guardian is asked about outsiders whom a member knew once the member is a child', async (t) => {
  const { a, b } = await twoFriends(t);
  await openTo(a);
  const { room_id } = await a.api.createRoom({ name: 'Club', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  await joined(a, 'mia', { role: 'member', rooms: [room_id] });
  await joined(a, 'max', { role: 'member', rooms: [room_id] });
  await until([a], 'four members', async () => (await a.api.members({ room_id })).items.length === 4);
  await a.api.changeRole({ user_id: mia, role: 'child' });
  assert.deepEqual(await asks(a), [{ room_name: 'Club', reason: 'in', people: ['@b:b.test'] }]);
  await answer(a, room_id, true);
  assert.deepEqual(await asks(a), []);
  await a.api.changeRole({ user_id: '@max:a.test', role: 'guest' });
  assert.deepEqual(await asks(a), [{ room_name: 'Club', reason: 'people', people: ['@max:a.test'] }]);
});

test('a child has a limited number of requests, and only a guardian answers them', async (t) => {
  const { a, b, child } = await household(t);
  for (let i = 0; i < 50; i++)
    await assert.rejects(child.api.joinRoom({ room_id: `!${i}:b.test` }), { status: 403 });
  await assert.rejects(child.api.joinRoom({ room_id: '!50:b.test' }), { status: 409 });
  assert.equal((await asks(a)).length, 50);
  const member = await joined(a, 'ben', { role: 'member' });
  const admin = await joined(a, 'ann', { role: 'admin' });
  const wanted = { user_id: mia, room_id: '!0:b.test', allow: true, people: [] };
  for (const one of [child, member]) await assert.rejects(one.api.answerConsent(wanted), { status: 403 });
  const { room_id } = await b.api.createRoom({ name: 'Open', join_rule: 'peers' });
  await admin.api.answerConsent({ ...wanted, allow: false });
  await assert.rejects(child.api.joinRoom({ room_id }), { status: 403 });
  await admin.api.answerConsent({ ...wanted, room_id });
  assert.equal((await roomOf(child, room_id))?.membership, 'joined');
});
