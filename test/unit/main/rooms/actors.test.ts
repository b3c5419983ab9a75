import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from '../../../../main/events/projection/room-registry.ts';
import { Actors } from '../../../../main/rooms/actors.ts';

const room = { row: { room_id: '!1:a.test', home: 'a.test', direct: null } } as Room;

/** A moderator of the room, on the server `a.test`. */
function moderator(
  about: { readonly isRestricted: boolean; readonly state: 'joined' | 'left' },
  known = room,
): Actors {
  const store = {
    rooms: { member: () => ({ state: about.state, role: 'moderator' }) },
    users: { owner: () => ({ user_id: '@a:a.test' }) },
    consents: { isRestricted: () => about.isRestricted },
  } as never;
  return new Actors(store, { get: () => known } as never, { serverName: 'a.test' } as never);
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

test('in a room of another server nobody here decides, but a moderator who is in it, and no child, may ask its home', () => {
  const elsewhere = { row: { ...room.row, home: 'b.test' } } as Room;
  const asks = (isRestricted: boolean, state: 'joined' | 'left') => {
    const actors = moderator({ isRestricted, state }, elsewhere);
    assert.equal(actors.moderates(elsewhere, '@ben:a.test'), false);
    return () => actors.requireModeratorElsewhere('!1:a.test', '@ben:a.test');
  };
  assert.equal(asks(false, 'joined')(), elsewhere);
  assert.throws(asks(true, 'joined'), { code: 'FORBIDDEN', message: /a child or a guest/ });
  assert.throws(asks(false, 'left'), { code: 'FORBIDDEN', message: /isn’t in the room/ });
});
