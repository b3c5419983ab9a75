import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from '../../../../main/events/projection/room-registry.ts';
import { Actors } from '../../../../main/rooms/actors.ts';

const room = { row: { room_id: '!1:a.test', home: 'a.test', direct: null } } as Room;

/** A moderator of the room, on the server `a.test`. */
function moderator(about: { readonly isRestricted: boolean; readonly state: 'joined' | 'left' }): Actors {
  const store = {
    rooms: { member: () => ({ state: about.state, role: 'moderator' }) },
    users: { owner: () => ({ user_id: '@a:a.test' }) },
    consents: { isRestricted: () => about.isRestricted },
  } as never;
  return new Actors(store, {} as never, { serverName: 'a.test' } as never);
}

test('a moderator who became a child, or left, decides nothing, and doesn’t own the room', () => {
  const decides = (isRestricted: boolean, state: 'joined' | 'left') =>
    moderator({ isRestricted, state }).moderates(room, '@ben:a.test');
  assert.deepEqual(
    [decides(false, 'joined'), decides(true, 'joined'), decides(false, 'left')],
    [true, false, false],
  );
  assert.equal(moderator({ isRestricted: false, state: 'joined' }).owns(room, '@ben:a.test'), false);
});

test('in a room of another server nobody here moderates', () => {
  const actors = moderator({ isRestricted: false, state: 'joined' });
  const elsewhere = { row: { ...room.row, home: 'b.test' } } as Room;
  assert.equal(actors.moderates(elsewhere, '@ben:a.test'), false);
});
