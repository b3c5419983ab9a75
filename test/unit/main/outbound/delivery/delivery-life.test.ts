import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quoted, said } from '../../../../../shared/words/said.ts';
import {
  accepted,
  answer,
  DeliveryHarness,
  ids,
  offline,
  refused,
  started,
} from '../../../../support/nodes/delivery-harness.ts';
import { inEnglish } from '../../../../support/words.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const peer = 'peer.example';

describe('delivery: open and closed destinations', () => {
  it('aborts requests in flight within the same turn, and sends nothing afterwards', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 1000);
    for (const room of ['!a', '!b', '!c']) harness.post(peer, room, 5);
    await harness.clock.advance(10);
    assert.equal(harness.inFlight.get(peer), 3);
    harness.delivery.setSending(peer, 'closed', quoted('Blocked by the owner.'));
    assert.equal(harness.inFlight.get(peer), 0);
    harness.post(peer, '!d');
    harness.delivery.heardFrom(peer);
    harness.delivery.retryNow(peer);
    await harness.clock.advance(2 * hour);
    assert.equal(harness.sent.length, 3);
    assert.deepEqual(harness.store.reports, []);
    const { state, lastError, nextAttemptAt } = harness.snapshot(peer);
    assert.deepEqual(
      [state, lastError, nextAttemptAt],
      ['closed_by_us', quoted('Blocked by the owner.'), null],
    );
  });

  it('sends everything in order once the destination is open', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 100);
    harness.post(peer, '!a', 3);
    await harness.clock.advance(150);
    harness.delivery.setSending(peer, 'closed');
    harness.delivery.setSending(peer, 'open');
    await harness.clock.advance(hour);
    assert.deepEqual(ids(harness.sent), [1, 2, 2, 3]);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('can be closed before anything was sent', async () => {
    const harness = started();
    harness.delivery.setSending(peer, 'closed');
    harness.post(peer, '!a');
    await harness.clock.advance(minute);
    assert.equal(harness.sent.length, 0);
  });

  it('stays closed through a start', async () => {
    const harness = new DeliveryHarness();
    harness.store.add(peer, '!a', harness.clock.now());
    harness.delivery.setSending(peer, 'closed');
    harness.delivery.start();
    await harness.clock.advance(minute);
    assert.equal(harness.sent.length, 0);
    harness.delivery.setSending(peer, 'open');
    await harness.clock.advance(0);
    assert.equal(harness.sent.length, 1);
  });

  it('keeps an answer that arrives during the close', async () => {
    const { promise, resolve } = Promise.withResolvers<typeof accepted>();
    const harness = started({ send: () => promise });
    harness.post(peer, '!a');
    await harness.clock.settle();
    resolve(accepted);
    harness.delivery.setSending(peer, 'closed');
    await harness.clock.settle();
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('leaves other destinations alone', async () => {
    const harness = started();
    harness.latencyMs.set('other.example', 100);
    harness.post('other.example', '!a', 3);
    await harness.clock.advance(10);
    harness.delivery.setSending(peer, 'closed');
    await harness.clock.advance(300);
    assert.deepEqual(harness.times('other.example'), [0, 100, 200]);
  });
});

