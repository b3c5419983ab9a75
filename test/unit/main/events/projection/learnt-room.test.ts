import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { Projection } from '../../../../../main/events/projection/projection.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { MemoryNode, rebuild } from '../../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const [writer, author] = [`@u0:${cast.home}`, `@u0:${cast.peer}`];

/** A room whose home announces neither members nor the room, as the existing server does. The author has joined. */
function opened() {
  const node = new MemoryNode();
  const teller = new Teller();
  const take = (event: Envelope) => node.take(event, event.origin_server);
  const own = (type: string, depth: number) =>
    take(teller.event('peer', type, { user_id: '5', role: 'member' }, { state_key: author, depth }));
  own('m.member.join', 1);
  const { tables } = node;
  const channelRows = () => tables.rooms.channels(roomId);
  return {
    node,
    teller,
    take,
    channelRows,
    leave: (depth: number) => own('m.member.leave', depth),
    /** A message in a channel at a depth; `names` are those of its channel and its room. */
    say: (
      by: 'home' | 'peer',
      channel_id: string,
      depth: number,
      names: { channel?: string; room?: string } = {},
      more: Partial<Envelope> = {},
    ) => {
      const content = { ...place, channel_id, message_id: String(depth), body: 'x' };
      const named = { channel_name: names.channel ?? null, guild_name: names.room ?? null };
      const event = teller.event(by, 'm.message', { ...content, ...named }, { depth, ...more });
      take(event);
      return event;
    },
    announce: () => take(teller.join(author)),
    rebuild: () => {
      const room = tables.rooms.get(roomId) ?? assert.fail('no room');
      rebuild(new Projection(tables, new Erasure(tables, node.parts)), room);
    },
    name: () => tables.rooms.get(roomId)?.row.name,
    channels: () => Object.fromEntries(channelRows().map(({ channel_id, name }) => [channel_id, name])),
    members: () => node.picture().members,
  };
}
const unnamed = 'Before anything is known';

test('a message shows that its channel exists, and one by the home names it and the room', () => {
  const { say, name, channels, channelRows } = opened();
  const first = say('peer', '7', 10, { channel: 'not his to name', room: 'nor this' });
  assert.deepEqual([name(), channels()], [unnamed, { 7: 'channel 7' }]);
  assert.deepEqual(channelRows(), [
    {
      room_id: roomId,
      channel_id: '7',
      name: 'channel 7',
      position: 0,
      depth: -1,
      event_id: first.event_id,
    },
  ]);
  const named = say('home', '7', 5, { channel: 'Talk', room: '  Club ' });
  assert.deepEqual([name(), channels()], ['Club', { 7: 'Talk' }]);
  assert.deepEqual(channelRows(), [
    {
      room_id: roomId,
      channel_id: '7',
      name: 'Talk',
      position: 0,
      depth: 5,
      event_id: named.event_id,
    },
  ]);
  say('home', '8', 6);
  assert.deepEqual(channels(), { 7: 'Talk', 8: 'channel 8' });
});

test('the home’s last names count, and no message without names changes them', () => {
  const { say, name, channels } = opened();
  say('home', '7', 10, { channel: 'Talk', room: 'Club' });
  say('home', '7', 9, { channel: 'Older', room: 'Older' });
  say('home', '7', 11, { room: '   ' });
  say('peer', '7', 12, { channel: 'Not his', room: 'Not his' });
  assert.deepEqual([name(), channels()], ['Club', { 7: 'Talk' }]);
  say('home', '7', 13, { channel: 'Newer', room: 'Newer' });
  assert.deepEqual([name(), channels()], ['Newer', { 7: 'Newer' }]);
  const sameDepth = (event_id: string, channel: string) =>
    say('home', '7', 20, { channel }, { event_id: `${event_id}:${cast.home}` });
  for (const [id, channel] of [
    ['$b', 'b'],
    ['$a', 'a'],
  ] as const)
    sameDepth(id, channel);
  assert.deepEqual(channels(), { 7: 'b' });
});

test('once the home has described the room, messages name nothing', () => {
  const { say, take, teller, name, channels, node, rebuild } = opened();
  const info = { name: 'Described', join_rule: 'invite', channels: [{ channel_id: '1', name: 'One' }] };
  take(teller.event('home', 'm.room.info', info, { depth: 0 }));
  say('home', '7', 10, { channel: 'Talk', room: 'Club' });
  assert.deepEqual([name(), channels()], ['Described', { 1: 'One' }]);
  node.tables.rooms.putChannel({
    room_id: roomId,
    channel_id: '2',
    name: 'Two',
    position: 1,
    depth: 0,
    event_id: '$x',
  });
  rebuild();
  assert.deepEqual([name(), channels()], ['Described', { 1: 'One', 2: 'Two' }], 'nor in a rebuild');
});

