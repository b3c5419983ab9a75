import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkingRooms } from '../../../../../main/events/batch/working-rooms.ts';
import { end, type Room } from '../../../../../main/events/projection/room-reader.ts';
import { type RoomRegistry, refusedKey } from '../../../../../main/events/projection/room-registry.ts';
import type { ChannelRow, MemberRow, RoomRow } from '../../../../../main/store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../../../../../main/trust/peer-directory.ts';
import type { UnsignedEvent } from '../../../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { workingTables } from '../../../../support/batch/working-tables.ts';

const [roomId, other] = ['!1:home.test', '!2:home.test'];
const [home, us] = ['home.test', 'us.test'];
const user = '@a:a.test';

const rowOf = (change: Partial<RoomRow> = {}): RoomRow => ({
  ...{ room_id: roomId, home, name: 'Room', join_rule: 'invite', home_announces: 1, created_at: 1 },
  ...{ info_depth: 5, info_event_id: '$i:home.test', named_depth: -1, named_event_id: '' },
  ...{ keep_days: null, keep_megabytes: null, dropped_to: -1 },
  ...change,
});
const roomWith = (joined: Readonly<Record<string, number>> = {}, change: Partial<RoomRow> = {}): Room => {
  const counts = new Map(Object.entries(joined));
  return { row: rowOf(change), highestDepth: 9, servers: new Set([home, ...counts.keys()]), joined: counts };
};
const member = (change: Partial<MemberRow> = {}): MemberRow => ({
  ...{ room_id: roomId, user_id: user, server: 'a.test', state: 'joined', role: 'member', joined_at: 7 },
  implicit: 0,
  ...change,
});
const channel = (channel_id: string, change: Partial<ChannelRow> = {}): ChannelRow => ({
  ...{ room_id: roomId, name: `Channel ${channel_id}`, position: 0, depth: 5, event_id: '$i:home.test' },
  channel_id,
  ...change,
});
const said = (depth: number, change: Partial<UnsignedEvent> = {}) =>
  ({
    ...{ event_id: `$${depth}:a.test`, room_id: roomId, origin_server: home, sender: '@o:home.test' },
    ...{ depth, origin_ts: depth, content: new Map() },
    ...change,
  }) as UnsignedEvent;
const membership = (change: 'join' | 'leave' | 'remove', subject = user) =>
  ({ kind: 'membership', change, subject, role: 'owner' }) as Meaning & { kind: 'membership' };

function opened(
  answers: Readonly<Record<string, unknown>> = {},
  remembered: readonly Room[] = [],
  lasts: Readonly<Record<string, unknown>> = {},
) {
  const { ask, asked, wanted } = workingTables(answers);
  const kept: unknown[] = [];
  const registry = {
    remembered: (id: string) => remembered.find(({ row }) => row.room_id === id),
    rememberedLast: (id: string, who: string) => lasts[`${id} ${who}`],
    forget: (id: string) => kept.push(['forget', id]),
    keep: (room: Room, facts: Iterable<unknown>) => kept.push(['keep', room, [...facts]]),
  } as unknown as RoomRegistry;
  const directory = { serverOf: (domain: string) => domain } as unknown as PeerDirectory;
  return { rooms: new WorkingRooms(ask, registry, directory), asked, wanted, kept };
}
const get = (rooms: WorkingRooms, id = roomId): Room => rooms.get(id) ?? assert.fail('no room');

test('of a cached room nothing is loaded but whether somebody of ours asks to join it', () => {
  const { rooms, wanted } = opened({}, [roomWith({ 'us.test': 1 })]);
  rooms.expect(roomId);
  rooms.expect(roomId, us);
  assert.deepEqual(wanted, []);
  rooms.expect(roomId, 'b.test');
  assert.deepEqual(wanted, [`isJoining ${roomId}`]);
  wanted.length = 0;
  rooms.expect(other, us);
  assert.deepEqual(wanted, [`room ${other}`, `meta ${refusedKey(other)}`]);
});

