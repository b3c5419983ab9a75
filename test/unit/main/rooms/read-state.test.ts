import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadState } from '../../../../main/rooms/read-state.ts';
import type { UnreadRow } from '../../../../main/store/tables/rooms/read-store.ts';

const me = '@a:a.test';

/** Rooms with so many unread messages each. Notes which were counted; `all` means every one at once. */
function readState(unread: Map<string, number>) {
  const counted: string[] = [];
  const rowOf = (room_id: string): UnreadRow => ({
    ...{
      room_id,
      channel_id: '1',
      unread: unread.get(room_id) ?? 0,
      mentions: 0,
      first_unread: null,
      muted: 0,
    },
  });
  const reads = {
    unread(_user: string, roomId?: string): UnreadRow[] {
      counted.push(roomId ?? 'all');
      if (roomId === undefined) return [...unread.keys()].map(rowOf);
      return unread.has(roomId) ? [rowOf(roomId)] : [];
    },
  };
  const state = new ReadState({ store: { reads }, actors: {}, tell: () => {} } as never);
  return { state, counted, total: () => state.unreadOf(me).reduce((sum, row) => sum + row.unread, 0) };
}

test('what is new in all rooms is counted once, and then only in rooms that changed', () => {
  const unread = new Map([
    ['!1:a.test', 1],
    ['!2:a.test', 2],
  ]);
  const { state, counted, total } = readState(unread);
  assert.equal(total(), 3);
  assert.equal(total(), 3);
  assert.deepEqual(counted, ['all']);
  unread.set('!2:a.test', 5);
  state.changed('!2:a.test');
  state.changed('!2:a.test');
  assert.equal(total(), 6);
  assert.equal(total(), 6);
  assert.deepEqual(counted, ['all', '!2:a.test']);
});

test('a room that the user joined counts from then on, and one that they left no longer does', () => {
  const unread = new Map([['!1:a.test', 1]]);
  const { state, total } = readState(unread);
  assert.equal(total(), 1);
  unread.set('!3:a.test', 4);
  state.changed('!3:a.test');
  assert.equal(total(), 5);
  unread.delete('!1:a.test');
  state.changed('!1:a.test');
  assert.equal(total(), 4);
});
