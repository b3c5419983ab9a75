import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare.ts';
import { kinds } from './counts.ts';
import { runScene } from './scenes.ts';

test('simulated servers do what whole nodes do, to within a quarter', async (t) => {
  for (const { when, simulated, real } of await compare(t, 4))
    for (const kind of kinds) {
      const ratio = simulated[kind] / real[kind];
      assert.ok(
        ratio > 0.75 && ratio < 1.25,
        `${when}, ${kind}: ${simulated[kind]} instead of ${real[kind]}`,
      );
    }
});

test('the same seed gives the same counts', async () => {
  const scene = { servers: 12, roomSize: 4, rooms: 2, isMesh: false, down: 0.1 };
  const [one, other] = [await runScene(scene), await runScene(scene)];
  assert.deepEqual([one.idle, one.busy], [other.idle, other.busy]);
});

test('a home asks a member that never wrote about every ten minutes, not every fifteen seconds', async () => {
  const { idle } = await runScene({ servers: 10, roomSize: 10, rooms: 1, isMesh: false });
  const perMember = (idle.homes?.sent ?? 0) / 9;
  // A round every 10 minutes: queue, room and digest, and sometimes the question whether it is there.
  assert.ok(perMember > 12 && perMember < 30, String(perMember));
});
