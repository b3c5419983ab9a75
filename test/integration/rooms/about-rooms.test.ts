import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LocalNode, shareRoom, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

async function friends(t: Parameters<typeof startLocalNode>[0]) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  return { a, b, room_id: await shareRoom(a, b) };
}

const aboutRoom = async ({ api }: LocalNode, room_id: string) => {
  const { topic, description } = await api.room({ room_id });
  return [topic, description];
};

test('what a room is about is shown on every server, and in the invites that follow', async (t) => {
  const { a, b, room_id } = await friends(t);
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

test('hidden characters of what a room is about are shown', async (t) => {
  const { a, b, room_id } = await friends(t);
  await a.api.describeRoom({ room_id, topic: 'a\u202eb', description: 'c\u200bd' });
  await until([a, b], 'the topic', async () => (await b.api.room({ room_id })).topic !== '');
  for (const node of [a, b]) assert.deepEqual(await aboutRoom(node, room_id), ['a\ufffdb', 'c\ufffdd']);
});

test('only the owner of a room says what it is about, in a few words', async (t) => {
  const { a, b, room_id } = await friends(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  const about = { room_id, topic: 'Mine' };
  await assert.rejects(b.api.describeRoom(about), { code: 'FORBIDDEN' });
  await assert.rejects(a.api.describeRoom({ ...about, as: carla }), { code: 'FORBIDDEN' });
  await assert.rejects(a.api.describeRoom({ room_id, topic: 'x'.repeat(201) }), /200/);
  await assert.rejects(a.api.describeRoom({ room_id, description: 'x'.repeat(2001) }), /2,?000/);
  assert.deepEqual(await aboutRoom(a, room_id), ['', '']);
});
