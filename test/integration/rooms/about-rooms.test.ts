import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertError, besiege, HandClock, rowsOf } from '../../support/attack/node.ts';
import { friendsInRoom, type LocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const aboutRoom = async ({ api }: LocalNode, room_id: string) => {
  const { topic, description } = await api.room({ room_id });
  return [topic, description];
};

test('a topic and a description are shown on every server, and in later invites', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const described = { topic: 'Cake on\n Sunday ', description: '**Bring** plates\nand forks' };
  const room = await a.api.describeRoom({ room_id, ...described });
  assert.equal(room.topic, 'Cake on Sunday');
  await until([a, b], 'the topic', async () => (await b.api.room({ room_id })).topic !== '');
  assert.deepEqual(await aboutRoom(b, room_id), ['Cake on Sunday', described.description]);
  await a.api.changeRoom({ room_id, name: 'Renamed', join_rule: 'invite' });
  await a.api.addChannel({ room_id, name: 'garden' });
  assert.deepEqual(await aboutRoom(a, room_id), ['Cake on Sunday', described.description]);
  const { user_id } = await b.api.addUser({ localpart: 'carla' });
  await a.api.inviteUser({ room_id, user_id });
  await until([a, b], 'the invite', async () => (await b.api.invites({ as: user_id })).items.length === 1);
  const [invite] = (await b.api.invites({ as: user_id })).items;
  assert.equal(invite?.description, described.description);
  await a.api.describeRoom({ room_id, topic: '' });
  assert.deepEqual(await aboutRoom(a, room_id), ['', described.description], 'the other stays');
});

test('hidden characters in a topic and a description are shown', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await a.api.describeRoom({ room_id, topic: 'a\u202eb', description: 'c\u200bd' });
  await until([a, b], 'the topic', async () => (await b.api.room({ room_id })).topic !== '');
  for (const node of [a, b]) assert.deepEqual(await aboutRoom(node, room_id), ['a\ufffdb', 'c\ufffdd']);
});

test('only the owner of a room changes its topic and description, which have a longest length', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  const about = { room_id, topic: 'Mine' };
  await assert.rejects(b.api.describeRoom(about), { code: 'FORBIDDEN' });
  await assert.rejects(a.api.describeRoom({ ...about, as: carla }), { code: 'FORBIDDEN' });
  await assert.rejects(a.api.describeRoom({ room_id, topic: 'x'.repeat(201) }), /200/);
  await assert.rejects(a.api.describeRoom({ room_id, description: 'x'.repeat(2001) }), /2,?000/);
  assert.deepEqual(await aboutRoom(a, room_id), ['', '']);
});

const pinned = async ({ api }: LocalNode, room_id: string) =>
  (await api.pinnedMessages({ room_id })).items.map(({ body }) => body);

test('pinned messages are the same on every server, as they are now, the last one first', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { event_id: first } = await a.api.postMessage({ room_id, body: 'the code is 12' });
  const { event_id: second } = await b.api.postMessage({ room_id, body: 'we meet at six' });
  await until([a, b], 'both', async () => (await a.api.timeline({ room_id })).items.length === 2);
  for (const event_id of [first, second]) await a.api.pinMessage({ room_id, event_id, pinned: true });
  await until([a, b], 'both pins', async () => (await pinned(b, room_id)).length === 2);
  await b.api.editMessage({ room_id, event_id: second, body: 'we meet at seven' });
  await until([a, b], 'the edit', async () => (await pinned(a, room_id))[0] === 'we meet at seven');
  for (const node of [a, b])
    assert.deepEqual(await pinned(node, room_id), ['we meet at seven', 'the code is 12']);
  await a.api.pinMessage({ room_id, event_id: first, pinned: false });
  await until([a, b], 'one pin', async () => (await pinned(b, room_id)).length === 1);
});

