import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadState } from '../../../../main/rooms/read-state.ts';
import type { UnreadRow } from '../../../../main/store/tables/rooms/read-store.ts';

const me = '@a:a.test';

/** Rooms with so many unread messages each. Notes which were counted, and how often other work could continue. */
function readState(unread: Map<string, number>, change: Partial<UnreadRow> = {}) {
  const counted: string[] = [];
  const reads = {
    unread(_user: string, room_id: string): UnreadRow[] {
      counted.push(room_id);
      const n = unread.get(room_id);
      if (n === undefined) return [];
      return [{ room_id, channel_id: '1', unread: n, mentions: 0, first_unread: null, muted: 0, ...change }];
    },
  };
  const forgetters: (() => void)[] = [];
  const onRollback = (forget: () => void) => void forgetters.push(forget);
  let pauses = 0;
  const state = new ReadState({
    actors: {},
    tell: () => {},
    store: {
      consents: { waiting: () => null },
      reads,
      rooms: {
        withMember: () => [...unread.keys()],
        member: (room: string) => ({ state: unread.has(room) ? 'joined' : 'left' }),
      },
      onRollback,
    },
    pause: async () => void pauses++,
  } as never);
  const total = async () => (await state.totalOf(me)).unread;
  const rollBack = () => {
    for (const forget of forgetters) forget();
  };
  return { state, counted, total, pauses: () => pauses, rollBack };
}

test('new messages in all rooms are counted once, and then only in rooms that changed', async () => {
  const unread = new Map([
    ['!1:a.test', 1],
    ['!2:a.test', 2],
  ]);
  const { state, counted, total } = readState(unread);
  assert.equal(await total(), 3);
  assert.equal(await total(), 3);
  assert.deepEqual(counted, ['!1:a.test', '!2:a.test']);
  unread.set('!2:a.test', 5);
  state.changed('!2:a.test');
  state.changed('!2:a.test');
  assert.equal(await total(), 6);
  assert.equal(await total(), 6);
  assert.deepEqual(counted, ['!1:a.test', '!2:a.test', '!2:a.test']);
});

test('a room that the user joined counts from then on, and one that they left no longer does', async () => {
  const unread = new Map([['!1:a.test', 1]]);
  const { state, total } = readState(unread);
  assert.equal(await total(), 1);
  unread.set('!3:a.test', 4);
  state.changed('!3:a.test');
  assert.equal(await total(), 5);
  unread.delete('!1:a.test');
  state.changed('!1:a.test');
  assert.equal(await total(), 4);
});

test('a message counts only for those who are in its room', async () => {
  const unread = new Map([['!1:a.test', 1]]);
  const { state, counted, total } = readState(unread);
  await total();
  state.changed('!2:a.test');
  await total();
  assert.deepEqual(counted, ['!1:a.test', '!2:a.test']);
  unread.set('!1:a.test', 2);
  for (const room of ['!1:a.test', '!2:a.test']) state.written(room);
  assert.equal(await total(), 2);
  assert.deepEqual(counted, ['!1:a.test', '!2:a.test', '!1:a.test']);
});

test('after a rollback, or once another node’s changes were applied, everything is counted again', async () => {
  const unread = new Map([['!1:a.test', 1]]);
  const { total, rollBack } = readState(unread);
  assert.equal(await total(), 1);
  unread.set('!1:a.test', 4).set('!2:a.test', 2);
  assert.equal(await total(), 1);
  rollBack();
  assert.equal(await total(), 6);
});

test('while many rooms are counted for the first time, other work continues', async () => {
  const { total, pauses } = readState(new Map(Array.from({ length: 250 }, (_, n) => [`!${n}:a.test`, 1])));
  assert.deepEqual(await Promise.all([total(), total()]), [250, 250]);
  assert.equal(pauses() >= 2, true);
});

test('only mentions of a muted room are in the total', async () => {
  const { state } = readState(new Map([['!1:a.test', 7]]), { muted: 1, mentions: 2 });
  assert.deepEqual(await state.totalOf(me), { unread: 2, mentions: 2 });
});
