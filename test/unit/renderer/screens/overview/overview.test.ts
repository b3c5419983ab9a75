import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedOn, sumsOf } from '../../../../../renderer/screens/overview/activity.ts';
import { clockState, nextTask, remedyOf, tasksOf } from '../../../../../renderer/screens/overview/state.ts';
import type { FindingCode } from '../../../../../shared/protocol/reasons.ts';
import { status } from '../../../../support/parties/fake-api.ts';

const point = (at: number, received = 0, delivered = 0, failed = 0, answer_ms: number | null = null) => ({
  at,
  received,
  delivered,
  failed,
  answer_ms,
  answer_ms_max: answer_ms === null ? null : answer_ms * 2,
});
const view = { since: 0, step_ms: 100, points: [point(0, 1), point(100, 2), point(200, 3)] };

const { reach } = status;

test('while the node reports nothing, the plot moves on and nothing is added', () => {
  assert.equal(movedOn(view, 99), view);
  assert.equal(movedOn(view, -5000), view);
  const later = movedOn(view, 250);
  assert.deepEqual(
    later.points.map(({ at, received }) => [at, received]),
    [
      [200, 3],
      [300, 0],
      [400, 0],
    ],
  );
  assert.deepEqual(
    movedOn(view, 1e12).points.map(({ received }) => received),
    [0, 0, 0],
  );
});

test('answer times are averaged over answers, not over minutes', () => {
  const sums = sumsOf([point(0, 5, 9, 0, 10), point(100), point(200, 0, 0, 1, 110)]);
  assert.deepEqual(sums, { received: 5, delivered: 9, failed: 1, answerMs: 20, answerMsMax: 220 });
  assert.equal(sumsOf([point(0)]).answerMs, null);
});

const peers = { total: 2, ok: 2, waiting: 0, unreachable: 0, silent: 0, blocked: 0, quarantined: 0 };

test('the one button leads to the place that can fix the cause', () => {
  const action = (cause: FindingCode | null, subject: string | null = null) => remedyOf({ cause, subject });
  assert.equal(action(null), null);
  assert.equal(action('peer-unreachable', 'b.example'), 'peer');
  assert.equal(action('peer-unreachable'), 'peers');
  assert.equal(action('deliveries-failed'), 'deliveries');
  assert.equal(action('federation-paused'), 'resume');
  assert.equal(action('server-not-set-up'), 'setUp');
  for (const code of ['listener-down', 'certificate-not-renewed', 'public-address-unreachable'] as const)
    assert.equal(action(code), 'network');
  assert.equal(action('key-expiring'), 'keys');
  assert.equal(action('trust-unconfirmed'), 'keys');
  assert.equal(action('peer-started-over', 'b.example'), 'friend');
  assert.equal(action('events-damaged'), 'database');
  for (const code of ['node-offline', 'disk-full', 'clock-wrong'] as const)
    assert.equal(action(code), 'help');
});

test('the next step follows from the node’s state, and work in progress needs no owner', () => {
  const states = (over: Partial<typeof status>) =>
    Object.fromEntries(tasksOf({ ...status, ...over }).map(({ task, state }) => [task, state]));
  const verdict = (kind: 'trying' | 'closed') => ({ ...reach, verdict: { ...reach.verdict, kind } });
  const nothing = {
    recovery_saved_at: null,
    recovery_lacks: 0,
    public_url: null,
    reach: verdict('trying'),
    peers: { ...peers, total: 0, ok: 0 },
    rooms: { homed: 0, joined: 0 },
  };
  assert.deepEqual(states(nothing), { room: 'open', peer: 'open', address: 'trying', recovery: 'open' });
  assert.equal(states({ ...nothing, reach: verdict('closed') }).address, 'open');
  assert.equal(nextTask({ ...status, ...nothing })?.task, 'room');
  const offers = 'https://203.0.113.7:8448';
  const all = {
    recovery_saved_at: 1,
    reach: { ...verdict('closed'), offers },
    rooms: { homed: 0, joined: 1 },
  };
  assert.deepEqual(states({ ...nothing, ...all, peers }), {
    room: 'done',
    peer: 'done',
    address: 'done',
    recovery: 'done',
  });
  assert.equal(nextTask({ ...status, ...nothing, ...all, peers }), null);
  assert.equal(nextTask({ ...status, ...nothing, ...all, peers, recovery_lacks: 2 })?.task, 'recoveryAgain');
});

test('peers ahead of us mean that we are behind', () => {
  assert.equal(clockState(null), 'unknown');
  assert.equal(clockState(-900), 'even');
  assert.equal(clockState(5000), 'behind');
  assert.equal(clockState(-5000), 'ahead');
});