test('a deleted message isn’t pinned any more, and nothing of it is left', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { event_id } = await b.api.postMessage({ room_id, body: 'a secret' });
  await until([a, b], 'it', async () => (await a.api.timeline({ room_id })).items.length === 1);
  await a.api.pinMessage({ room_id, event_id, pinned: true });
  await until([a, b], 'the pin', async () => (await pinned(b, room_id)).length === 1);
  await b.api.deleteMessage({ room_id, event_id });
  await until([a, b], 'the delete', async () => (await pinned(a, room_id)).length === 0);
  for (const node of [a, b]) {
    assert.deepEqual(await pinned(node, room_id), []);
    for (const table of ['federation_events', 'rooms'] as const)
      assert.equal(JSON.stringify(rowsOf(node, table)).includes('a secret'), false);
  }
  const pin = { room_id, event_id, pinned: true };
  await a.api.pinMessage({ ...pin, pinned: false });
  assert.deepEqual((await a.api.room({ room_id })).pinned, []);
  await assert.rejects(a.api.pinMessage(pin), { code: 'CONFLICT' });
});

test('only owners and moderators pin, only messages of the room, and fifty at most', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { event_id } = await a.api.postMessage({ room_id, body: 'here' });
  const other = await a.api.createRoom({ name: 'Other', join_rule: 'invite' });
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  const pin = { room_id, event_id, pinned: true };
  await assert.rejects(a.api.pinMessage({ ...pin, as: carla }), { code: 'FORBIDDEN' });
  await assert.rejects(b.api.pinMessage(pin), { code: 'FORBIDDEN' });
  await assert.rejects(a.api.pinMessage({ ...pin, room_id: other.room_id }), { code: 'NOT_FOUND' });
  for (let at = 0; at < 50; at++) {
    const { event_id } = await a.api.postMessage({ room_id, body: `no. ${at}` });
    await a.api.pinMessage({ ...pin, event_id });
  }
  await assert.rejects(a.api.pinMessage(pin), { code: 'CONFLICT' });
});

test('nobody writes in an archived room until its owner brings it back', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { event_id } = await b.api.postMessage({ room_id, body: 'before' });
  await until([a, b], 'it', async () => (await a.api.timeline({ room_id })).items.length === 1);
  await assert.rejects(b.api.archiveRoom({ room_id, archived: true }), { code: 'FORBIDDEN' });
  await a.api.archiveRoom({ room_id, archived: true });
  await until([a, b], 'the archive', async () => (await b.api.room({ room_id })).archived);
  for (const { api } of [a, b]) {
    const archived = { code: 'FORBIDDEN', message: /archived/ };
    await assert.rejects(api.postMessage({ room_id, body: 'too late' }), archived);
    await assert.rejects(api.react({ room_id, event_id, emoji: '👍' }), archived);
  }
  await assert.rejects(b.api.editMessage({ room_id, event_id, body: 'changed' }), { code: 'FORBIDDEN' });
  await b.api.deleteMessage({ room_id, event_id });
  await until(
    [a, b],
    'the delete',
    async () => (await a.api.timeline({ room_id })).items[0]?.deleted === true,
  );
  await a.api.archiveRoom({ room_id, archived: false });
  await until([a, b], 'the room is back', async () => !(await b.api.room({ room_id })).archived);
  await b.api.postMessage({ room_id, body: 'after' });
  await until([a, b], 'the new one', async () => (await a.api.timeline({ room_id })).items.length === 2);
});

test('a home refuses what is written into an archived room, and takes what was written before it', async (t) => {
  const clock = new HandClock();
  const { raw, node, room } = await besiege(t, { ports: clock.ports });
  const before = clock.time + 10;
  clock.time += 1000;
  await node.api.archiveRoom({ room_id: room, archived: true });
  const send = (body: string, depth: number) =>
    raw.post(node.url, raw.message(room, body, { origin_ts: depth, depth }));
  assertError(await send('too late', clock.time + 10), {
    status: 403,
    code: 'FORBIDDEN',
    proven: true,
    reason: 'room_archived',
  });
  assert.equal((await send('in time', before)).status, 202);
  await node.api.archiveRoom({ room_id: room, archived: false });
  clock.time += 1000;
  assert.equal((await send('after', clock.time)).status, 202);
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(
    items.map(({ body }) => body),
    ['after', 'in time'],
  );
});
