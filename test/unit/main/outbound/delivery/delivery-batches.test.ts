import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accepted,
  answer,
  ids,
  refused,
  rooms,
  started,
} from '../../../../support/nodes/delivery-harness.ts';

const peer = 'peer.example';

function startedWithBatches() {
  const harness = started();
  harness.takeMany.add(peer);
  harness.latencyMs.set(peer, 10);
  return harness;
}

const busy = () => answer(429, { code: 'RATE_LIMITED' }, '5');

describe('delivery: batches', () => {
  it('sends waiting events in one request, in the order of each room', async () => {
    const harness = startedWithBatches();
    const all = rooms(5).flatMap((room) => harness.post(peer, room, 4));
    await harness.clock.advance(15);
    assert.deepEqual(harness.batches, [ids(all)]);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('puts at most 64 events in a request, and sends the rest of a room after the answer', async () => {
    const harness = startedWithBatches();
    const all = ids(harness.post(peer, '!a', 150));
    await harness.clock.advance(15);
    assert.deepEqual(harness.batches, [all.slice(0, 64), all.slice(64, 128)]);
    await harness.clock.advance(20);
    assert.deepEqual(harness.batches.flat(), all);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('sends a single event by itself, and one event at a time to a peer that takes no batches', async () => {
    const harness = startedWithBatches();
    harness.post(peer, '!a');
    harness.post('old.example', '!a', 3);
    await harness.clock.advance(50);
    assert.deepEqual(harness.batches, []);
    assert.equal(harness.sent.length, 4);
  });

  it('sends the events behind one that has to wait again, after it', async () => {
    const harness = startedWithBatches();
    const [first, second, third] = ids(harness.post(peer, '!a', 3));
    const other = ids(harness.post(peer, '!b', 1))[0];
    let isBusy = true;
    harness.scripts.set(peer, (row) => (isBusy && row.id === second ? busy() : accepted));
    await harness.clock.advance(15);
    assert.deepEqual(ids(harness.store.waiting()), [second, third]);
    assert.deepEqual(harness.batches, [[first, second, third, other]]);
    isBusy = false;
    await harness.clock.advance(10_000);
    assert.deepEqual(
      harness.sent.slice(4).map(({ id }) => id),
      [second, third],
    );
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('gives up an event that is refused for good, and continues with the next', async () => {
    const harness = startedWithBatches();
    const [, second] = ids(harness.post(peer, '!a', 3));
    harness.scripts.set(peer, (row) => (row.id === second ? answer(400, { code: 'BAD_REQUEST' }) : accepted));
    await harness.clock.advance(15);
    assert.deepEqual(harness.store.waiting(), []);
    assert.deepEqual(
      harness.reports.map(({ outcome }) => outcome),
      ['delivered', 'rejected', 'delivered'],
    );
  });

  it('counts a failed request as one attempt of the first event of each room', async () => {
    const harness = startedWithBatches();
    const [first] = ids(harness.post(peer, '!a', 3));
    const [second] = ids(harness.post(peer, '!b', 3));
    harness.batchAnswer = () => refused;
    await harness.clock.advance(15);
    assert.deepEqual(
      harness.reports.map(({ row, outcome }) => [row.id, outcome]),
      [
        [first, 'retry'],
        [second, 'retry'],
      ],
    );
    harness.batchAnswer = null;
    await harness.clock.advance(60_000);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('sends events one by one where a batch isn’t understood, without an attempt lost', async () => {
    const harness = startedWithBatches();
    const all = ids(harness.post(peer, '!a', 3));
    harness.batchAnswer = () => {
      harness.takeMany.delete(peer);
      return null;
    };
    await harness.clock.advance(50);
    assert.deepEqual(ids(harness.sent), all);
    assert.deepEqual(
      harness.reports.map(({ outcome }) => outcome),
      ['delivered', 'delivered', 'delivered'],
    );
  });

  it('probes a peer that was in trouble with one event', async () => {
    const harness = startedWithBatches();
    let dead = true;
    harness.scripts.set(peer, () => (dead ? refused : accepted));
    harness.post(peer, '!a', 3);
    await harness.clock.advance(15);
    dead = false;
    const before = harness.batches.length;
    await harness.clock.advance(250);
    assert.equal(harness.batches.length, before);
    assert.equal(harness.inFlight.get(peer), 1);
    await harness.clock.advance(1000);
    assert.deepEqual(harness.store.waiting(), []);
  });

  function startedInOrder() {
    const harness = startedWithBatches();
    harness.keepOrder.add(peer);
    return harness;
  }

  it('sends up to four full requests of one room to a peer that keeps their order, before the first answer', async () => {
    const harness = startedInOrder();
    const all = ids(harness.post(peer, '!a', 64 * 5 + 10));
    await harness.clock.advance(5);
    assert.deepEqual(harness.batches.flat(), all.slice(0, 256));
    assert.deepEqual(harness.afters, [null, all[63], all[127], all[191]]);
    await harness.clock.advance(40);
    assert.deepEqual(harness.batches.flat(), all);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('waits for the answer before it sends less than a full request after another', async () => {
    const harness = startedInOrder();
    const first = ids(harness.post(peer, '!a', 2));
    await harness.clock.advance(5);
    const rest = [...ids(harness.post(peer, '!a', 40)), ...ids(harness.post(peer, '!a', 20))];
    await harness.clock.advance(4);
    assert.deepEqual(harness.batches, [first]);
    await harness.clock.advance(2);
    assert.deepEqual(harness.batches, [first, rest]);
    assert.deepEqual(harness.afters, [null, null]);
  });

  it('follows a request that is not full as soon as waiting events fill one', async () => {
    const harness = startedInOrder();
    const first = ids(harness.post(peer, '!a', 2));
    await harness.clock.advance(5);
    const rest = [...ids(harness.post(peer, '!a', 40)), ...ids(harness.post(peer, '!a', 30))];
    await harness.clock.advance(1);
    assert.deepEqual(harness.batches, [first, rest.slice(0, 64)]);
    assert.deepEqual(harness.afters, [null, first[1]]);
  });

  it('lets nothing overtake an event that failed: events under way behind it are sent again', async () => {
    const harness = startedInOrder();
    const all = ids(harness.post(peer, '!a', 200));
    let isBusy = true;
    harness.scripts.set(peer, ({ id }) => (isBusy && id >= (all[10] ?? 0) ? busy() : accepted));
    await harness.clock.advance(15);
    assert.deepEqual(harness.batches.flat(), all.slice(0, 192));
    assert.deepEqual(ids(harness.store.waiting()), all.slice(10));
    assert.equal(
      harness.reports.filter(({ outcome }) => outcome === 'retry').length,
      1,
      'one failure, not three',
    );
    isBusy = false;
    await harness.clock.advance(10_000);
    assert.deepEqual(harness.batches.slice(3).flat(), all.slice(11));
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('uses the answers of a room in the order in which the requests were sent', async () => {
    const harness = startedInOrder();
    const all = ids(harness.post(peer, '!a', 128));
    harness.latencyMs.set(peer, 30);
    await harness.clock.advance(1);
    assert.equal(harness.batches.length, 2);
    await harness.clock.advance(100);
    assert.deepEqual(
      harness.reports.map(({ row }) => row.id),
      all,
    );
  });

  it('other rooms go on while four requests of one room are under way', async () => {
    const harness = startedInOrder();
    harness.post(peer, '!a', 400);
    await harness.clock.advance(5);
    const other = ids(harness.post(peer, '!b', 3));
    await harness.clock.advance(1);
    assert.deepEqual(harness.batches.at(-1), other);
    assert.equal(harness.afters.at(-1), null);
  });
});
