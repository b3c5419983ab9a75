import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs, spreadBackOffMs } from '../../../../main/kernel/back-off.ts';

const schedule = { firstMs: 5_000, maxMs: 60_000 };
const almostOne = 1 - Number.EPSILON;

test('each failure in a row doubles the wait, up to the longest', () => {
  const waits = [1, 2, 3, 4, 5, 6, 1000, 1e9].map((failures) => backOffMs(schedule, failures));
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000]);
});

test('no failure yet waits as long as the first one', () => {
  assert.equal(backOffMs(schedule, 0), 5_000);
});

test('a wait is spread from 0.8 to 1.4 times its length, and never exceeds the longest', () => {
  assert.equal(spreadBackOffMs(schedule, 2, 0), 8_000);
  assert.equal(spreadBackOffMs(schedule, 2, almostOne), 14_000);
  assert.equal(spreadBackOffMs(schedule, 5, almostOne), 60_000);
  assert.equal(spreadBackOffMs(schedule, 1e9, 0), 60_000);
});
