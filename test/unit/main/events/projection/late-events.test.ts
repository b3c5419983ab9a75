import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { Projection, rebuiltTogether } from '../../../../../main/events/projection/projection.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { MemoryNode, rebuild } from '../../../../support/memory-node.ts';
import { cast, now, roomId } from '../../../../support/sim/member.ts';
import { place, Teller } from '../../../../support/sim/told.ts';

const [author, ours] = [`@u0:${cast.peer}`, `@u0:${cast.self}`];
const [pending, applied, ahead] = [0, 1, 2];
/** The nearest depth that is ahead of our clock. */
const tooFar = now + limits.aheadMsMax + 1;

/** A room whose home announces its members: a user of ours at depth 1, and those that the test admits. */
function opened() {
  const node = new MemoryNode();
  const teller = new Teller();
  const take = (event: Envelope) => node.take(event, event.origin_server);
  const { tables } = node;
  const byHome = (type: string, content: object, more: Partial<Envelope>) => {
    const event = teller.event('home', type, content as never, more);
    take(event);
    return event;
  };
  const membership = (type: string) => (user: string, depth: number) =>
    byHome(type, { user_id: '5', role: 'member' }, { state_key: user, depth });
  const join = membership('m.member.join');
  const moderate = (user: string, depth: number) =>
    byHome('m.member.join', { user_id: '5', moderator: true }, { state_key: user, depth });
  join(ours, 1);
  const projection = () => new Projection(tables, new Erasure(tables, node.parts));
  const room = tables.rooms.get(roomId) ?? assert.fail('no room');
  return {
    node,
    teller,
    take,
    join,
    moderate,
    restrict: (depth: number) => {
      const content = { name: 'Room', join_rule: 'invite', channels: [], writers: 'moderators' };
      byHome('m.room.info', content, { depth });
    },
    leave: membership('m.member.leave'),
    room,
    /** An event of the author. */
    say: (depth: number, type = 'm.message', content: object = { body: 'x', message_id: String(depth) }) => {
      const event = teller.event('peer', type, { ...place, ...content }, { depth });
      take(event);
      return event;
    },
    info: (depth: number, name: string, channels: readonly string[], join_rule = 'invite') => {
      const list = channels.map((each, n) => ({ channel_id: String(n + 1), name: each }));
      return byHome('m.room.info', { name, join_rule, channels: list }, { depth });
    },
    archive: (depth: number, archived: boolean) => {
      const content = { name: 'Room', join_rule: 'invite', channels: [], archived };
      return take(teller.event('home', 'm.room.info', content as never, { depth }));
    },
    state: (event: Envelope) => tables.events.byId(event.event_id)?.state,
    seqOf: (event: Envelope) => tables.events.byId(event.event_id)?.seq ?? assert.fail('not stored'),
    applyDue: (due: readonly number[], at: number) => projection().applyDue(due, at),
    rebuild: () => rebuild(projection(), room),
    shown: () => node.picture().timeline.length,
    channels: () => node.picture().channels.map(({ name }) => name),
    members: () => node.picture().members.map((each) => each.split(' ')[0]),
  };
}

test('a user’s messages apply from the join before them, even if the join arrives later', () => {
  const { say, join, state, shown } = opened();
  const [early, late] = [say(10), say(30)];
  assert.deepEqual([state(early), state(late), shown()], [pending, pending, 0]);
  join(author, 20);
  assert.deepEqual([state(early), state(late), shown()], [pending, applied, 1]);
  join(author, 5);
  assert.deepEqual([state(early), state(late), shown()], [applied, applied, 2]);
});

test('an archive that arrives late takes back what was written under it: a few messages at once, many in a rebuild', () => {
  const { say, join, archive, state, shown, rebuild } = opened();
  join(author, 2);
  const few = [10, 20, 30].map((depth) => say(depth));
  archive(5, true);
  assert.deepEqual([...few.map(state), shown()], [pending, pending, pending, 0]);
  archive(15, false);
  assert.deepEqual([...few.map(state), shown()], [pending, applied, applied, 2]);
  const many = Array.from({ length: rebuiltTogether }, (_, nr) => say(100 + nr));
  const late = archive(25, true);
  assert.ok(late.kind === 'inserted' && late.isOutdated);
  rebuild();
  assert.deepEqual([...many, few[2]!].map(state), Array(rebuiltTogether + 1).fill(pending));
  assert.equal(shown(), 1);
});

