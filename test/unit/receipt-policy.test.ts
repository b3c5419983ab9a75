import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isNews,
  reasonOf,
  receiptOf,
  type Told,
  toldAgainMsMin,
} from '../../main/outbound/receipt-policy.ts';
import type { AttemptReport, NextStep, OutboxRow, ReportedOutcome } from '../../main/store/outbox-port.ts';
import type { OwedRow } from '../../main/store/receipt-store.ts';
import { limits } from '../../shared/protocol/limits.ts';

const now = 1_000_000;
const done: NextStep = { state: 'done' };
const dead: NextStep = { state: 'dead' };
const later: NextStep = { state: 'retrying', nextAttemptAt: now + 15_000 };

const attempt = (
  outcome: ReportedOutcome,
  next: NextStep,
  status: number | null = null,
  at = now,
): AttemptReport => ({
  row: {} as OutboxRow,
  at,
  latencyMs: 1,
  status,
  outcome,
  error: 'words of a peer',
  next,
});

test('what an attempt found is one of a closed list of reasons', () => {
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

test('the end of trying and the first failure are news', () => {
  assert.equal(isNews(attempt('delivered', done, 202), undefined), true);
  assert.equal(isNews(attempt('rejected', dead, 400), undefined), true);
  assert.equal(isNews(attempt('retry', later), undefined), true);
});

test('a failure for the same reason is news once the told next try is over, and not within 15 s', () => {
  const told = (change: Partial<Told>): Told => ({
    ...{ reason: 'unreachable', nextAttemptAt: now - 1, at: now - toldAgainMsMin },
    ...change,
  });
  assert.equal(isNews(attempt('retry', later), told({})), true);
  assert.equal(isNews(attempt('retry', later), told({ at: now - toldAgainMsMin + 1 })), false);
  assert.equal(isNews(attempt('retry', later), told({ nextAttemptAt: now + 1 })), false);
  assert.equal(isNews(attempt('retry', later, 500), told({ at: now })), true, 'another reason');
  assert.equal(isNews(attempt('delivered', done, 202), told({ at: now })), true);
});

const owed: OwedRow = {
  ...{ id: 1, event_seq: 7, event_id: '$7:a.test', server_name: 'c.test', marked_at: now - 5 },
  ...{ queue_state: 'queued', next_attempt_at: null, taken_at: null, taken_outcome: null },
  ...{ last_at: null, last_outcome: null, last_status: null },
};
const told = (change: Partial<OwedRow>) => {
  const { event_id: _, server_name: __, ...rest } = receiptOf({ ...owed, ...change }, now);
  return rest;
};

test('what is told is what the outbox and its attempts say when it is told', () => {
  const nothing = { reason: null, next_attempt_at: null };
  const taken = { taken_at: now - 9, last_at: now - 9, last_status: 202, queue_state: null } as const;
  assert.deepEqual(told({ ...taken, taken_outcome: 'delivered', last_outcome: 'delivered' }), {
    ...nothing,
    ...{ state: 'has', at: now - 9 },
  });
  assert.deepEqual(told({ ...taken, taken_outcome: 'held', last_outcome: 'held' }), {
    ...nothing,
    ...{ state: 'held', at: now - 9 },
  });
  const failed = { last_at: now - 3, last_outcome: 'retry', last_status: null };
  assert.deepEqual(told({ ...failed, queue_state: 'retrying', next_attempt_at: now + 40_000 }), {
    ...{ state: 'waiting', reason: 'unreachable', next_attempt_at: now + 40_000, at: now - 3 },
  });
  assert.deepEqual(told({}), { ...nothing, state: 'waiting', at: now - 5 }, 'to be sent again');
  const dead = { queue_state: 'dead', last_at: now - 3 } as const;
  assert.deepEqual(told({ ...dead, last_outcome: 'rejected', last_status: 400 }), {
    ...{ state: 'refused', reason: 'rejected', next_attempt_at: null, at: now - 3 },
  });
  assert.deepEqual(told({ ...dead, last_outcome: 'expired' }).reason, 'expired');
  assert.deepEqual(told({ ...dead, last_outcome: 'retry' }).reason, 'dropped', 'a restored copy gave it up');
  assert.deepEqual(told({ ...failed, queue_state: null }), {
    ...{ state: 'gave_up', reason: 'dropped', next_attempt_at: null, at: now - 5 },
  });
});

test('no time is told that an origin would refuse, whatever our clock was', () => {
  const odd = told({
    queue_state: 'retrying',
    last_outcome: 'retry',
    last_at: now + 9e9,
    next_attempt_at: 9e12,
  });
  assert.deepEqual([odd.at, odd.next_attempt_at], [now, now + limits.receiptNextMsMax]);
});
