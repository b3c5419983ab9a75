import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutOffIfSlow } from '../../../../main/kernel/progress.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** When something is cut off that has `bytesPerS` up to a number of bytes; null if it isn't within ten minutes. */
async function cutAt(bytesPerS: number, bytesMax = Number.POSITIVE_INFINITY): Promise<number | null> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const seconds = () => (clock.now() - startedAt) / 1000;
  let at: number | null = null;
  const stop = cutOffIfSlow(
    clock,
    30_000,
    () => Math.min(seconds() * bytesPerS, bytesMax),
    () => {
      at = seconds();
    },
  );
  await clock.advance(600_000);
  stop();
  assert.equal(clock.timers, 0);
  return at;
}

test('a transfer at 8 kB/s or more goes on, and a slower one ends', async () => {
  assert.equal(await cutAt(0), 30);
  assert.equal(await cutAt(8_100), null);
  const atHalf = (await cutAt(4_000)) ?? 0;
  assert.ok(atHalf >= 60 && atHalf < 65, String(atHalf));
});

test('a transfer that stops midway ends after the time that its bytes were worth', async () => {
  assert.equal(await cutAt(24_000, 800_000), 130);
});