test('a room is found in the cache or in the tables, and a batch changes a copy of its own', () => {
  const cached = roomWith({ 'us.test': 1 });
  const found = { row: rowOf({ room_id: other }), joined: new Map([['a.test', 2]]), highestDepth: 3 };
  const { rooms } = opened({ [`room ${other}`]: found, [`meta ${refusedKey(other)}`]: { value: '12' } }, [
    cached,
  ]);
  const mine = get(rooms);
  assert.deepEqual(mine, cached);
  assert.notEqual(mine, cached);
  assert.equal(rooms.get(roomId), mine);
  assert.deepEqual(get(rooms, other), {
    ...{ row: found.row, highestDepth: 12, joined: found.joined },
    servers: new Set([home, 'a.test']),
  });
  assert.equal(rooms.get('!3:home.test'), undefined);
  const { rooms: without } = opened({ [`room ${other}`]: found });
  assert.equal(get(without, other).highestDepth, 3);
  const { rooms: empty } = opened({ [`room ${other}`]: { ...found, highestDepth: -1 } });
  assert.equal(get(empty, other).highestDepth, -1);
});

test('a new room of ours is empty, and is written', () => {
  const { rooms } = opened();
  const {
    info_depth: _,
    info_event_id: __,
    named_depth: ___,
    named_event_id: ____,
    ...made
  } = rowOf({ home: us });
  rooms.create(made);
  const nothingYet = { info_depth: -1, info_event_id: '', named_depth: -1, named_event_id: '' };
  assert.deepEqual(get(rooms), {
    ...{ row: { ...made, ...nothingYet }, highestDepth: -1 },
    ...{ servers: new Set([us]), joined: new Map() },
  });
  assert.deepEqual(rooms.effects().newRooms, [made]);
  assert.deepEqual(rooms.effects().rooms, []);
});

test('a room that changed is written as it ends', () => {
  const { rooms } = opened({}, [roomWith()]);
  rooms.change(get(rooms), { name: 'Other' });
  rooms.change(get(rooms), { join_rule: 'peers' });
  assert.deepEqual(rooms.effects().rooms, [rowOf({ name: 'Other', join_rule: 'peers' })]);
});

test('the depth at which a home refused an event is remembered, unless it is far ahead or not new', () => {
  const now = 1_000_000;
  const { rooms } = opened({}, [roomWith()]);
  const room = get(rooms);
  for (const depth of [8, 9, now + limits.aheadMsMax + 1]) rooms.noteRefused(room, depth, now);
  assert.deepEqual([room.highestDepth, rooms.effects().meta], [9, []]);
  rooms.noteRefused(room, now + limits.aheadMsMax, now);
  assert.equal(room.highestDepth, now + limits.aheadMsMax);
  assert.deepEqual(rooms.effects().meta, [
    { key: refusedKey(roomId), value: String(now + limits.aheadMsMax) },
  ]);
});

test('a membership counts by who announces it, and roles come from the home', () => {
  const { rooms } = opened({}, [roomWith()]);
  const room = get(rooms);
  const byUser = { origin_server: 'a.test', sender: user };
  assert.equal(rooms.addFact(room, said(10), membership('join')), true);
  assert.equal(
    rooms.addFact(room, said(11, byUser), membership('join')),
    false,
    'the home announces members',
  );
  assert.equal(rooms.addFact(room, said(12, byUser), membership('leave')), true);
  rooms.change(room, { home_announces: 0 });
  assert.equal(rooms.addFact(room, said(13, byUser), membership('join')), true);
  assert.deepEqual(
    rooms
      .effects()
      .facts.map(({ roomId: id, userId, depth, eventId, change, role, originTs }) => [
        ...[id, userId, depth, eventId, change, role, originTs],
      ]),
    [
      [roomId, user, 10, '$10:a.test', 'join', 'owner', 10],
      [roomId, user, 12, '$12:a.test', 'leave', 'member', 12],
      [roomId, user, 13, '$13:a.test', 'join', 'member', 13],
    ],
  );
  assert.deepEqual(rooms.nextFact(room, user, { depth: 10, eventId: '$10:a.test' })?.depth, 12);
});

