import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Rate, RateLimiter } from '../../../../../main/trust/limits/rate-limiter.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const rate: Rate = { requests_per_minute: 60, burst: 3 };

function taken(limiter: RateLimiter, times: number, of = rate, server = 'a.test'): number {
  let count = 0;
  for (let at = 0; at < times; at++) if (limiter.take(server, of).ok) count++;
  return count;
}

test('a burst passes, and then nothing until time has passed', async () => {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(clock);
  assert.equal(taken(limiter, 10), 3);
  await clock.advance(999);
  assert.equal(taken(limiter, 10), 0);
  await clock.advance(1);
  assert.equal(taken(limiter, 10), 1);
});

test('a bucket refills steadily while requests keep coming, up to its burst', async () => {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(clock);
  taken(limiter, 3);
  await clock.advance(3_600_000);
  assert.equal(taken(limiter, 10), 3);
  let steady = 0;
  for (let second = 0; second < 60; second++) {
    await clock.advance(1000);
    steady += taken(limiter, 2);
  }
  assert.equal(steady, 60);
});

test('a refusal says after how many seconds to retry', async () => {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(clock);
  const slow: Rate = { requests_per_minute: 2, burst: 1 };
  taken(limiter, 1, slow);
  assert.deepEqual(limiter.take('a.test', slow), { ok: false, retryAfterSeconds: 30 });
  await clock.advance(30_000);
  assert.equal(limiter.take('a.test', slow).ok, true);
});

test('each server has its own budget', () => {
  const limiter = new RateLimiter(new VirtualClock());
  assert.equal(taken(limiter, 100), 3);
  assert.equal(taken(limiter, 100, rate, 'b.test'), 3);
});

test('a rate that is 0, negative or not a number lets nothing through', () => {
  for (const perMinute of [0, -1, Number.NaN, Number.NEGATIVE_INFINITY]) {
    const verdict = new RateLimiter(new VirtualClock()).take('a.test', {
      requests_per_minute: perMinute,
      burst: 5,
    });
    assert.ok(!verdict.ok, String(perMinute));
    assert.ok(Number.isInteger(verdict.retryAfterSeconds) && verdict.retryAfterSeconds > 0);
  }
  assert.equal(
    taken(new RateLimiter(new VirtualClock()), 5, { requests_per_minute: 60, burst: Number.NaN }),
    0,
  );
});

test('a clock that isn’t a number lets nothing through', () => {
  const limiter = new RateLimiter({ now: () => Number.NaN, after: () => () => {} });
  limiter.take('a.test', rate);
  assert.equal(taken(limiter, 5), 0);
});

test('once a wrong rate is corrected, requests pass again', async () => {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(clock);
  taken(limiter, 2, { requests_per_minute: Number.NaN, burst: Number.NaN });
  await clock.advance(60_000);
  assert.equal(taken(limiter, 10), 3);
});

test('a clock that is set back neither adds budget nor blocks for long', async () => {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(clock);
  taken(limiter, 3);
  clock.setWallClock(clock.now() - 3_600_000);
  assert.equal(taken(limiter, 10), 0);
  await clock.advance(1000);
  assert.equal(taken(limiter, 10), 1);
});

test('only the most recent strangers are remembered', () => {
  const limiter = new RateLimiter(new VirtualClock(), 2);
  const rate = { requests_per_minute: 1, burst: 1 };
  const take = (name: string) => limiter.take(name, rate).ok;
  assert.deepEqual(['a', 'b', 'a', 'c', 'a', 'b'].map(take), [true, true, false, true, false, true]);
});
