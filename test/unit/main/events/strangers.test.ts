import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from '../../../../main/events/projection/room-permissions.ts';
import type { RuleTables } from '../../../../main/events/projection/room-writer.ts';
import { boundStrangers } from '../../../../main/events/strangers.ts';
import type { VerifiedEvent } from '../../../../main/events/verify.ts';
import { eventState } from '../../../../main/store/tables/rooms/event-store.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { MemoryNode } from '../../../support/memory-node.ts';
import { cast, roomId } from '../../../support/sim/member.ts';
import { Teller } from '../../../support/sim/told.ts';
import { refused } from '../../../support/words.ts';

test('events of strangers are kept up to a limit, and their deletes up to another', () => {
  const bound = (
    kind: string,
    state: number,
    { pending = 0, deletes = 0, byHome = false, wasIn = false } = {},
  ): readonly unknown[] | null => {
    const set = {
      events: { pendingCount: () => pending, deletesCount: () => deletes },
      rooms: { isByHome: () => byHome, wasIn: () => wasIn },
    } as unknown as RuleTables;
    const envelope = { origin_server: 'a.test', sender: '@a:a.test' };
    const event = { envelope, meaning: { kind } } as VerifiedEvent;
    const room = { row: { room_id: '!1:home.test' } } as Room;
    try {
      boundStrangers(set, room, event, state as never);
      return null;
    } catch (error) {
      return refused(() => {
        throw error;
      });
    }
  };
  const { pending, applied } = eventState;
  const many = { pending: 1000, deletes: 1000 };
  const why = [
    ...['RATE_LIMITED', 'event.strangers'],
    ...[{ count: 1000, server: 'a.test' }, { scope: 'event' }],
  ];
  assert.deepEqual(bound('message', pending, many), why);
  assert.equal(bound('message', pending, { ...many, pending: 999 }), null);
  assert.equal(bound('message', applied, many), null);
  assert.deepEqual(bound('delete', applied, { ...many, pending: 0 }), why);
  assert.equal(bound('delete', applied, { ...many, deletes: 999 }), null);
  assert.equal(bound('delete', applied, { ...many, byHome: true }), null);
  assert.equal(bound('delete', applied, { ...many, wasIn: true }), null);
  assert.deepEqual(bound('delete', pending, { ...many, deletes: 0, wasIn: true }), why);
});

const max = limits.roomUsersMax;

/** How joins of two users of a server end in a room of `home` in which others were before. */
function joining(home: string, by: 'home' | 'self', before: number) {
  const node = new MemoryNode(home);
  for (let n = 0; n < before; n++)
    node.tables.rooms.putImplicit({
      room_id: roomId,
      user_id: `@before${n}:${cast.peer}`,
      server: cast.peer,
      state: 'left',
      role: 'member',
      joined_at: 1,
      implicit: 0,
    });
  const room = node.tables.rooms.get(roomId) ?? assert.fail();
  if (by === 'home') node.tables.rooms.change(room, { home_announces: 1 });
  const teller = new Teller();
  const verdict = (user: string) => {
    const server = by === 'home' ? home : cast.peer;
    const event = teller.event(
      'peer',
      'm.member.join',
      { user_id: '5' },
      {
        state_key: user,
        origin_server: server,
        sender: by === 'home' ? `@u0:${server}` : user,
      },
    );
    const outcome = node.take(event, server === cast.self ? null : server);
    return outcome.kind === 'refused' ? refused(() => assert.fail(outcome.error)) : outcome.kind;
  };
  return [verdict(`@u0:${cast.peer}`), verdict(`@u1:${cast.peer}`)];
}

test('a server brings only so many users into our room, one after the other too', () => {
  const full = [
    'FORBIDDEN',
    'room.many_users',
    { server: cast.peer, max },
    { scope: 'event', reason: 'room_closed' },
  ];
  assert.deepEqual(joining(cast.self, 'home', max - 2), ['inserted', 'inserted']);
  assert.deepEqual(joining(cast.self, 'home', max - 1), ['inserted', full]);
  assert.deepEqual(joining(cast.self, 'home', max), [full, full]);
});

test('a server can’t announce more users than that in a room whose home announces no members', () => {
  const [first, second] = joining(cast.home, 'self', max - 1);
  assert.equal(first, 'inserted');
  assert.equal(second?.[1], 'room.many_users');
});

test('another home’s decisions about its own room are not limited', () => {
  assert.deepEqual(joining(cast.home, 'home', max), ['inserted', 'inserted']);
});