test('a membership that is saved changes how many of the server are in', () => {
  const { rooms } = opened({}, [roomWith({ 'b.test': 1 })]);
  const room = get(rooms);
  rooms.addFact(room, said(10), membership('join'));
  rooms.putMember(room, user);
  rooms.putMember(room, user);
  assert.deepEqual(
    [...room.joined],
    [
      ['b.test', 1],
      ['a.test', 1],
    ],
  );
  assert.deepEqual(rooms.member(roomId, user), member({ role: 'owner', joined_at: 10 }));
  rooms.addFact(room, said(11), membership('leave'));
  rooms.putMember(room, user);
  assert.deepEqual([...room.joined], [['b.test', 1]]);
  assert.deepEqual(rooms.effects().members, [member({ state: 'left', role: 'owner', joined_at: 10 })]);
  rooms.putMember(room, '@c:c.test');
  assert.equal(rooms.effects().members.length, 1, 'nothing is known about that one');
  assert.deepEqual(rooms.effects().goneMembers, []);
});

test('a member keeps the server that the directory has put it to', () => {
  const { rooms } = opened({ [`member ${roomId} ${user}`]: member({ server: 'moved.test' }) }, [
    roomWith({ 'moved.test': 2 }),
  ]);
  const room = get(rooms);
  rooms.addFact(room, said(10), membership('join'));
  rooms.putMember(room, user);
  assert.equal(rooms.member(roomId, user)?.server, 'moved.test');
  assert.deepEqual([...room.joined], [['moved.test', 2]]);
});

test('a member about whom nothing counts any more is removed', () => {
  const { rooms } = opened({ [`member ${roomId} ${user}`]: member() }, [roomWith({ 'a.test': 1 })]);
  const room = get(rooms);
  rooms.putMember(room, user);
  assert.equal(rooms.member(roomId, user), null);
  assert.deepEqual([...room.joined], []);
  assert.deepEqual(rooms.effects().goneMembers, [{ room_id: roomId, user_id: user }]);
  assert.deepEqual(rooms.effects().members, []);
});

test('the servers of a room change with its members, the home always among them', () => {
  const { rooms } = opened({}, [roomWith({ 'a.test': 1 })]);
  const room = get(rooms);
  const before = room.servers;
  rooms.countServers(room);
  assert.equal(room.servers, before, 'the same set where nothing changed');
  room.joined = new Map([
    ['a.test', 1],
    ['b.test', 1],
  ]);
  rooms.countServers(room);
  assert.deepEqual(room.servers, new Set([home, 'a.test', 'b.test']));
  room.joined = new Map([['b.test', 1]]);
  rooms.countServers(room);
  assert.deepEqual(room.servers, new Set([home, 'b.test']));
});

test('a server has a member if the room, the batch or the tables say so', () => {
  const { rooms } = opened({ [`hasMemberOf ${roomId} old.test`]: true }, [roomWith({ 'a.test': 1 })]);
  const room = get(rooms);
  rooms.putImplicit(member({ user_id: '@b:b.test', server: 'b.test' }));
  rooms.putImplicit(member({ user_id: '@c:c.test', server: 'c.test', room_id: other }));
  rooms.putMember(room, '@n:n.test');
  assert.deepEqual(
    ['a.test', home, 'b.test', 'old.test', 'c.test', 'n.test'].map((server) =>
      rooms.hasMemberOf(room, server),
    ),
    [true, true, true, true, false, false],
  );
  rooms.clearMembers(room);
  assert.equal(rooms.hasMemberOf(room, 'old.test'), false);
});

