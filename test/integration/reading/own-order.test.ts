import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifySignature } from '../../../main/crypto/ed25519.ts';
import type { Verifier, VerifyJob } from '../../../main/crypto/verifier.ts';
import { besiege } from '../../support/attack/node.ts';

interface Read {
  readonly event_id: string;
  readonly depth: number;
  readonly origin_ts: number;
}

/** Delays every other result by some turns of the event loop, as threads may. */
class UnevenVerifier implements Verifier {
  #count = 0;

  async verify(...job: VerifyJob): Promise<boolean> {
    const turns = this.#count++ % 2 === 0 ? 8 : 0;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    return verifySignature(...job);
  }

  async stop(): Promise<void> {}
}

test('a server that reads on from the larger of depth and time misses nothing that we write meanwhile', async (t) => {
  const { node, raw, room } = await besiege(t, { parts: { verifier: new UnevenVerifier() } });
  const read = new Map<string, Read>();
  let cursor = 0;
  const readOn = async () => {
    const answer = await raw.call(
      node.url,
      'GET',
      `/events?room_id=${room}&since_depth=${cursor}&limit=1000`,
    );
    for (const event of answer.body.events as Read[]) {
      read.set(event.event_id, event);
      cursor = Math.max(cursor, event.depth, event.origin_ts);
    }
  };
  const written: string[] = [];
  const write = async () => {
    for (let round = 0; round < 30; round++) {
      const bodies = Array.from({ length: 10 }, (_, i) => `${round}.${i}`);
      const posted = await Promise.all(bodies.map((body) => node.api.postMessage({ room_id: room, body })));
      written.push(...posted.map(({ event_id }) => event_id));
    }
  };
  let isWriting = true;
  const poll = async () => {
    while (isWriting) await readOn();
  };
  await Promise.all([
    poll(),
    write().finally(() => {
      isWriting = false;
    }),
  ]);
  await readOn();
  assert.deepEqual(
    written.filter((id) => !read.has(id)),
    [],
  );
  for (const { depth, origin_ts } of read.values()) assert.ok(depth >= origin_ts);
});
