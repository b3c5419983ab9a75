import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from '../../../../../main/kernel/back-off.ts';
import { leftOut } from '../../../../../main/trust/contact/unanswered-calls.ts';
import { lookAgainMs, lookDueAt } from '../../../../../main/trust/discovery/rediscovery.ts';

const minute = 60_000;

test('a discovery document that was never read is read at once, and every three hours after that', () => {
  assert.equal(lookDueAt({ discoveredAt: null, triedAt: null, failures: 0 }), 0);
  assert.equal(lookDueAt({ discoveredAt: 5, triedAt: null, failures: 0 }), 5 + lookAgainMs);
  assert.equal(lookDueAt({ discoveredAt: 9, triedAt: 7, failures: 0 }), 9 + lookAgainMs);
  assert.equal(lookAgainMs, 180 * minute);
});

test('a document that cannot be read is tried after a minute, then less and less often, at least every three hours', () => {
  const after = (failures: number) => lookDueAt({ discoveredAt: 0, triedAt: 0, failures }) / minute;
  assert.deepEqual([1, 2, 3, 8, 9, 1000].map(after), [1, 2, 4, 128, 180, 180]);
});

test('a call that a server lists and does not answer is left out for a minute, then longer, an hour at most', () => {
  assert.deepEqual(
    [1, 2, 3, 6, 7, 1000].map((times) => backOffMs(leftOut, times) / minute),
    [1, 2, 4, 32, 60, 60],
  );
});