test('the members of a room that is cleared are forgotten, and nobody else’s', () => {
  const { rooms } = opened(
    { [`member ${roomId} ${user}`]: member(), [`member ${other} ${user}`]: member() },
    [roomWith({ 'a.test': 1 })],
  );
  const room = get(rooms);
  const elsewhere = member({ user_id: '@c:c.test', room_id: other });
  rooms.putImplicit(member({ user_id: '@b:b.test' }));
  rooms.putImplicit(elsewhere);
  rooms.putMember(room, user);
  rooms.addFact(room, said(10), membership('join'));
  rooms.clearMembers(room);
  assert.deepEqual([...room.joined], []);
  assert.equal(rooms.member(roomId, user), null);
  assert.deepEqual(rooms.member(other, user), member());
  const effects = rooms.effects();
  assert.deepEqual([effects.members, effects.goneMembers, effects.facts], [[elsewhere], [], []]);
});

test('channels are those of the tables with the batch’s in their place', () => {
  const { rooms } = opened({
    [`channels ${roomId}`]: [channel('1'), channel('2')],
    [`channel ${roomId} 1`]: channel('1'),
    [`channel ${roomId} 2`]: channel('2'),
  });
  const renamed = channel('2', { name: 'Renamed' });
  rooms.putChannel(renamed);
  rooms.putChannel(channel('3', { room_id: other }));
  rooms.putChannel(channel('4'));
  assert.deepEqual(rooms.channels(roomId), [channel('1'), renamed, channel('4')]);
  assert.deepEqual(rooms.channel(roomId, '1'), channel('1'));
  assert.deepEqual(rooms.channel(roomId, '2'), renamed);
  rooms.clearChannels(roomId);
  assert.deepEqual(rooms.channels(roomId), []);
  assert.deepEqual([rooms.channel(roomId, '1'), rooms.channel(roomId, '2')], [null, null]);
  const { clearedChannels, channels } = rooms.effects();
  assert.deepEqual([clearedChannels, channels], [[roomId], [channel('3', { room_id: other })]]);
});

test('the home’s last word names the room', () => {
  const { rooms } = opened({}, [roomWith({}, { named_depth: 5, named_event_id: '$m:home.test' })]);
  const room = get(rooms);
  const name = (depth: number, eventId = '$m:home.test') => {
    rooms.nameAt(room, `Named at ${depth} ${eventId}`, { depth, eventId });
    return room.row.name;
  };
  assert.equal(name(4), 'Room');
  assert.equal(name(5), 'Room', 'the same event');
  assert.equal(name(5, '$n:home.test'), 'Named at 5 $n:home.test');
  assert.equal(name(6), 'Named at 6 $m:home.test');
  assert.deepEqual([room.row.named_depth, room.row.named_event_id], [6, '$m:home.test']);
});

test('what a message may reveal about its room and its sender is loaded beforehand', () => {
  const wants = (change: Partial<RoomRow>, event: Partial<UnsignedEvent>, lasts = {}) => {
    const { rooms, wanted } = opened({}, [roomWith({}, change)], lasts);
    rooms.expectMessage(roomId, said(10, event), '7');
    return wanted;
  };
  const byUser = { origin_server: 'a.test', sender: user };
  const last = `factBefore ${roomId} ${user} ${end.depth} ${end.eventId}`;
  assert.deepEqual(wants({}, {}), []);
  assert.deepEqual(wants({ info_depth: -1 }, {}), [`channel ${roomId} 7`]);
  assert.deepEqual(wants({ info_depth: 0 }, {}), []);
  assert.deepEqual(wants({ home_announces: 0 }, {}), [`member ${roomId} @o:home.test`]);
  assert.deepEqual(wants({ home_announces: 0 }, byUser), [last]);
  assert.deepEqual(wants({}, byUser, { [`${roomId} ${user}`]: null }), []);
  const { rooms, wanted } = opened();
  rooms.expectMessage(roomId, said(10), '7');
  assert.deepEqual(wanted, [], 'a room that isn’t cached');
});

