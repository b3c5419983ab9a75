import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../shared/protocol/limits.ts';
import { OneBatch } from '../../../support/batch/one-batch.ts';
import { cast, roomId } from '../../../support/sim/member.ts';
import { Teller } from '../../../support/sim/told.ts';
import { refused } from '../../../support/words.ts';

const max = limits.roomUsersMax;
const counted = (server: string, n: number) => ({ [`usersOf ${roomId} ${server}`]: n });

/** How joins of two users of a server end in a room of `home` in which others were before. */
function joining(home: string, by: 'home' | 'self', before: number) {
  const answers = { ...counted(cast.peer, before), [`member ${roomId} @u0:${cast.peer}`]: null };
  const batch = new OneBatch(answers, home);
  const room = batch.set.rooms.get(roomId) ?? assert.fail();
  if (by === 'home') batch.set.rooms.change(room, { home_announces: 1 });
  const teller = new Teller();
  const verdict = (user: string) => {
    const server = by === 'home' ? home : cast.peer;
    const event = teller.event(
      'peer',
      'm.member.join',
      { user_id: '5' },
      {
        ...{ state_key: user, origin_server: server },
        sender: by === 'home' ? `@u0:${server}` : user,
      },
    );
    const outcome = batch.take(event, server === cast.self ? null : server);
    return outcome.kind === 'refused' ? refused(() => assert.fail(outcome.error)) : outcome.kind;
  };
  return [verdict(`@u0:${cast.peer}`), verdict(`@u1:${cast.peer}`)];
}

test('a server brings only so many users into our room, in one batch too', () => {
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

test('a server can’t announce more of its users than that in a room of a home that announces none', () => {
  const [first, second] = joining(cast.home, 'self', max - 1);
  assert.equal(first, 'inserted');
  assert.equal(second?.[1], 'room.many_users');
});

test('what another home decides about its own room is not limited', () => {
  assert.deepEqual(joining(cast.home, 'home', max), ['inserted', 'inserted']);
});
