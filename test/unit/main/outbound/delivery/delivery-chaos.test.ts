import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SendResult } from '../../../../../main/outbound/delivery/ports.ts';
import {
  accepted,
  answer,
  DeliveryHarness,
  offline,
  refused,
} from '../../../../support/nodes/delivery-harness.ts';

const minute = 60_000;
const hour = 60 * minute;
const peers = ['a.example', 'b.example', 'c.example'];
const results: SendResult[] = [
  accepted,
  accepted,
  accepted,
  refused,
  offline,
  answer(500),
  answer(503, {}, '20'),
  answer(429),
  answer(400),
  answer(401),
  answer(403),
  answer(403, { details: { held: true } }),
  answer(404),
  answer(409),
  answer(409, { code: 'CONFLICT', details: { reason: 'replay' } }),
];

/** Marsaglia's xorshift: the same numbers for the same seed on every machine. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

async function misuse(harness: DeliveryHarness, roll: (sides: number) => number): Promise<void> {
  const name = peers[roll(peers.length)] ?? '';
  switch (roll(10)) {
    case 0:
      harness.delivery.setSending(name, 'closed');
      break;
    case 1:
    case 2:
      harness.delivery.setSending(name, 'open');
      break;
    case 3:
      harness.delivery.heardFrom(name);
      break;
    case 4:
      harness.delivery.retryNow(name);
      break;
    case 5:
      harness.clock.sleep(roll(2) * hour);
      break;
    case 6:
      if (roll(5) === 0) await harness.restart();
      break;
    default:
      harness.post(name, `!${roll(5)}`, 1 + roll(4));
  }
}

describe('delivery: whatever happens', () => {
  for (let seed = 1; seed <= 20; seed++) {
    it(`loses nothing and keeps the order of each room (seed ${seed})`, async () => {
      const roll = dice(seed * 7919);
      const harness = new DeliveryHarness();
      harness.delivery.start();
      for (const name of peers) {
        harness.latencyMs.set(name, roll(400));
        harness.scripts.set(name, () => results[roll(results.length)] ?? accepted);
      }
      for (let step = 0; step < 300; step++) {
        await misuse(harness, roll);
        await harness.clock.advance(roll(3) === 0 ? roll(2 * minute) : roll(500));
      }
      for (const name of peers) {
        harness.scripts.set(name, () => accepted);
        harness.delivery.setSending(name, 'open');
      }
      await harness.clock.advance(90 * minute);
      assert.deepEqual(harness.store.waiting(), []);

      const settledTo = new Map<string, number>();
      for (const { row, next } of harness.reports) {
        if (next.state !== 'done' && next.state !== 'dead') continue;
        const lane = `${row.destination} ${row.roomId}`;
        assert.ok(row.id > (settledTo.get(lane) ?? 0), `${lane}: ${row.id} again or out of order`);
        settledTo.set(lane, row.id);
      }
      for (const count of harness.inFlight.values()) assert.equal(count, 0);
      assert.ok([...harness.inFlightMost.values()].every((count) => count <= 5));
    });
  }
});