describe('delivery: restart', () => {
  it('sends events again whose answer is not yet on disk, and loses nothing', async () => {
    const harness = started();
    harness.post(peer, '!a', 2);
    await harness.clock.advance(0);
    harness.store.commits = true;
    harness.post(peer, '!a', 3);
    harness.store.commits = false;
    await harness.clock.advance(0);
    assert.deepEqual(harness.store.waiting(), []);
    await harness.restart();
    await harness.clock.advance(2000);
    assert.deepEqual(ids(harness.sent), [1, 2, 3, 4, 5, 3, 4, 5]);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('tries every destination once within two seconds, whatever it had been waiting for', async () => {
    const harness = started();
    const peers = ['refusing.example', 'closed.example', 'limited.example'];
    harness.scripts.set('refusing.example', () => refused);
    harness.scripts.set('closed.example', () => answer(403));
    harness.scripts.set('limited.example', () => answer(429, {}, '3600'));
    for (const name of peers) harness.post(name, '!a', 2);
    await harness.clock.advance(30 * minute);
    const before = new Map(peers.map((name) => [name, harness.times(name).length]));
    for (const name of peers) harness.scripts.set(name, () => accepted);
    await harness.restart();
    await harness.clock.advance(2000);
    for (const name of peers) assert.equal(harness.times(name).length, (before.get(name) ?? 0) + 2);
  });

  it('stops when everything in flight is over, and starts nothing new', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 1000);
    harness.scripts.set('dead.example', () => refused);
    harness.post(peer, '!a', 2);
    harness.post('dead.example', '!a');
    await harness.clock.advance(10);
    await harness.delivery.stop();
    assert.equal(harness.inFlight.get(peer), 0);
    assert.equal(harness.clock.timers, 0);
    harness.post(peer, '!b');
    harness.delivery.retryNow(peer);
    harness.delivery.heardFrom('dead.example');
    await harness.clock.advance(day);
    assert.equal(harness.times(peer).length, 1);
  });

  it('reads nothing after it stopped, because the database is closed by then', async () => {
    const harness = started();
    harness.post(peer, '!a');
    await harness.clock.advance(10);
    harness.delivery.recordingFailed(peer);
    harness.post(peer, '!a');
    await harness.delivery.stop();
    const closed = (): never => assert.fail('the database isn’t open');
    Object.assign(harness.store, { destinations: closed, load: closed, loadNew: closed, newest: closed });
    harness.delivery.reread(peer);
    await harness.clock.advance(minute);
  });

  it('drains events that can be sent at once, and doesn’t wait for dead peers', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 100);
    harness.scripts.set('dead.example', () => refused);
    harness.post(peer, '!a', 5);
    harness.post('dead.example', '!a');
    const drained = harness.delivery.drain(10_000);
    await harness.clock.advance(500);
    assert.equal(await drained, true);
    assert.deepEqual(
      harness.store.waiting().map((row) => row.destination),
      ['dead.example'],
    );
  });

  it('gives up draining when the time is up', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 100);
    harness.post(peer, '!a', 5);
    const drained = harness.delivery.drain(250);
    await harness.clock.advance(250);
    assert.equal(await drained, false);
  });

  it('forgets a peer with everything queued for it', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 100);
    harness.post(peer, '!a', 5);
    await harness.clock.advance(10);
    harness.delivery.forget(peer);
    assert.equal(harness.inFlight.get(peer), 0);
    await harness.clock.advance(minute);
    assert.equal(harness.sent.length, 1);
    assert.deepEqual(harness.delivery.snapshot(), []);
  });
});

describe('delivery: age', () => {
  it('gives up by age only, with the reason, and continues with younger events', async () => {
    const harness = started({ maxAgeMs: 2 * day });
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a', 40);
    await harness.clock.advance(day);
    const young = harness.post(peer, '!a', 1);
    await harness.clock.advance(day - minute);
    assert.deepEqual(harness.store.dead(), []);
    await harness.clock.advance(2 * hour);
    assert.equal(harness.store.dead().length, 40);
    assert.deepEqual(ids(harness.store.waiting()), ids(young));
    const report = harness.store.reports.find((one) => one.outcome === 'expired');
    assert.match(inEnglish(report?.error), /^Gave up after 2 days\. Nothing answers at its address/);
    assert.deepEqual(report?.next, { state: 'dead' });
  });

  it('also ages events for a closed destination or in a parked room', async () => {
    const harness = started({ maxAgeMs: day });
    harness.scripts.set(peer, () => answer(403));
    harness.delivery.setSending('blocked.example', 'closed', quoted('Blocked by the owner.'));
    harness.post(peer, '!a', 3);
    harness.post('blocked.example', '!a', 3);
    await harness.clock.advance(day + 2 * hour);
    assert.equal(harness.store.dead().length, 6);
    assert.ok(
      harness.store.reports.some(
        (one) => inEnglish(one.error) === 'Gave up after 24 hours. Blocked by the owner.',
      ),
    );
  });

  it('delivers old events if the peer accepts them, for example after a long holiday', async () => {
    const harness = new DeliveryHarness();
    harness.store.add(peer, '!a', harness.clock.now() - 60 * day);
    harness.delivery.start();
    await harness.clock.advance(2000);
    assert.equal(harness.store.reports[0]?.outcome, 'delivered');
  });

  it('gives up a long queue in portions', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a', 3000);
    await harness.clock.advance(2 * day);
    harness.delivery.setMaxAgeMs(day);
    assert.equal(harness.store.dead().length, 1024);
    await harness.clock.advance(minute);
    assert.equal(harness.store.dead().length, 3000);
  });

  it('a new limit applies at once', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a', 3);
    await harness.clock.advance(2 * day);
    assert.deepEqual(harness.store.dead(), []);
    harness.delivery.setMaxAgeMs(day);
    assert.equal(harness.store.dead().length, 3);
  });
});

