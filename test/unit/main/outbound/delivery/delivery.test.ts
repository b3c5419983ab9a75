import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextDelayMs } from '../../../../../main/outbound/waits.ts';
import { said } from '../../../../../shared/words/said.ts';
import {
  accepted,
  answer,
  type DeliveryHarness,
  evenDice,
  ids,
  refused,
  rooms,
  started,
} from '../../../../support/nodes/delivery-harness.ts';

const minute = 60_000;
const hour = 60 * minute;
const peer = 'peer.example';

describe('delivery: order and concurrency', () => {
  it('sends the events of a room one after the other, in outbox order', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 10);
    const rows = harness.post(peer, '!a', 100);
    await harness.clock.advance(1000);
    assert.deepEqual(ids(harness.sent), ids(rows));
    assert.deepEqual(
      harness.times(peer),
      rows.map((_, index) => index * 10),
    );
    assert.equal(harness.inFlightMost.get(peer), 1);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('keeps several rooms of a destination in flight, and no more than the limit', async () => {
    const harness = started({ inFlightMax: 16 });
    harness.latencyMs.set(peer, 10);
    for (const room of rooms(40)) harness.post(peer, room, 4);
    await harness.clock.advance(100);
    assert.equal(harness.inFlightMost.get(peer), 16);
    assert.equal(harness.sent.length, 160);
    for (const room of rooms(40)) {
      const order = ids(harness.sent.filter((one) => one.roomId === room));
      assert.deepEqual(
        order,
        [...order].sort((a, b) => a - b),
      );
    }
  });

  it('takes the rooms of a destination in turn, so that a long queue does not starve a short one', async () => {
    const harness = started({ inFlightMax: 1 });
    harness.latencyMs.set(peer, 10);
    harness.post(peer, '!long', 500);
    await harness.clock.advance(100);
    harness.post(peer, '!short');
    await harness.clock.advance(30);
    assert.equal(harness.times(peer, '!short').length, 1);
  });

  it('sends without delay to seventeen peers beside a dead, a hanging and a failing one', async () => {
    const harness = started();
    const peers = Array.from({ length: 20 }, (_, index) => `p${index}.example`);
    harness.scripts.set('p0.example', () => refused);
    harness.latencyMs.set('p1.example', 30_000);
    harness.scripts.set('p2.example', () => answer(500));
    for (const name of peers) harness.latencyMs.set(name, harness.latencyMs.get(name) ?? 20);
    for (const name of peers) for (const room of rooms(5)) harness.post(name, room, 20);
    await harness.clock.advance(20 * 20);
    for (const name of peers.slice(3)) {
      assert.equal(harness.times(name).length, 100, name);
      assert.equal(harness.times(name).at(-1), 19 * 20, name);
    }
    assert.ok(harness.times('p0.example').length < 10);
    assert.equal(harness.times('p1.example').length, 5);
  });

  it('reads a long queue in pages, not row by row', async () => {
    const harness = started();
    harness.post(peer, '!a', 320);
    await harness.clock.advance(1);
    assert.equal(harness.sent.length, 320);
    assert.ok(harness.store.loads <= 12, `${harness.store.loads} loads`);
  });

  it('reads a message for 300 servers once, and not once for each', async () => {
    const harness = started();
    const peers = Array.from({ length: 300 }, (_, index) => `p${index}.example`);
    for (const name of peers) harness.post(name, '!a');
    await harness.clock.advance(1);
    harness.store.loads = 0;
    for (const name of peers) harness.post(name, '!a');
    await harness.clock.advance(1);
    assert.equal(harness.sent.length, 600);
    assert.equal(harness.store.loads, 1);
  });

  it('loses no new row when more are committed at once than are read at once', async () => {
    const harness = started();
    for (const room of rooms(5)) harness.post(peer, room);
    await harness.clock.advance(1);
    for (const room of rooms(5)) harness.post(peer, room, 500);
    await harness.clock.advance(1);
    assert.equal(harness.sent.length, 5 + 2500);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('sets no timer per event', async () => {
    const harness = started({ send: () => Promise.resolve(accepted) });
    const before = harness.clock.timers;
    for (const room of rooms(16)) harness.post(peer, room, 100);
    assert.equal(harness.clock.timers, before);
    await harness.clock.settle();
    assert.equal(harness.clock.timers, before);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('starts working after the code that woke it, not inside it', async () => {
    const harness = started();
    harness.post(peer, '!a');
    assert.equal(harness.sent.length, 0);
    await harness.clock.settle();
    assert.equal(harness.sent.length, 1);
  });
});

describe('delivery: waiting', () => {
  it('tries three times quickly, then slower and slower, at last hourly', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a');
    await harness.clock.advance(4 * hour);
    const gaps = harness.times(peer).map((at, index, all) => at - (all[index - 1] ?? 0));
    const waits = Array.from({ length: 12 }, (_, failures) => nextDelayMs(failures + 1, evenDice));
    assert.deepEqual(gaps.slice(0, 13), [0, ...waits]);
  });

  it('records each attempt with its time, reason and next try', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 40);
    harness.scripts.set(peer, (_, nth) => (nth === 1 ? answer(502, { message: 'bad gateway' }) : accepted));
    const [row] = harness.post(peer, '!a');
    await harness.clock.advance(1000);
    const start = harness.startedAt;
    assert.deepEqual(harness.store.reports, [
      {
        row,
        at: start + 40,
        latencyMs: 40,
        status: 502,
        outcome: 'retry',
        error: said('delivery.says', {
          text: said('delivery.server_error'),
          quote: 'bad gateway',
        }),
        next: { state: 'retrying', nextAttemptAt: start + 290 },
      },
      {
        row: { ...row, attempts: 1 },
        at: start + 330,
        latencyMs: 40,
        status: 202,
        outcome: 'delivered',
        error: null,
        next: { state: 'done' },
      },
    ]);
  });

  it('counts many requests failing together as one failure, and probes with one afterwards', async () => {
    const harness = started();
    let dead = true;
    harness.latencyMs.set(peer, 10);
    harness.scripts.set(peer, () => (dead ? refused : accepted));
    for (const room of rooms(10)) harness.post(peer, room, 2);
    await harness.clock.advance(200);
    assert.deepEqual(harness.times(peer), Array(10).fill(0));
    await harness.clock.advance(600);
    assert.deepEqual(harness.times(peer).slice(10), [260, 770]);
    dead = false;
    await harness.clock.advance(980);
    assert.deepEqual(harness.times(peer).slice(12, 13), [1780]);
    await harness.clock.advance(50);
    assert.deepEqual(harness.times(peer).slice(13, 23), Array(10).fill(1790));
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('ignores a late success of a request sent before the failure', async () => {
    const times: number[] = [];
    const harness: DeliveryHarness = started({
      send: (_, row) => {
        if (row.roomId !== '!slow') {
          times.push(harness.clock.now() - harness.startedAt);
          return Promise.resolve(refused);
        }
        const { promise, resolve } = Promise.withResolvers<typeof accepted>();
        harness.clock.after(400, () => resolve(accepted));
        return promise;
      },
    });
    harness.post(peer, '!slow');
    harness.post(peer, '!a');
    await harness.clock.advance(2000);
    assert.deepEqual(times, [0, 250, 750, 1750]);
    assert.equal(harness.store.reports.filter((one) => one.outcome === 'delivered').length, 1);
  });

  it('is not hurried by new events', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a');
    await harness.clock.advance(1750);
    assert.equal(harness.sent.length, 4);
    for (let seconds = 0; seconds < 14; seconds++) {
      harness.post(peer, `!${seconds}`);
      await harness.clock.advance(1000);
    }
    assert.equal(harness.sent.length, 4);
    await harness.clock.advance(1000);
    assert.equal(harness.sent.length, 5);
  });

  it('waits as long as Retry-After says, even if the peer makes contact', async () => {
    const harness = started();
    harness.scripts.set(peer, (_, nth) => (nth === 1 ? answer(429, {}, '40') : accepted));
    harness.post(peer, '!a');
    await harness.clock.advance(20_000);
    harness.delivery.heardFrom(peer);
    await harness.clock.advance(30_000);
    assert.deepEqual(harness.times(peer), [0, 40_000]);
  });

  it('does not hurry after a 429 without Retry-After', async () => {
    const harness = started();
    harness.scripts.set(peer, (_, nth) => (nth <= 2 ? answer(429) : accepted));
    harness.post(peer, '!a');
    await harness.clock.advance(minute);
    assert.deepEqual(harness.times(peer), [0, 15_000, 45_000]);
  });

  it('does not hammer a server that keeps saying Retry-After: 0', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(503, {}, '0'));
    harness.post(peer, '!a');
    await harness.clock.advance(hour);
    assert.ok(harness.sent.length < 13);
  });

  it('lets an event that always breaks the server hold up its own room alone', async () => {
    const harness = started();
    harness.scripts.set(peer, (row) => (row.roomId === '!bad' ? answer(500) : accepted));
    harness.post(peer, '!bad');
    const posted: number[] = [];
    for (let round = 0; round < 60; round++) {
      posted.push(harness.clock.now() - harness.startedAt);
      harness.post(peer, '!good');
      await harness.clock.advance(minute);
    }
    // Until another request is answered, the whole server counts as down; after that, only this room does.
    assert.deepEqual(harness.times(peer, '!good').slice(2), posted.slice(2));
    assert.ok(harness.times(peer, '!bad').length < 20);
  });

  it('wakes a queue when the peer makes contact, at most once in 15 s', async () => {
    const harness = started();
    harness.scripts.set(peer, () => refused);
    harness.post(peer, '!a');
    await harness.clock.advance(hour);
    const before = harness.sent.length;
    harness.delivery.heardFrom(peer);
    await harness.clock.advance(0);
    assert.equal(harness.sent.length, before + 1);
    for (let seconds = 0; seconds < 14; seconds++) {
      harness.delivery.heardFrom(peer);
      await harness.clock.advance(1000);
    }
    assert.equal(harness.sent.length, before + 1);
    harness.scripts.set(peer, () => accepted);
    await harness.clock.advance(1000);
    harness.delivery.heardFrom(peer);
    await harness.clock.advance(0);
    assert.equal(harness.sent.length, before + 2);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('tries at once when the owner asks', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(429, {}, '3600'));
    harness.post(peer, '!a');
    await harness.clock.advance(1000);
    harness.scripts.set(peer, () => accepted);
    harness.delivery.retryNow(peer);
    await harness.clock.advance(0);
    assert.deepEqual(harness.times(peer), [0, 1000]);
  });

  it('still fires when the wall clock is set back meanwhile', async () => {
    const harness = started();
    harness.scripts.set(peer, (_, nth) => (nth <= 4 ? refused : accepted));
    harness.post(peer, '!a');
    await harness.clock.advance(1750);
    harness.clock.setWallClock(harness.startedAt - 365 * 24 * hour);
    await harness.clock.advance(15_000);
    assert.equal(harness.sent.length, 5);
  });
});
