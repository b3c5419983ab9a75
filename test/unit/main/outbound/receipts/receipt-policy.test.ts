import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isNews,
  type LastReport,
  type Link,
  pauseMsMin,
  reasonOf,
  receiptOf,
} from '../../../../../main/outbound/receipts/receipt-policy.ts';
import type { AttemptReport, OutboxRow, ReportedOutcome } from '../../../../../main/store/outbox-port.ts';
import type { OwedRow } from '../../../../../main/store/tables/delivery/receipt-store.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { quoted } from '../../../../../shared/words/said.ts';

const now = 1_000_000;
const attempt = (
  outcome: ReportedOutcome,
  nextInMs: number,
  status: number | null = null,
): AttemptReport => ({
  row: {} as OutboxRow,
  at: now,
  latencyMs: 1,
  status,
  outcome,
  error: quoted('words of a peer'),
  next: { state: 'retrying', nextAttemptAt: now + nextInMs },
});

test('the result of an attempt is one of a closed list of reasons', () => {
  const found = (
    [
      ['delivered', 202],
      ['held', 403],
      ['retry', null],
      ['retry', 500],
      ['retry', 429],
      ['sign_again', 409],
      ['closed', 403],
      ['wrong_place', 404],
      ['rejected', 400],
      ['expired', null],
      ['something new', 200],
    ] as const
  ).map(([outcome, status]) => reasonOf(outcome, status));
  assert.deepEqual(found, [
    ...[null, null, 'unreachable', 'failing', 'busy', 'failing', 'closed', 'wrong_place', 'rejected'],
    ...['expired', 'dropped'],
  ]);
});

test('a failure is reported if it is the first, has another reason, or begins a longer pause', () => {
  const told: LastReport = { reason: 'unreachable', nextAttemptAt: now - 1 };
  assert.equal(isNews(attempt('retry', 250), undefined), true, 'the first one');
  assert.equal(isNews(attempt('retry', 250, 500), told), true, 'another reason');
  assert.equal(isNews(attempt('retry', pauseMsMin), told), true, 'a longer pause');
  assert.equal(isNews(attempt('retry', pauseMsMin - 1), told), false, 'a quick try');
  const ahead = { ...told, nextAttemptAt: now + 1 };
  assert.equal(isNews(attempt('retry', pauseMsMin), ahead), false, 'the reported attempt is still to come');
});

const owed: OwedRow = {
  id: 1,
  event_seq: 7,
  event_id: '$7:a.test',
  server_name: 'c.test',
  marked_at: now - 5,
  queue_state: 'queued',
  next_attempt_at: null,
  taken_at: null,
  taken_outcome: null,
  last_at: null,
  last_outcome: null,
  last_status: null,
};
const told = (change: Partial<OwedRow>, link?: Link) => {
  const { event_id: _, server_name: __, ...rest } = receiptOf({ ...owed, ...change }, link, now);
  return rest;
};

test('a report says what the outbox and its attempts say when it is sent', () => {
  const nothing = { reason: null, next_attempt_at: null };
  const taken = { taken_at: now - 9, last_at: now - 9, last_status: 202, queue_state: null } as const;
  assert.deepEqual(told({ ...taken, taken_outcome: 'delivered', last_outcome: 'delivered' }), {
    ...nothing,
    state: 'has',
    at: now - 9,
  });
  assert.deepEqual(told({ ...taken, taken_outcome: 'held', last_outcome: 'held' }), {
    ...nothing,
    state: 'held',
    at: now - 9,
  });
  const failed = { last_at: now - 3, last_outcome: 'retry', last_status: null };
  assert.deepEqual(told({ ...failed, queue_state: 'retrying', next_attempt_at: now + 40_000 }), {
    state: 'waiting',
    reason: 'unreachable',
    next_attempt_at: now + 40_000,
    at: now - 3,
  });
  assert.deepEqual(told({}), { ...nothing, state: 'waiting', at: now - 5 }, 'to be sent again');
  const dead = { queue_state: 'dead', last_at: now - 3 } as const;
  assert.deepEqual(told({ ...dead, last_outcome: 'rejected', last_status: 400 }), {
    state: 'refused',
    reason: 'rejected',
    next_attempt_at: null,
    at: now - 3,
  });
  assert.deepEqual(told({ ...dead, last_outcome: 'expired' }).reason, 'expired');
  assert.deepEqual(told({ ...dead, last_outcome: 'retry' }).reason, 'dropped', 'a restored copy gave it up');
  assert.deepEqual(told({ ...failed, queue_state: null }), {
    state: 'gave_up',
    reason: 'dropped',
    next_attempt_at: null,
    at: now - 5,
  });
});

test('an event that waits behind another one is reported with the state of the server', () => {
  const link = { state: 'waiting', nextAttemptAt: now + 7, lastStatus: 503 } as const;
  assert.deepEqual(told({}, link), {
    state: 'waiting',
    reason: 'failing',
    next_attempt_at: now + 7,
    at: now - 5,
  });
  assert.equal(told({}, { ...link, lastStatus: null }).reason, 'unreachable');
  assert.equal(told({}, { ...link, state: 'parked' }).reason, 'closed');
  assert.equal(told({}, { ...link, state: 'sending' }).reason, null);
});

test('a report contains no time that an origin would refuse, whatever our clock was', () => {
  const odd = told({
    queue_state: 'retrying',
    last_outcome: 'retry',
    last_at: now + 9e9,
    next_attempt_at: 9e12,
  });
  assert.deepEqual([odd.at, odd.next_attempt_at], [now, now + limits.receiptNextMsMax]);
});
