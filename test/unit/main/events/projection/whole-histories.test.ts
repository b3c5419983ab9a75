import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { signerFromSeed } from '../../../../../main/crypto/ed25519.ts';
import { Erasure } from '../../../../../main/events/projection/erasure.ts';
import { Projection, type Rebuilt } from '../../../../../main/events/projection/projection.ts';
import type { Envelope } from '../../../../../shared/protocol/events/envelope.ts';
import { MemoryNode, rebuild } from '../../../../support/memory-node.ts';
import { history, toldBy } from '../../../../support/sim/history.ts';
import { now, roomId } from '../../../../support/sim/member.ts';
import { roomAccordingToTheRules } from '../../../../support/sim/oracle.ts';

const own = { keyId: 'ed25519:self', signer: signerFromSeed(Buffer.alloc(32, 14)) };
/** The longest of a hundred, always the same: the convergence test takes others each time. */
const histories = fc
  .sample(history, { seed: 7, numRuns: 100 })
  .sort((a, b) => b.deeds.length - a.deeds.length)
  .slice(0, 24)
  .map((each) => toldBy(each, own));
const dayMs = 86_400_000;

/** The same events in another order. */
const orders = [
  <T>(events: readonly T[]) => [...events],
  <T>(events: readonly T[]) => events.toReversed(),
  <T>(events: readonly T[]) => [
    ...events.filter((_, i) => i % 3 === 1),
    ...events.filter((_, i) => i % 3 !== 1),
  ],
];

test('the events of a history make the room that the rules describe, in any order, and a rebuild makes it again', async () => {
  const node = new MemoryNode();
  const { time } = node;
  for (const [n, events] of histories.entries())
    for (const order of orders)
      await node.undone(() => {
        node.time = time;
        const accepted = order(events).filter(
          ({ envelope, hop }) => node.take(envelope, hop).kind === 'inserted',
        );
        const envelopes = accepted.map(({ envelope }) => envelope);
        const expected = roomAccordingToTheRules(envelopes, now);
        assert.deepEqual(node.picture(), expected, `history ${n}`);
        const projection = new Projection(node.tables, new Erasure(node.tables, node.parts));
        const room = node.tables.rooms.get(roomId) ?? assert.fail('no room');
        rebuild(projection, room);
        assert.deepEqual(node.picture(), expected, `history ${n}, rebuilt`);
        node.time += dayMs;
        const ahead = node.store.events.afterSeq(roomId, 0, 1000).filter(({ state }) => state === 2);
        const due = ahead.map(({ seq }) => seq);
        projection.applyDue(due, node.time);
        assert.deepEqual(
          node.picture(),
          roomAccordingToTheRules(envelopes, node.time),
          `history ${n}, a day later`,
        );
        assert.ok(due.every((seq) => node.tables.events.bySeq(seq)?.state !== 2));
      });
});

test('events that come between the parts of a rebuild make the same room', async () => {
  const node = new MemoryNode();
  for (const [n, events] of histories.entries())
    for (const order of orders)
      await node.undone(() => {
        const projection = new Projection(node.tables, new Erasure(node.tables, node.parts));
        const room = () => node.tables.rooms.get(roomId) ?? assert.fail('no room');
        const accepted: Envelope[] = [];
        let at: Rebuilt | null = null;
        for (const [i, { envelope, hop }] of order(events).entries()) {
          if (at === null && i % 10 === 5) at = projection.beginRebuild(room());
          else if (at !== null) at = projection.continueRebuild(room(), at, 2);
          if (node.take(envelope, hop).kind === 'inserted') accepted.push(envelope);
        }
        while (at !== null) at = projection.continueRebuild(room(), at, 2);
        assert.deepEqual(node.picture(), roomAccordingToTheRules(accepted, now), `history ${n}`);
      });
});
