import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { said } from '../../../../../shared/words/said.ts';
import { accepted, answer, ids, rooms, started } from '../../../../support/nodes/delivery-harness.ts';
import { inEnglish } from '../../../../support/words.ts';

const minute = 60_000;
const peer = 'peer.example';

describe('delivery: events that an existing server takes', () => {
  it('waits with events that it takes later, in this room only, and makes a dead letter of one that it never takes', async () => {
    const harness = started();
    let isEarly = true;
    const reason = said('delivery.too_old');
    harness.scripts.set(peer, (row) => {
      if (row.roomId === '!old') return { kind: 'unfit', reason };
      return row.roomId === '!early' && isEarly ? { kind: 'unfit', reason, laterMs: 5 * minute } : accepted;
    });
    harness.post(peer, '!early', 2);
    harness.post(peer, '!old', 2);
    harness.post(peer, '!open', 2);
    await harness.clock.advance(4 * minute);
    assert.equal(harness.times(peer, '!open').length, 2);
    assert.deepEqual(
      harness.store.reports.filter(({ next }) => next.state === 'dead').map(({ row }) => row.roomId),
      ['!old', '!old'],
    );
    isEarly = false;
    await harness.clock.advance(2 * minute);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('goes on after an event that it refuses, or whose message is gone there', async () => {
    const harness = started();
    const verdicts = ['refused', 'removed'] as const;
    let at = 0;
    harness.scripts.set(peer, () =>
      at < verdicts.length
        ? { ...answer(403), verdict: verdicts[at++] }
        : at++ === 2
          ? { ...answer(404), verdict: 'gone' as const }
          : accepted,
    );
    harness.post(peer, '!a', 4);
    await harness.clock.advance(minute);
    assert.deepEqual(harness.store.waiting(), []);
    assert.deepEqual(
      harness.store.reports.map(({ outcome }) => outcome),
      ['rejected', 'rejected', 'delivered', 'delivered'],
    );
  });
});

describe('delivery: parking', () => {
  it('parks a room the peer closed, probes it slowly with its head, and lets other rooms flow', async () => {
    const harness = started();
    let closed = true;
    harness.scripts.set(peer, (row) => (closed && row.roomId === '!shut' ? answer(403) : accepted));
    const shut = harness.post(peer, '!shut', 3);
    harness.post(peer, '!open', 3);
    await harness.clock.advance(8 * minute);
    assert.equal(harness.times(peer, '!open').length, 3);
    assert.deepEqual(harness.times(peer, '!shut'), [0, minute, 3 * minute, 7 * minute]);
    assert.ok(harness.sent.filter((one) => one.roomId === '!shut').every((one) => one.id === shut[0]?.id));
    assert.equal(harness.snapshot(peer).state, 'parked');
    assert.deepEqual(harness.store.reports.findLast((one) => one.outcome === 'closed')?.next, {
      state: 'parked',
      nextAttemptAt: harness.startedAt + 15 * minute,
    });
    closed = false;
    await harness.clock.advance(7 * minute);
    assert.deepEqual(harness.store.waiting(), []);
    assert.deepEqual(ids(harness.sent.filter((one) => one.roomId === '!shut')).slice(-3), ids(shut));
  });

  it('parks a room on a 404 or a web page, and says that the place is wrong', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(404));
    harness.post(peer, '!a');
    await harness.clock.advance(30_000);
    assert.equal(harness.sent.length, 1);
    const snapshot = harness.snapshot(peer);
    assert.equal(snapshot.state, 'parked');
    assert.equal(snapshot.nextAttemptAt, harness.startedAt + minute);
    assert.match(inEnglish(snapshot.lastError), /A proxy may be in the way, or the address may be wrong/);
  });

  it('parks the whole destination on a 401, and probes it with one request', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(401));
    for (const room of rooms(5)) harness.post(peer, room);
    await harness.clock.advance(3 * minute);
    assert.deepEqual(harness.times(peer), [0, 0, 0, 0, 0, minute, 3 * minute]);
    harness.scripts.set(peer, () => accepted);
    await harness.clock.advance(4 * minute);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('opens every parked room once one of them is let in again', async () => {
    const harness = started();
    let closed = true;
    harness.scripts.set(peer, () => (closed ? answer(403) : accepted));
    harness.post(peer, '!early');
    await harness.clock.advance(50_000);
    harness.post(peer, '!late');
    await harness.clock.advance(1000);
    closed = false;
    await harness.clock.advance(9000);
    assert.deepEqual(harness.times(peer, '!late'), [50_000, minute]);
  });

  it('wakes parked rooms when the peer makes contact, but less and less often', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(403));
    harness.post(peer, '!a');
    await harness.clock.advance(1000);
    harness.delivery.heardFrom(peer);
    await harness.clock.advance(0);
    assert.deepEqual(harness.times(peer), [0, 1000]);
    for (let polls = 0; polls < 24 * 720; polls++) {
      await harness.clock.advance(5000);
      harness.delivery.heardFrom(peer);
    }
    assert.ok(harness.sent.length < 24 * 5 + 10, String(harness.sent.length));
  });
});

