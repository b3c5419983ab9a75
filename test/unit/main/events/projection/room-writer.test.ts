import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedKey } from '../../../../../main/events/projection/room-registry.ts';
import type { MemberRow } from '../../../../../main/store/tables/rooms/room-store.ts';
import type { UnsignedEvent } from '../../../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { MemoryNode } from '../../../../support/memory-node.ts';
import { cast, otherRoomId, roomId } from '../../../../support/sim/member.ts';

const user = '@a:a.test';
const home = cast.home;

function opened(of: string = home) {
  const node = new MemoryNode(of);
  const { rooms } = node.tables;
  const room = rooms.get(roomId) ?? assert.fail('no room');
  return { node, rooms, room };
}
const member = (change: Partial<MemberRow> = {}): MemberRow => ({
  room_id: roomId,
  user_id: user,
  server: 'a.test',
  state: 'joined',
  role: 'member',
  joined_at: 7,
  implicit: 0,
  ...change,
});
const said = (depth: number, change: Partial<UnsignedEvent> = {}) =>
  ({
    event_id: `$${depth}:a.test`,
    room_id: roomId,
    origin_server: home,
    sender: '@o:home.test',
    depth,
    origin_ts: depth,
    content: new Map(),
    ...change,
  }) as UnsignedEvent;
const membership = (change: 'join' | 'leave' | 'remove', subject = user) =>
  ({ kind: 'membership', change, subject, role: 'owner' }) as Meaning & { kind: 'membership' };

test('a room is read again as it was written', () => {
  const { rooms, room } = opened();
  rooms.change(room, { name: 'Other', join_rule: 'peers' });
  rooms.addFact(room, said(10), membership('join'));
  rooms.putMember(room, user);
  rooms.countServers(room);
  const written = { ...room, lastFacts: null };
  rooms.forget(roomId);
  const read = rooms.get(roomId) ?? assert.fail('no room');
  assert.notEqual(read, room);
  assert.deepEqual({ ...read, lastFacts: null }, written);
});

test('the depth at which a home refused an event is remembered, unless it is far ahead or not new', () => {
  const now = 1_000_000;
  const { node, rooms, room } = opened();
  room.highestDepth = 9;
  const stored = () => node.store.meta.get(refusedKey(roomId));
  for (const depth of [8, 9, now + limits.aheadMsMax + 1]) rooms.noteRefused(room, depth, now);
  assert.deepEqual([room.highestDepth, stored()], [9, undefined]);
  rooms.noteRefused(room, now + limits.aheadMsMax, now);
  assert.deepEqual([room.highestDepth, stored()], [now + limits.aheadMsMax, String(now + limits.aheadMsMax)]);
});

test('a membership counts by who announces it, and roles come from the home', () => {
  const { node, rooms, room } = opened();
  rooms.change(room, { home_announces: 1 });
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
    node.rows('room_member_facts').map(({ depth, change, role }) => [depth, change, role]),
    [
      [10, 'join', 'owner'],
      [12, 'leave', 'member'],
      [13, 'join', 'member'],
    ],
  );
  assert.equal(rooms.nextFact(room, user, { depth: 10, eventId: '$10:a.test' })?.depth, 12);
});

test('facts are remembered as they are stored, however many a user has and in whatever order they come', () => {
  const depths = Array.from({ length: 24 }, (_, n) => 1 + ((n * 7) % 24));
  const { node, rooms, room } = opened();
  for (const depth of depths) {
    rooms.addFact(room, said(depth), membership(depth % 3 === 0 ? 'leave' : 'join'));
    for (let at = 0; at <= 25; at++) {
      const place = { depth: at, eventId: '$m' };
      const stored = node.store.memberFacts.before(roomId, user, place);
      assert.equal(rooms.isMemberAt(room, user, place), stored?.change === 'join', `${depth} ${at}`);
    }
  }
});

test('a membership that is saved changes how many of the server are in', () => {
  const { node, rooms, room } = opened();
  rooms.addFact(room, said(10), membership('join'));
  for (let n = 0; n < 2; n++) rooms.putMember(room, user);
  assert.deepEqual([...room.joined], [['a.test', 1]]);
  assert.deepEqual(rooms.member(roomId, user), member({ role: 'owner', joined_at: 10 }));
  rooms.addFact(room, said(11), membership('leave'));
  rooms.putMember(room, user);
  assert.deepEqual([...room.joined], []);
  assert.deepEqual(rooms.member(roomId, user), member({ state: 'left', role: 'owner', joined_at: 10 }));
  rooms.putMember(room, '@c:c.test');
  assert.equal(node.rows('room_members').length, 1, 'nothing is known about that one');
});