test('a role that arrives late decides about what its user wrote where only owners and moderators write', () => {
  const { say, join, moderate, restrict, state, shown } = opened();
  join(author, 2);
  restrict(5);
  const [early, late] = [say(10), say(30)];
  assert.deepEqual([state(early), state(late), shown()], [pending, pending, 0]);
  moderate(author, 20);
  assert.deepEqual([state(early), state(late), shown()], [pending, applied, 1]);
  join(author, 25);
  assert.deepEqual([state(late), shown()], [pending, 0]);
});

test('a leave that arrives late takes back what its user wrote until the next join, and nothing else', () => {
  const { say, join, leave, take, teller, state, shown } = opened();
  join(author, 5);
  join(author, 30);
  const events = [10, 20, 40].map((depth) => say(depth));
  const other = teller.event('home', 'm.message', { ...place, body: 'x' }, { depth: 21 });
  take(other);
  leave(author, 15);
  assert.deepEqual(events.map(state), [applied, pending, applied]);
  assert.deepEqual([state(other), shown()], [applied, 3]);
});

test('memberships, room descriptions and deletes, also of channels, apply even if their sender is not a member', () => {
  const types = {
    'm.member.invite': {},
    'm.member.uninvite': {},
    'm.room.info': { name: 'x', join_rule: 'invite', channels: [] },
    'm.message.delete': place,
    'm.channel.delete': place,
    'm.member.join': {},
    'm.member.leave': {},
    'm.message': { ...place, body: 'x' },
    'x.other': {},
  };
  const { node, teller, room } = opened();
  const projection = new Projection(node.tables, new Erasure(node.tables, node.parts));
  const states = (depth: number) =>
    Object.entries(types).map(([type, content]) =>
      projection.decide(room, teller.event('peer', type, content as never, { depth }), now),
    );
  assert.deepEqual(states(10), [...Array(7).fill(applied), pending, pending]);
  assert.deepEqual(states(tooFar), Array(9).fill(ahead));
  const { say, join, leave, state } = opened();
  join(author, 5);
  const kept = [say(20, 'm.message.delete'), say(21, 'x.other')];
  leave(author, 10);
  assert.deepEqual(kept.map(state), [applied, pending]);
});

test('the last description of a room is the one that applies, with its channels in their order', () => {
  const { info, channels, node } = opened();
  info(10, 'First', ['b', 'a']);
  assert.deepEqual(channels(), ['b', 'a']);
  info(9, 'Older', ['older']);
  assert.deepEqual([channels(), node.picture().room.name], [['b', 'a'], 'First']);
  const last = info(11, 'Newer', ['c'], 'peers');
  const { row } = node.tables.rooms.get(roomId) ?? assert.fail('no room');
  assert.deepEqual(
    [row.name, row.join_rule, row.info_depth, row.info_event_id],
    [...['Newer', 'peers', 11, last.event_id]],
  );
  assert.deepEqual(node.tables.rooms.channels(roomId), [
    { room_id: roomId, channel_id: '1', name: 'c', position: 0, depth: 11, event_id: last.event_id },
  ]);
});

test('an event ahead of our clock applies once the clock has come near, if its sender is a member then', () => {
  const { say, join, state, seqOf, applyDue, shown, room } = opened();
  join(author, 5);
  const [near, far] = [say(tooFar), say(tooFar + 10)];
  const [seq, farSeq] = [seqOf(near), seqOf(far)];
  assert.deepEqual(applyDue([seq, farSeq], now), []);
  assert.deepEqual([state(near), state(far), shown()], [ahead, ahead, 0]);
  assert.deepEqual(applyDue([seq, farSeq, 99], now + 1), [roomId]);
  assert.deepEqual([state(near), state(far), shown()], [applied, ahead, 1]);
  assert.equal(room.highestDepth, tooFar);
  assert.deepEqual(applyDue([seq], now + 1), [], 'it applies already');
  const alone = opened();
  const stranger = alone.say(tooFar);
  assert.deepEqual(alone.applyDue([alone.seqOf(stranger)], now + 1), [roomId]);
  assert.deepEqual([alone.state(stranger), alone.shown()], [pending, 0]);
  alone.join(author, 5);
  assert.deepEqual([alone.state(stranger), alone.shown()], [applied, 1]);
});

test('while an event is ahead of our clock, joins and leaves of its sender don’t change that', () => {
  const { say, join, leave, state } = opened();
  const event = say(tooFar);
  join(author, 5);
  leave(author, 6);
  assert.equal(state(event), ahead);
});

test('a removal of our user that was ahead of our clock means our user once it applies', () => {
  const { teller, take, join, seqOf, applyDue, node } = opened();
  join(author, 5);
  const fields = { user_id: '1', removed: true };
  const removal = teller.event('home', 'm.member.leave', fields, { state_key: null, depth: tooFar });
  take(removal);
  applyDue([seqOf(removal)], now + 1);
  const member = node.tables.rooms.member(roomId, ours);
  assert.equal(member?.state, 'removed');
});

