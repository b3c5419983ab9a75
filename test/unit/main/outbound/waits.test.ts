import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextDelayMs, offlineDelayMs, probeDelayMs, retryAfterMs } from '../../../../main/outbound/waits.ts';

const even = 1 / 3;
const almostOne = 1 - Number.EPSILON;
const hour = 3_600_000;

describe('waits of a delivery', () => {
  it('tries three times quickly, then waits 15 s and doubles, up to an hour', () => {
    const schedule = Array.from({ length: 14 }, (_, failures) => nextDelayMs(failures + 1, even));
    assert.deepEqual(schedule, [
      250,
      500,
      1000,
      15_000,
      30_000,
      60_000,
      120_000,
      240_000,
      480_000,
      960_000,
      1_920_000,
      hour,
      hour,
      hour,
    ]);
  });

  it('spreads each wait from 0.8 to 1.4 times its length', () => {
    assert.equal(nextDelayMs(4, 0), 12_000);
    assert.equal(nextDelayMs(4, almostOne), 21_000);
    assert.equal(nextDelayMs(1, 0), 200);
    assert.equal(nextDelayMs(1, almostOne), 350);
  });

  it('never waits longer than an hour, jitter included, however often it failed', () => {
    for (const attempt of [11, 12, 40, 1000, 1e9]) {
      for (const random of [0, even, almostOne]) assert.ok(nextDelayMs(attempt, random) <= hour);
    }
    assert.equal(nextDelayMs(12, almostOne), hour);
  });

  it('probes what is parked after a minute, doubling up to an hour', () => {
    const schedule = Array.from({ length: 8 }, (_, parked) => probeDelayMs(parked + 1, even));
    assert.deepEqual(schedule, [60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000, hour, hour]);
    assert.equal(probeDelayMs(1, 0), 48_000);
    assert.equal(probeDelayMs(1, almostOne), 84_000);
  });

  it('checks our own network at a steady pace', () => {
    assert.equal(offlineDelayMs(even), 15_000);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('Wed, 01 Jan 2025 00:00:00 GMT');

  it('reads seconds', () => {
    assert.equal(retryAfterMs('120', now), 120_000);
    assert.equal(retryAfterMs(' 0 ', now), 0);
  });

  it('reads an HTTP date', () => {
    assert.equal(retryAfterMs('Wed, 01 Jan 2025 00:00:30 GMT', now), 30_000);
    assert.equal(retryAfterMs('Wednesday, 01-Jan-25 00:00:30 GMT', now), 30_000);
  });

  it('reads a past date as now, and caps a distant one', () => {
    assert.equal(retryAfterMs('Tue, 31 Dec 2024 23:00:00 GMT', now), 0);
    assert.equal(retryAfterMs('Thu, 02 Jan 2025 00:00:00 GMT', now), hour);
    assert.equal(retryAfterMs('999999999999999999999999', now), hour);
  });

  it('ignores anything else', () => {
    for (const header of [
      undefined,
      '',
      'soon',
      '-5',
      '1.5',
      '12s',
      '2030-01-01',
      'Wed, 99 Foo 2025 00:00:00 GMT',
    ]) {
      assert.equal(retryAfterMs(header, now), undefined);
    }
  });
});
