import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkingSet } from '../../../../main/events/batch/working-set.ts';
import type { Room } from '../../../../main/events/projection/room-reader.ts';
import { boundStrangers } from '../../../../main/events/strangers.ts';
import type { VerifiedEvent } from '../../../../main/events/verify.ts';
import { eventState } from '../../../../main/store/tables/rooms/event-store.ts';
import { refused } from '../../../support/words.ts';

test('what strangers send is kept up to a limit, and their deletes up to another', () => {
  const bound = (
    kind: string,
    state: number,
    { pending = 0, deletes = 0, byHome = false, wasIn = false } = {},
  ): readonly unknown[] | null => {
    const set = {
      events: { pendingCount: () => pending, countDeletesOf: () => deletes },
      rooms: { isByHome: () => byHome, wasIn: () => wasIn },
    } as unknown as WorkingSet;
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
