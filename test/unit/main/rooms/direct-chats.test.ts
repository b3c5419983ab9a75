import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectChats } from '../../../../main/rooms/direct-chats.ts';

const [older, newer] = ['!9:a.test', '!10:b.test'];

/** The direct chats of Anna and Ben, if she is in these. */
function chatsOf(joined: readonly string[]) {
  const store = {
    rooms: {
      directOf: () => [{ room_id: older }, { room_id: newer }],
      member: (room: string) => ({ state: joined.includes(room) ? 'joined' : 'banned' }),
    },
  };
  return new DirectChats({ store } as unknown as ConstructorParameters<typeof DirectChats>[0]);
}

test('the newest chat that somebody is in is shown as theirs, also if they were shut out of a newer one', () => {
  for (const [joined, shown] of [
    [[older, newer], newer],
    [[older], older],
    [[], newer],
  ] as const)
    assert.equal(chatsOf(joined).of('@anna:a.test', '@ben:b.test')?.room_id, shown);
});
