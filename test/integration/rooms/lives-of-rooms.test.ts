import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { rowsOf } from '../../support/attack/node.ts';
import { friendsInRoom, type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { until } from '../../support/until.ts';

const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ProtocolError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

const listed = async ({ api }: LocalNode, as?: string) =>
  (await api.rooms(as === undefined ? {} : { as })).items.map(({ room_id }) => room_id);

test('the owner who left a room may return, and owns it again', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await a.api.changeRoom({ room_id, join_rule: 'invite' });
  await a.api.leaveRoom({ room_id });
  assert.equal((await a.api.joinRoom({ room_id })).membership, 'joined');
  for (const node of [a, b])
    await until([a, b], 'the owner is back', async () =>
      (await node.api.members({ room_id })).items.some(
        ({ user_id, role }) => user_id === '@a:a.test' && role === 'owner',
      ),
    );
});

test('a room is handed over to a person of its home, and to nobody else', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  await a.api.joinRoom({ room_id, as: carla });
  const handOver = (user_id: string) => a.api.handRoomOver({ room_id, user_id });
  await assert.rejects(handOver('@b:b.test'), refused('BAD_REQUEST', /another server/));
  await handOver(carla);
  await a.api.leaveRoom({ room_id });
  await a.api.changeRoom({ room_id, name: 'Carla’s', as: carla });
  await until([a, b], 'the new name', async () => (await b.api.room({ room_id })).name === 'Carla’s');
  const owners = (await b.api.members({ room_id })).items.filter(({ role }) => role === 'owner');
  assert.deepEqual(
    owners.map(({ user_id }) => user_id),
    [carla],
  );
});

test('a room that was left can be removed from the list, and joining shows it again', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await assert.rejects(
    b.api.hideRoom({ room_id, hidden: true }),
    refused('CONFLICT', /Leave the room first/),
  );
  await b.api.leaveRoom({ room_id });
  await b.api.hideRoom({ room_id, hidden: true });
  assert.deepEqual([await listed(b), await listed(a)], [[], [room_id]]);
  await until([a, b], 'the leave', async () => (await a.api.members({ room_id })).items.length === 1);
  await b.api.joinRoom({ room_id });
  assert.deepEqual(await listed(b), [room_id]);
});

test('a deleted room has no members on any server, and nobody can join it', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await assert.rejects(b.api.deleteRoom({ room_id }), refused('FORBIDDEN', /./));
  await a.api.deleteRoom({ room_id });
  assert.deepEqual(await listed(a), []);
  await until([a, b], 'b is out', async () => (await b.api.room({ room_id })).membership === 'removed');
  await assert.rejects(b.api.joinRoom({ room_id }), refused('FORBIDDEN', /./));
  await b.api.hideRoom({ room_id, hidden: true });
  assert.deepEqual(await listed(b), []);
});

test('the owner of the server deletes a room of somebody else, and is not removed from it themselves', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { user_id: carla } = await a.api.addUser({ localpart: 'carla' });
  const rooms = [];
  for (const name of ['Attic', 'Cellar'])
    rooms.push((await a.api.createRoom({ name, join_rule: 'peers', as: carla })).room_id);
  const [, cellar = ''] = rooms;
  await a.api.joinRoom({ room_id: cellar });
  await a.api.banUser({ room_id: cellar, user_id: '@a:a.test', as: carla });
  const removed = [];
  for (const room_id of rooms) {
    await a.api.deleteRoom({ room_id });
    removed.push((await a.api.removals({ room_id })).items.map(({ user_id, banned }) => [user_id, banned]));
  }
  assert.deepEqual(removed, [
    [[carla, false]],
    [
      ['@a:a.test', true],
      [carla, false],
    ],
  ]);
});

test('a deleted channel is gone on every server with what was written in it, and stays gone', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  const { channel_id } = await a.api.addChannel({ room_id, name: 'attic' });
  const [general] = (await a.api.channels({ room_id })).items;
  await until([a, b], 'the channel', async () => (await b.api.channels({ room_id })).items.length === 2);
  const { event_id } = await b.api.postMessage({ room_id, channel_id, body: 'a secret' });
  await b.api.postMessage({ room_id, body: 'kept' });
  await until([a, b], 'the messages', async () => (await a.api.timeline({ room_id })).items.length === 2);
  await assert.rejects(
    b.api.deleteChannel({ room_id, channel_id }),
    refused('FORBIDDEN', /home of the room/),
  );
  await a.api.deleteChannel({ room_id, channel_id });
  for (const node of [a, b]) {
    await until([a, b], 'one channel', async () => (await node.api.channels({ room_id })).items.length === 1);
    const [item] = (await node.api.timeline({ room_id, channel_id })).items;
    assert.deepEqual([item?.event_id, item?.body, item?.deleted], [event_id, null, true]);
    assert.equal(JSON.stringify(rowsOf(node, 'federation_events')).includes('a secret'), false);
  }
  await assert.rejects(
    b.api.postMessage({ room_id, channel_id, body: 'too late' }),
    refused('NOT_FOUND', /has no channel/),
  );
  await a.api.changeRoom({ room_id, name: 'Renamed' });
  assert.deepEqual(
    (await a.api.channels({ room_id })).items.map((each) => each.channel_id),
    [general?.channel_id],
  );
  await assert.rejects(
    a.api.deleteChannel({ room_id, channel_id: general?.channel_id ?? '' }),
    refused('BAD_REQUEST', /only this channel/),
  );
});

test('a channel is renamed on every server, and keeps its messages', async (t) => {
  const { a, b, room_id } = await friendsInRoom(t);
  await a.api.postMessage({ room_id, body: 'in here' });
  const [channel] = (await a.api.channels({ room_id })).items;
  const channel_id = channel?.channel_id ?? '';
  await a.api.renameChannel({ room_id, channel_id, name: 'garden' });
  await until([a, b], 'the new name', async () =>
    (await b.api.channels({ room_id })).items.some(({ name }) => name === 'garden'),
  );
  const kept = (await b.api.timeline({ room_id, channel_id })).items.map(({ body }) => body);
  assert.deepEqual(kept, ['in here']);
  await assert.rejects(
    a.api.renameChannel({ room_id, channel_id: '99', name: 'x' }),
    refused('NOT_FOUND', /has no channel/),
  );
});
