import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beats, Lease, nextStep } from '../../../../../main/store/postgres/lease.ts';

function clocks() {
  const at = { wall: 1_000_000, monotonic: 50 };
  const pass = (ms: number) => {
    at.wall += ms;
    at.monotonic += ms;
  };
  return { at, pass, lease: new Lease({ wall: () => at.wall, monotonic: () => at.monotonic }) };
}

test('a leader has no lease before its first beat is stored', () => {
  assert.equal(clocks().lease.isValid, false);
});

test('a lease counts from the sending of the beat, not from its answer', () => {
  const { lease, pass } = clocks();
  const sent = lease.moment();
  pass(1_000);
  lease.renew(sent);
  assert.equal(lease.isValid, true);
  pass(beats.leaseMs - 1_001);
  assert.equal(lease.isValid, true);
  pass(1);
  assert.equal(lease.isValid, false);
});

test('the answer to an older beat that comes late does not shorten the lease', () => {
  const { lease, pass } = clocks();
  const first = lease.moment();
  pass(500);
  lease.renew(lease.moment());
  lease.renew(first);
  pass(beats.leaseMs - 1);
  assert.equal(lease.isValid, true);
});

test('a beat whose answer comes after the lease would have expired gives no lease', () => {
  const { lease, pass } = clocks();
  const sent = lease.moment();
  pass(beats.leaseMs);
  lease.renew(sent);
  assert.equal(lease.isValid, false);
});

test('a wall clock that is set back does not prolong a lease', () => {
  const { lease, pass, at } = clocks();
  lease.renew(lease.moment());
  pass(beats.leaseMs);
  at.wall -= 3_600_000;
  assert.equal(lease.isValid, false);
});

test('a computer that slept has no lease, although its other clock stood still', () => {
  const { lease, at } = clocks();
  lease.renew(lease.moment());
  at.wall += 3_600_000;
  assert.equal(lease.isValid, false);
});

test('a lease that was ended is not valid until the next beat', () => {
  const { lease } = clocks();
  lease.renew(lease.moment());
  lease.end();
  assert.equal(lease.isValid, false);
  lease.renew(lease.moment());
  assert.equal(lease.isValid, true);
});

test('a standby with the lock waits until the lease of the old leader has expired', () => {
  assert.deepEqual(nextStep({ hasLock: true, beatAgeMs: 0 }), { lookAgainInMs: beats.pollEveryMs });
  assert.deepEqual(nextStep({ hasLock: true, beatAgeMs: beats.leaseMs }), { lookAgainInMs: beats.marginMs });
  assert.equal(nextStep({ hasLock: true, beatAgeMs: beats.leaseMs + beats.marginMs }), 'lead');
  assert.equal(nextStep({ hasLock: true, beatAgeMs: Number.POSITIVE_INFINITY }), 'lead');
});

test('a standby disconnects a leader that holds the lock and is silent, and never one that is not', () => {
  assert.deepEqual(nextStep({ hasLock: false, beatAgeMs: beats.silentMs - 1 }), {
    lookAgainInMs: beats.pollEveryMs,
  });
  assert.equal(nextStep({ hasLock: false, beatAgeMs: beats.silentMs }), 'unseat');
});

test('a leader whose beats are stored on time never meets a standby that may lead', () => {
  // Every lease that this beat gave has expired by the database's clock before anyone else leads.
  for (let age = 0; age < beats.leaseMs; age += 50)
    for (const hasLock of [true, false]) assert.equal(typeof nextStep({ hasLock, beatAgeMs: age }), 'object');
});

test('from silence to the lead it takes less than 3 seconds, at worst', () => {
  // The beat came just before; the look at which it is old enough comes one pause later; then the lock is free.
  assert.ok(beats.silentMs + 2 * beats.pollEveryMs < 2_500);
});