describe('delivery: answers that settle', () => {
  it('makes a dead letter of a refused event, and the next one flows', async () => {
    const harness = started();
    harness.scripts.set(peer, (row) => (row.id === 2 ? answer(400, { message: 'bad depth' }) : accepted));
    harness.post(peer, '!a', 4);
    await harness.clock.advance(0);
    assert.deepEqual(ids(harness.sent), [1, 2, 3, 4]);
    assert.deepEqual(ids(harness.store.dead()), [2]);
    const report = harness.store.reports[1];
    assert.equal(report?.outcome, 'rejected');
    assert.match(inEnglish(report?.error), /bad depth/);
  });

  it('sends a dead letter again when it is replayed', async () => {
    const harness = started();
    harness.scripts.set(peer, (row, nth) => (row.id <= 2 && nth <= 4 ? answer(422) : accepted));
    harness.post(peer, '!a', 4);
    await harness.clock.advance(0);
    assert.deepEqual(ids(harness.store.dead()), [1, 2]);
    harness.store.replay(harness.clock.now());
    harness.delivery.retryNow(peer);
    await harness.clock.advance(0);
    assert.deepEqual(ids(harness.sent), [1, 2, 3, 4, 1, 2]);
    assert.deepEqual(harness.store.dead(), []);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('replays dead letters of a room nothing was sent to since the start', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(400));
    harness.post(peer, '!a', 2);
    await harness.clock.advance(0);
    await harness.restart();
    harness.scripts.set(peer, () => accepted);
    harness.store.replay(harness.clock.now());
    harness.delivery.kick(peer, ['!a']);
    await harness.clock.advance(0);
    assert.deepEqual(ids(harness.sent), [1, 2, 1, 2]);
  });

  it('doesn’t send events that were given up in the meantime', async () => {
    const harness = started();
    harness.latencyMs.set(peer, 10);
    harness.post(peer, '!a', 4);
    await harness.clock.advance(5);
    harness.store.take('$3:here.example');
    harness.delivery.reread(peer);
    await harness.clock.advance(100);
    assert.deepEqual(ids(harness.sent), [1, 2, 4]);
  });

  it('signs again after a replay answer, as often as it takes', async () => {
    const harness = started();
    const replay = answer(409, { code: 'CONFLICT', message: 'x', details: { reason: 'replay' } });
    harness.scripts.set(peer, (_, nth) => (nth <= 5 ? replay : accepted));
    harness.post(peer, '!a');
    await harness.clock.advance(minute);
    assert.deepEqual(harness.times(peer), [0, 250, 750, 1750, 16_750, 46_750]);
    assert.deepEqual(harness.store.waiting(), []);
  });

  it('treats an unexplained conflict as a refusal after three times in a row', async () => {
    const harness = started();
    harness.scripts.set(peer, (row) => (row.id === 1 ? answer(409) : accepted));
    harness.post(peer, '!a', 2);
    await harness.clock.advance(minute);
    assert.deepEqual(ids(harness.sent), [1, 1, 1, 2]);
    assert.deepEqual(ids(harness.store.dead()), [1]);
  });

  it('counts an event the peer keeps in quarantine as handed over', async () => {
    const harness = started();
    harness.scripts.set(peer, () => answer(403, { details: { held: true } }));
    harness.post(peer, '!a', 2);
    await harness.clock.advance(0);
    assert.deepEqual(harness.store.waiting(), []);
    assert.deepEqual(
      harness.store.reports.map((one) => one.outcome),
      ['held', 'held'],
    );
  });

  it('treats a sender that throws as a failed connection', async () => {
    let calls = 0;
    const harness = started({
      send: () => (++calls === 1 ? Promise.reject(new Error('oops')) : Promise.resolve(accepted)),
    });
    harness.post(peer, '!a');
    await harness.clock.advance(250);
    assert.equal(calls, 2);
    assert.match(inEnglish(harness.store.reports[0]?.error), /oops/);
  });
});