test('users of the home are members once they write, since their first message', () => {
  const { say, members } = opened();
  const before = members();
  const added = () => members().filter((each) => !before.includes(each));
  say('peer', '7', 9, {}, { sender: `@u1:${cast.peer}` });
  assert.deepEqual(added(), []);
  say('home', '7', 10, {}, { origin_ts: now - 50 });
  const since = (at: number) => [`${writer} of ${cast.home} joined as member at ${at}`];
  assert.deepEqual(added(), since(now - 50));
  say('home', '7', 11, {}, { origin_ts: now - 10 });
  assert.deepEqual(added(), since(now - 50));
  say('home', '7', 12, {}, { origin_ts: now - 90 });
  assert.deepEqual(added(), since(now - 90));
});

test('a member who is known in another way, and their server, stay as they are', () => {
  const row = {
    ...({ room_id: roomId, user_id: writer, server: 'moved.test', state: 'joined', role: 'owner' } as const),
    joined_at: now,
  } as const;
  const known = (implicit: 0 | 1) => {
    const { say, node } = opened();
    node.tables.rooms.putImplicit({ ...row, implicit });
    say('home', '7', 10, {}, { origin_ts: now - 50 });
    return node.tables.rooms.member(roomId, writer);
  };
  assert.deepEqual(known(0), { ...row, implicit: 0 });
  assert.deepEqual(known(1), { ...row, role: 'member', joined_at: now - 50, implicit: 1 });
});

test('a home that announces members isn’t guessed about', () => {
  const { say, announce, node } = opened();
  announce();
  say('home', '7', 10);
  assert.ok(node.picture().room.announces);
  assert.deepEqual(
    node.rows('room_members').map(({ user_id }) => user_id),
    [author],
  );
});

test('the home’s word about its own users, without a name, doesn’t count as an announcement of members', () => {
  for (const state_key of [null, '']) {
    const { take, teller, node, members } = opened();
    take(teller.event('home', 'm.member.join', { role: 'owner' }, { state_key, depth: 2 }));
    assert.equal(node.picture().room.announces, false);
    assert.ok(members().includes(`${writer} of ${cast.home} joined as owner at ${now}`));
  }
});

test('if a message no longer applies, its channel goes, unless another message shows it or a join did', () => {
  const { say, leave, channels, channelRows, node } = opened();
  const row = { room_id: roomId, name: 'Given', position: 0, depth: -1, event_id: '' };
  node.tables.rooms.putChannel({ ...row, channel_id: '3' });
  say('home', '7', 10, { channel: 'Talk' });
  for (const [channel, depth] of [
    ['7', 11],
    ['8', 12],
    ['9', 13],
  ] as const)
    say('peer', channel, depth);
  const stays = say('peer', '8', 3);
  assert.deepEqual(channels(), { 3: 'Given', 7: 'Talk', 8: 'channel 8', 9: 'channel 9' });
  leave(5);
  assert.deepEqual(channels(), { 3: 'Given', 7: 'Talk', 8: 'channel 8' });
  assert.equal(channelRows().find(({ channel_id }) => channel_id === '8')?.event_id, stays.event_id);
});

test('channels stay if the event that no longer applies isn’t a message, or if the home has described them', () => {
  for (const described of [false, true]) {
    const { say, leave, take, teller, channels, node } = opened();
    say('home', '7', 2, { channel: 'Talk' });
    if (described) {
      const info = { name: 'x', join_rule: 'invite', channels: [{ channel_id: '4', name: 'Four' }] };
      take(teller.event('home', 'm.room.info', info, { depth: 0 }));
      say('peer', '8', 12);
    } else take(teller.event('peer', 'm.reaction.add', { ...place, emoji: '👍' }, { depth: 12 }));
    node.tables.events.messagesAfter = () => assert.fail('the room is read again');
    leave(5);
    assert.deepEqual(channels(), described ? { 4: 'Four' } : { 7: 'Talk' });
  }
});

test('a rebuild learns the same from messages, and forgets channels that none shows', () => {
  const { say, rebuild, node, channels, members } = opened();
  const row = { room_id: roomId, name: 'x', position: 0, depth: -1 };
  node.tables.rooms.putChannel({ ...row, channel_id: '3', event_id: '' });
  node.tables.rooms.putChannel({ ...row, channel_id: '4', event_id: '$gone' });
  say('home', '7', 10, { channel: 'Talk', room: 'Club' });
  say('peer', '8', 12);
  say('peer', '9', 13, {}, { sender: `@u1:${cast.peer}` });
  const before = { members: members(), picture: node.picture().timeline };
  rebuild();
  assert.deepEqual(channels(), { 3: 'x', 7: 'Talk', 8: 'channel 8' });
  assert.deepEqual({ members: members(), picture: node.picture().timeline }, before);
});