test('an event in a room that is gone is not applied', () => {
  const { say, join, seqOf, applyDue, node } = opened();
  join(author, 5);
  const event = say(tooFar);
  const seq = seqOf(event);
  node.tables.rooms.get = () => undefined;
  assert.deepEqual(applyDue([seq], now + 1), []);
});

test('a rebuild makes the same room from its events, and leaves what is ahead of our clock out', () => {
  const { say, join, leave, info, node, rebuild, members, state, teller, take } = opened();
  info(2, 'Room', ['a']);
  join(author, 5);
  const [first, second] = [say(10), say(30)];
  leave(author, 20);
  const later = teller.event(
    'home',
    'm.member.join',
    { user_id: '6' },
    { state_key: '@x:x.test', depth: tooFar },
  );
  take(later);
  info(tooFar + 1, 'Later', ['later']);
  const far = say(tooFar + 2);
  const picture = node.picture();
  node.tables.rooms.putChannel({
    room_id: roomId,
    channel_id: '9',
    name: 'kept',
    position: 1,
    depth: 2,
    event_id: '$x',
  });
  rebuild();
  const rebuilt = node.picture();
  assert.deepEqual({ ...rebuilt, channels: [] }, { ...picture, channels: [] });
  assert.deepEqual(
    rebuilt.channels.map(({ name }) => name),
    ['a', 'kept'],
    'the home describes the channels, so they are not learnt from messages',
  );
  assert.deepEqual(members(), [author, ours]);
  assert.deepEqual([first, second, far, later].map(state), [applied, pending, ahead, ahead]);
});

test('a rebuild decides again about events that an older version judged differently', () => {
  const { say, join, node, rebuild, state, info } = opened();
  join(author, 5);
  const [right, wrong] = [say(10), say(3)];
  info(6, 'Room', ['a']);
  const rowOf = (event: Envelope) => node.tables.events.byId(event.event_id) ?? assert.fail('not stored');
  node.tables.events.setState(rowOf(right).seq, 0);
  node.tables.events.setState(rowOf(wrong).seq, 1);
  const room = node.tables.rooms.get(roomId) ?? assert.fail('no room');
  node.tables.rooms.change(room, { name: 'wrong', info_depth: -1, info_event_id: '' });
  const servers = room.servers;
  room.servers = new Set();
  rebuild();
  assert.deepEqual([right, wrong].map(state), [applied, pending]);
  assert.equal(node.picture().room.name, 'Room');
  assert.deepEqual(new Set(room.servers), new Set(servers));
});

test('a rebuild removes messages, reactions and members that no event shows', () => {
  const { say, join, node, rebuild, members } = opened();
  join(author, 5);
  const kept = say(10).event_id;
  const damaged = say(11);
  const stored = () => node.rows('messages').map(({ event_id }) => event_id);
  const { messages, rooms } = node.tables;
  const stray = { room_id: roomId, channel_id: '1', event_id: '$stray', message_key: 'x/9' };
  const state = { sender: author, depth: 9, text_seq: null, edited_at: null, deleted: 0, shown: 1 } as const;
  messages.add({ seq: 99, ...stray, ...state });
  const seqOf = (id: string) => node.tables.events.byId(id)?.seq ?? assert.fail('not stored');
  const reaction = { user_id: author, emoji: '👍', depth: 12, event_id: '$stray', given: 1 } as const;
  messages.react({ ...reaction, message_seq: seqOf(kept) });
  node.run('UPDATE federation_events SET body = ? WHERE event_id = ?', 'not JSON', damaged.event_id);
  const member = { room_id: roomId, user_id: '@stray:x.test', server: 'x.test', role: 'member' } as const;
  rooms.putImplicit({ ...member, state: 'joined', joined_at: 1, implicit: 0 });
  rebuild();
  assert.deepEqual([stored(), node.rows('reactions'), members()], [[kept], [], [author, ours]]);
});

test('only the first member that a home announces makes us read the whole room', () => {
  const node = new MemoryNode();
  const teller = new Teller();
  let reads = 0;
  const { messagesAfter } = node.tables.events;
  node.tables.events.messagesAfter = (...where) => {
    reads++;
    return messagesAfter.call(node.tables.events, ...where);
  };
  for (const event of [teller.join(ours), teller.join(author), teller.leave(author)])
    node.take(event, cast.home);
  assert.equal(reads, 1);
});
