import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SendEvents } from '../../../../../main/outbound/delivery/ports.ts';
import type { OutboxRow } from '../../../../../main/store/outbox-port.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { accepted, DeliveryHarness } from '../../../../support/nodes/delivery-harness.ts';

const peer = 'far.example';

/** A line that all requests to a peer share. A request without an answer for too long fails, and its bytes are lost. */
class Line {
  readonly harness: DeliveryHarness;
  bytesSent = 0;
  failures = 0;
  readonly #bytesPerMs: number;
  #freeAt = 0;

  constructor(bytesPerMs: number) {
    this.#bytesPerMs = bytesPerMs;
    const many: SendEvents = (_, rows) =>
      this.#send(
        rows,
        rows.map(() => accepted),
      );
    this.harness = new DeliveryHarness({ many, send: (_, row) => this.#send([row], accepted) });
    this.harness.takeMany.add(peer);
    this.harness.keepOrder.add(peer);
    this.harness.delivery.start();
  }

  #send<T>(rows: readonly OutboxRow[], answer: T) {
    const { clock } = this.harness;
    const bytes = rows.reduce((sum, { body }) => sum + body.length, 0);
    this.bytesSent += bytes;
    this.#freeAt = Math.max(this.#freeAt, clock.now()) + bytes / this.#bytesPerMs;
    const limitMs = 15_000 + bytes / 8;
    const tookMs = this.#freeAt - clock.now();
    const { promise, resolve } = Promise.withResolvers<
      T | { kind: 'network'; error: ReturnType<typeof quoted> }
    >();
    clock.after(Math.min(tookMs, limitMs), () => {
      if (tookMs <= limitMs) return resolve(answer);
      this.failures++;
      resolve({ kind: 'network', error: quoted('too slow') });
    });
    return promise;
  }

  /** Seconds until so many messages of this size, in this many rooms, are delivered. */
  async seconds(count: number, bytes: number, rooms = 1): Promise<number> {
    const { clock, store, delivery } = this.harness;
    const body = JSON.stringify({ text: 'x'.repeat(bytes) });
    const names = Array.from({ length: rooms }, (_, at) => `!${at}:here.example`);
    for (let at = 0; at < count; at++)
      Object.assign(store.add(peer, names[at % rooms] as string, clock.now()), { body });
    const startedAt = clock.now();
    delivery.kick(peer, names);
    while (store.waiting().length > 0) await clock.advance(1_000);
    return (clock.now() - startedAt) / 1000;
  }
}

test('300 messages of 10 kB take little longer over a line of 64 kB/s than their bytes do', async () => {
  for (const rooms of [1, 20]) {
    const line = new Line(64);
    const seconds = await line.seconds(300, 10_000, rooms);
    assert.ok(seconds < 52, `${seconds} s, ${line.bytesSent} bytes`);
    assert.equal(line.failures, 0);
  }
});

test('messages of 900 kB are delivered over a line of 24 kB/s at the first try', async () => {
  const line = new Line(24);
  const seconds = await line.seconds(3, 900_000);
  assert.equal(line.failures, 0);
  assert.ok(seconds < 130, String(seconds));
});

test('a fast line is used in full', async () => {
  const line = new Line(20_000);
  await line.seconds(600, 10_000);
  assert.ok((await line.seconds(600, 10_000)) <= 1);
});