test('a member keeps the server that the directory has put it to', () => {
  const { rooms, room } = opened();
  rooms.putImplicit(member({ server: 'moved.test' }));
  room.joined = new Map([['moved.test', 2]]);
  rooms.addFact(room, said(10), membership('join'));
  rooms.putMember(room, user);
  assert.equal(rooms.member(roomId, user)?.server, 'moved.test');
  assert.deepEqual([...room.joined], [['moved.test', 2]]);
});

test('a member about whom nothing counts any more is removed', () => {
  const { rooms, room } = opened();
  rooms.putImplicit(member());
  room.joined = new Map([['a.test', 1]]);
  rooms.putMember(room, user);
  assert.deepEqual([rooms.member(roomId, user), room.joined.size], [null, 0]);
});

test('the servers of a room change with its members, the home always among them', () => {
  const { rooms, room } = opened();
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

test('a server has a member if the room or the table says so', () => {
  const { rooms, room } = opened();
  rooms.putImplicit(member({ user_id: '@b:b.test', server: 'b.test', state: 'left' }));
  rooms.putImplicit(member({ user_id: '@c:c.test', server: 'c.test', room_id: '!9:home.test' }));
  const servers = [home, 'b.test', 'c.test'];
  assert.deepEqual(
    servers.map((server) => rooms.hasMemberOf(room, server)),
    [true, true, false],
  );
  rooms.clearMembers(room);
  assert.equal(rooms.hasMemberOf(room, 'b.test'), false);
});

test('an event is too late by the time at which we learned that its sender went, or by its own', () => {
  const [now, max, us] = [1_000_000, limits.afterRemovalMsMax, cast.self];
  const isLate = (
    out: { readonly origin?: string; readonly from?: string | null; readonly at?: number } | null,
    { at = 50, isBack = false, hasJoin = true, self = us as string } = {},
  ) => {
    const { node, rooms, room } = opened(self === us ? us : home);
    const put = (depth: number, type: string, origin_server: string, more: object) =>
      node.tables.events.insert({
        event_id: `$${depth}:a.test`,
        room_id: roomId,
        event_type: type,
        sender: '@o:x',
        origin_server,
        origin_ts: 100,
        depth,
        target: null,
        subject: user,
        state: 1,
        body: '{}',
        key_id: 'k',
        files_unsigned: 0,
        received_from: null,
        received_at: now,
        ...more,
      });
    const facts = node.store.rules.rooms;
    const fact = (depth: number, change: 'join' | 'remove') =>
      facts.addFact(roomId, user, {
        depth,
        eventId: `$${depth}:a.test`,
        change,
        role: 'member',
        originTs: depth,
      });
    fact(3, 'join');
    fact(9, 'remove');
    if (isBack) fact(12, 'join');
    if (hasJoin) put(3, 'm.member.join', home, {});
    const { origin = us, from = null, at: learnt = now - max } = out ?? {};
    if (out) put(9, 'm.member.leave', origin, { received_from: from, received_at: learnt });
    return rooms.isTooLate(room, said(2, { sender: user, origin_ts: at }), { self, now });
  };
  const longAgo = { at: now - max - 1 };
  assert.deepEqual([isLate({}), isLate(longAgo)], [false, true]);
  assert.deepEqual([isLate({}, { at: 100 }), isLate({}, { at: 101 })], [false, true]);
  const left = { origin: 'a.test', from: 'a.test' };
  assert.deepEqual([isLate({ ...left, ...longAgo }), isLate(left, { at: 101 })], [true, false]);
  // A removal of ours that came back after a loss says nothing about when others knew of it.
  assert.equal(isLate({ ...longAgo, from: 'b.test' }), false);
  assert.equal(isLate({ ...longAgo, origin: home, from: home }, { self: 'x.test' }), true);
  assert.equal(isLate(longAgo, { isBack: true }), false);
  assert.equal(isLate(longAgo, { hasJoin: false }), false);
  assert.equal(isLate(null), false);
});

test('a picture that somebody replaces in two rooms is due to be removed once', () => {
  const { node } = opened();
  const { files } = node.store;
  for (const hash of ['a', 'b'].map((letter) => letter.repeat(64)))
    for (const room of [roomId, otherRoomId])
      files.putPicture(user, room, { hash, size: 9, type: 'image/png' });
  assert.deepEqual(node.rows('files_due'), [{ hash: 'a'.repeat(64) }]);
});