describe('delivery: our own troubles', () => {
  it('uses up no attempt and no back-off while we are offline', async () => {
    const harness = started();
    harness.scripts.set(peer, () => offline);
    harness.post(peer, '!a', 2);
    await harness.clock.advance(6 * hour);
    assert.deepEqual(harness.store.reports, []);
    assert.equal(harness.store.waiting()[0]?.attempts, 0);
    harness.scripts.set(peer, () => accepted);
    await harness.clock.advance(15_000);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('nothing is given up because of its age while we are offline', async () => {
    const harness = started({ maxAgeMs: day });
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a', 2);
    await harness.clock.advance(hour);
    harness.scripts.set(peer, () => offline);
    await harness.clock.advance(2 * day);
    assert.deepEqual(harness.store.dead(), []);
    harness.scripts.set(peer, () => accepted);
    await harness.clock.advance(minute);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('wakes all destinations when one answers again', async () => {
    const harness = started();
    let up = false;
    const peers = ['a.example', 'b.example', 'c.example'];
    for (const name of peers) harness.scripts.set(name, () => (up ? accepted : offline));
    harness.post('a.example', '!a');
    await harness.clock.advance(5000);
    harness.post('b.example', '!a');
    harness.post('c.example', '!a');
    await harness.clock.advance(5000);
    up = true;
    await harness.clock.advance(5000);
    for (const name of peers) assert.equal(harness.times(name).at(-1), 15_000, name);
  });

  it('probes at once after the machine slept, instead of sitting out the rest of an hour', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a');
    await harness.clock.advance(3 * hour);
    const before = harness.sent.length;
    harness.clock.sleep(8 * hour);
    harness.scripts.set(peer, () => accepted);
    await harness.clock.advance(15_000);
    assert.equal(harness.sent.length, before + 1);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('does not blame a peer for requests that were cut off by sleep', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 5000);
    harness.scripts.set(peer, (_, nth) => (nth <= 2 ? refused : accepted));
    harness.post(peer, '!a');
    await harness.clock.advance(1000);
    harness.clock.sleep(8 * hour);
    await harness.clock.advance(hour);
    assert.deepEqual(
      harness.store.reports.map((one) => one.outcome),
      ['delivered'],
    );
    assert.equal(harness.sent.length, 3);
  });

  it('doesn’t give up events that grew old while we slept before it has tried them again', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a', 3);
    await harness.clock.advance(3 * hour);
    harness.clock.sleep(40 * day);
    harness.scripts.set(peer, () => accepted);
    await harness.clock.advance(minute);
    assert.deepEqual(harness.store.dead(), []);
    assert.deepEqual(harness.store.waiting(), []);
  });
});

describe('delivery: its view', () => {
  it('shows state, next try and last error of each destination', async () => {
    const harness = started();
    harness.latencyMs.set('slow.example', minute);
    harness.scripts.set('dead.example', () => refused);
    for (const name of ['fine.example', 'slow.example', 'dead.example']) harness.post(name, '!a');
    await harness.clock.advance(2000);
    const start = harness.startedAt;
    assert.deepEqual(harness.delivery.snapshot(), [
      {
        destination: 'fine.example',
        inFlight: 0,
        state: 'idle',
        nextAttemptAt: null,
        lastError: null,
        lastStatus: 202,
        consecutiveFailures: 0,
        lastSuccessAt: start,
      },
      {
        destination: 'slow.example',
        inFlight: 1,
        state: 'sending',
        nextAttemptAt: null,
        lastError: null,
        lastStatus: null,
        consecutiveFailures: 0,
        lastSuccessAt: null,
      },
      {
        destination: 'dead.example',
        inFlight: 0,
        state: 'waiting',
        nextAttemptAt: start + 16_750,
        lastError: said('network.refused'),
        lastStatus: null,
        consecutiveFailures: 4,
        lastSuccessAt: null,
      },
    ]);
  });

  it('announces each attempt after it is stored', async () => {
    const told: unknown[] = [];
    const harness = new DeliveryHarness({
      tell: (fact) => told.push([fact.fact, harness.store.reports.length]),
    });
    harness.delivery.start();
    harness.post(peer, '!a', 2);
    await harness.clock.advance(0);
    assert.deepEqual(told, [
      ['delivery-settled', 1],
      ['delivery-settled', 2],
    ]);
  });
});