test('a membership loads the facts around it, and the member', () => {
  const { rooms, wanted } = opened();
  rooms.expectFact(roomId, user, { depth: 5, eventId: '$5:a.test' });
  assert.ok(wanted.includes(`member ${roomId} ${user}`));
  assert.ok(wanted.includes(`factAfter ${roomId} ${user} 5 $5:a.test`));
});

test('after a batch the cache has its rooms, and forgets the facts of those that were cleared', () => {
  const { rooms, kept } = opened({}, [roomWith(), roomWith({}, { room_id: other })]);
  rooms.addFact(get(rooms), said(10), membership('join'));
  rooms.clearMembers(get(rooms, other));
  rooms.publish();
  assert.deepEqual(kept, [
    ['keep', get(rooms), [[user, undefined]]],
    ['forget', other],
    ['keep', get(rooms, other), []],
  ]);
});

test('the tables say who asks to join, who is a user of ours, and whom the home means by a number', () => {
  const { rooms } = opened(
    {
      [`isJoining ${roomId}`]: true,
      'isLocalUser @u:us.test': true,
      [`userIn ${roomId} 7`]: { user_id: '@u:us.test' },
    },
    [roomWith()],
  );
  assert.deepEqual([rooms.isJoining(roomId), rooms.isJoining(other)], [true, false]);
  assert.deepEqual([rooms.isLocalUser('@u:us.test'), rooms.isLocalUser(user)], [true, false]);
  const leave = said(10, { state_key: null, content: new Map([['user_id', '7']]) });
  const meant = rooms.meaningIn(get(rooms), leave, membership('leave', '@o:home.test'));
  assert.deepEqual(meant, { ...membership('remove', '@u:us.test') });
  const invite = { event_id: '$1:home.test' } as never;
  rooms.addInvite(invite);
  assert.deepEqual(rooms.effects().invites, [invite]);
});

test('an event is too late by the time at which we learned that its sender went, or by its own', () => {
  const [now, max] = [1_000_000, limits.afterRemovalMsMax];
  const fact = (depth: number, change: 'join' | 'leave' | 'remove') => ({
    depth,
    eventId: `$${depth}:x`,
    change,
  });
  const isLate = (
    out: object | null,
    { at = 50, last = fact(9, 'remove') as object, join = { seq: 4 } as object | null, self = us } = {},
  ) => {
    const { rooms } = opened(
      {
        [`factOfKindBefore ${roomId} ${user} ${end.depth} ${end.eventId} join`]: fact(3, 'join'),
        'eventById $3:x': join,
        [`outAfter ${roomId} ${user} 4`]: out,
      },
      [roomWith({}, { home: self === us ? us : home })],
      { [`${roomId} ${user}`]: last },
    );
    return rooms.isTooLate(get(rooms), said(2, { sender: user, origin_ts: at }), { self: us, now });
  };
  const removed = { origin_server: us, origin_ts: 100, received_from: null, received_at: now - max };
  const longAgo = { received_at: now - max - 1 };
  assert.deepEqual([isLate(removed), isLate({ ...removed, ...longAgo })], [false, true]);
  assert.deepEqual([isLate(removed, { at: 100 }), isLate(removed, { at: 101 })], [false, true]);
  const left = { ...removed, origin_server: 'a.test', received_from: 'a.test' };
  assert.deepEqual([isLate({ ...left, ...longAgo }), isLate(left, { at: 101 })], [true, false]);
  // A removal of ours that came back after a loss says nothing about when others knew of it.
  const back = { ...removed, ...longAgo, received_from: 'b.test' };
  assert.equal(isLate(back), false);
  assert.equal(isLate({ ...back, origin_server: home, received_from: home }, { self: 'x.test' }), true);
  assert.equal(isLate({ ...removed, ...longAgo }, { last: fact(9, 'join') }), false);
  assert.equal(isLate({ ...removed, ...longAgo }, { join: null }), false);
  assert.equal(isLate(null), false);
});
