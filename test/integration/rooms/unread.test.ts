import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NumberedChange } from '../../../main/changes.ts';
import { besiege, type Siege } from '../../support/attack/node.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';

/** Messages of the peer's user, each stored when this returns. */
async function hears(siege: Siege, ...bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  const [first] = (await siege.node.api.channels({ room_id: siege.room })).items;
  assert.ok(first);
  for (const body of bodies) {
    const event = siege.raw.message(siege.room, body, { channel: first.channel_id });
    const { status } = await siege.raw.post(siege.node.url, event);
    assert.equal(status, 202);
    ids.push(event.event_id);
  }
  return ids;
}

const countsOf = async ({ node, room }: Siege, as?: string) => {
  const { unread, mentions } = await node.api.room({ room_id: room, as });
  return { unread, mentions };
};
const newest = async ({ node, room }: Siege): Promise<number> => {
  const { items } = await node.api.timeline({ room_id: room });
  return Math.max(...items.map(({ arrival }) => arrival));
};

test('messages of others are unread until they are marked, and one’s own never', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  const [first] = await hears(siege, 'one', 'two');
  await node.api.postMessage({ room_id: room, body: 'mine' });
  assert.deepEqual(await countsOf(siege), { unread: 2, mentions: 0 });
  assert.deepEqual(await node.api.unread({}), { unread: 2, mentions: 0 });
  const [listed] = (await node.api.rooms({})).items;
  assert.equal(listed?.unread, 2);
  assert.equal(listed?.channels[0]?.unread, 2);
  assert.equal(listed?.channels[0]?.first_unread, first);
  assert.equal(listed?.last_message?.text, 'mine');

  await node.api.markRead({ room_id: room, arrival: await newest(siege) });
  assert.deepEqual(await countsOf(siege), { unread: 0, mentions: 0 });
});

test('the mark only moves forward, and never past the newest message', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  await hears(siege, 'one', 'two');
  await node.api.markRead({ room_id: room, arrival: Number.MAX_SAFE_INTEGER });
  await node.api.markRead({ room_id: room, arrival: 1 });
  assert.equal((await countsOf(siege)).unread, 0);
  await hears(siege, 'three');
  assert.equal((await countsOf(siege)).unread, 1);
});

test('edits and reactions are not unread, and a deleted message drops out', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const [id = ''] = await hears(siege, 'one', '@a two');
  await raw.post(
    node.url,
    raw.event({ room, type: 'm.message.edit', content: { target_event_id: id, body: 'edited' } }),
  );
  await raw.post(
    node.url,
    raw.event({ room, type: 'm.reaction.add', content: { target_event_id: id, emoji: '👍' } }),
  );
  assert.deepEqual(await countsOf(siege), { unread: 2, mentions: 1 });
  for (const { event_id } of (await node.api.timeline({ room_id: room })).items)
    await node.api.deleteMessage({ room_id: room, event_id });
  assert.deepEqual(await countsOf(siege), { unread: 0, mentions: 0 });
  assert.equal((await node.api.room({ room_id: room })).last_message?.deleted, true);
});

test('a mention is the name of a local user or a full ID, and is counted separately', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  const other = await node.api.addUser({ localpart: 'ann' });
  await node.api.joinRoom({ room_id: room, as: other.user_id });
  await hears(siege, 'hi @A.', 'mail a@a.test, @nobody', '(@a:a.test)', '@a:other.test', 'for @ann');
  assert.deepEqual(await countsOf(siege), { unread: 5, mentions: 2 });
  assert.deepEqual(await countsOf(siege, other.user_id), { unread: 5, mentions: 1 });
  const { items } = await node.api.timeline({ room_id: room });
  assert.deepEqual(
    items.map(({ mentions_me }) => mentions_me),
    [false, false, true, false, true],
  );
});

test('each user has their own mark, and older messages are not unread for a new member', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  await hears(siege, 'before');
  const late = await node.api.addUser({ localpart: 'late' });
  await node.api.joinRoom({ room_id: room, as: late.user_id });
  assert.equal((await countsOf(siege, late.user_id)).unread, 0);
  await hears(siege, 'after');
  assert.equal((await countsOf(siege, late.user_id)).unread, 1);
  await node.api.markRead({ room_id: room, as: late.user_id });
  assert.equal((await countsOf(siege, late.user_id)).unread, 0);
  assert.equal((await countsOf(siege)).unread, 2);
});

test('a channel that was not read stays unread', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const second = await node.api.addChannel({ room_id: room, name: 'second' });
  await hears(siege, 'in the first');
  const [first] = (await node.api.channels({ room_id: room })).items;
  const event = raw.message(room, 'in the second', { channel: second.channel_id });
  assert.equal((await raw.post(node.url, event)).status, 202);
  await node.api.markRead({ room_id: room, channel_id: first?.channel_id });
  const { items } = await node.api.channels({ room_id: room });
  assert.deepEqual(
    items.map(({ unread }) => unread),
    [0, 1],
  );
});

test('for a muted room, only mentions are included in the total', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  await hears(siege, 'one', '@a two');
  assert.equal((await node.api.muteRoom({ room_id: room, muted: true })).muted, true);
  assert.deepEqual(await node.api.unread({}), { unread: 1, mentions: 1 });
  assert.deepEqual(await countsOf(siege), { unread: 2, mentions: 1 });
  assert.equal((await node.api.muteRoom({ room_id: room, muted: false })).muted, false);
});

test('marks survive a restart, and a moved mark is announced once', async (t) => {
  const siege = await besiege(t);
  const { node, room } = siege;
  await hears(siege, 'one', 'two');
  const changes: NumberedChange[] = [];
  node.node.changes.subscribe((change) => changes.push(change));
  await node.api.markRead({ room_id: room });
  await node.api.markRead({ room_id: room });
  assert.deepEqual(
    changes.filter(({ change }) => change.topic === 'read').map(({ change }) => change),
    [{ topic: 'read', room_id: room, user_id: '@a:a.test' }],
  );
  await node.stop();
  const again = await startLocalNode(t, { name: 'a.test', dataDir: node.dataDir, setUp: false });
  assert.equal((await again.api.unread({})).unread, 0);
});
