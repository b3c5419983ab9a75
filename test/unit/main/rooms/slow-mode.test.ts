import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Room } from '../../../../main/events/projection/room-registry.ts';
import { SlowMode } from '../../../../main/rooms/slow-mode.ts';

const room = { row: { room_id: '!1:a.test' } } as Room;
const pauseMs = 10_000;

function world() {
  const clock = { time: 1_000_000, now: () => clock.time, after: () => () => {} };
  const said: [string, number][] = [];
  const rooms = { pauseMs };
  const slow = new SlowMode({
    store: {
      events: {
        lastSaid: (_: string, user: string, { after, upTo }: { after: number; upTo: number }) =>
          said.findLast(([by, at]) => by === user && at > after && at <= upTo)?.[1] ?? null,
      },
    } as unknown as ConstructorParameters<typeof SlowMode>[0]['store'],
    registry: { pauseNow: () => rooms.pauseMs },
    clock,
  });
  const write = (user = 'a') => slow.write(room, user, async () => said.push([user, clock.time]));
  return { clock, said, rooms, slow, write };
}

test('the next message may be written as soon as the pause after the last one is over', async () => {
  const { clock, slow, write, rooms } = world();
  assert.equal(slow.nextAt(room, 'a'), null);
  await write();
  assert.equal(slow.nextAt(room, 'a'), 1_000_000 + pauseMs);
  clock.time += pauseMs - 1;
  await assert.rejects(write(), { code: 'RATE_LIMITED', retryAfterSeconds: 1 });
  clock.time += 1;
  await write();
  rooms.pauseMs = 0;
  assert.equal(slow.nextAt(room, 'a'), null);
  await write();
});

test('a message that isn’t stored yet counts, and one that failed doesn’t', async () => {
  const { slow, write } = world();
  const failing = slow.write(room, 'a', () => Promise.reject(new Error('disk full')));
  await assert.rejects(write(), { code: 'RATE_LIMITED' });
  await write('b');
  await assert.rejects(failing, /disk full/);
  await write();
});

test('after the clock was set back, nobody waits for the old time', () => {
  const { clock, said, slow } = world();
  said.push(['a', clock.time + 3_600_000]);
  assert.equal(slow.nextAt(room, 'a'), null);
});
