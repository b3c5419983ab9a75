import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResult } from '../../../../../main/client/http.ts';
import { ReceiptReading } from '../../../../../main/outbound/receipts/receipt-reading.ts';
import type { Tx } from '../../../../../main/store/writer.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

type Deps = ConstructorParameters<typeof ReceiptReading>[0];

/** A node that nobody can call; its home answers a call as `answer` says. */
function reading(answer: (after: number) => Promise<HttpResult>) {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const peer = { server_name: 'home.test', endpoint: 'https://home.test', endpoint_by_owner: 1 };
  const deps = {
    clock,
    ownAddress: () => ({ endpoint: null, tlsSha256: null }),
    tell: () => {},
    log: { debug: () => {} },
    registry: { get: () => undefined },
    keyring: { serverName: 'a.test' },
    directory: { answers: () => true, isAllowed: () => true, get: () => peer },
    store: {
      receipts: { isOpen: () => true, take: () => [] },
      events: { byIds: () => new Map() },
      writer: { write: async (job: (tx: Tx) => unknown) => job({ afterCommit: (then) => then() }) },
    },
    client: {
      call: (_: unknown, { path }: { path: string }) => {
        const after = Number(path.split('=')[1]);
        asked.push(after);
        return answer(after);
      },
    },
  } as unknown as Deps;
  return { clock, asked, reading: new ReceiptReading(deps) };
}

const page = (receipts: readonly object[], next: number): Promise<HttpResult> =>
  Promise.resolve({ kind: 'answer', status: 200, body: JSON.stringify({ receipts, next }) } as HttpResult);
const receipt = { event_id: '$1:a.test', server_name: 'c.test', state: 'has', at: 1 };

test('a home is read until it has nothing more to report, even if nothing could be used', async () => {
  const ground = reading((after) => page(after < 2 ? [receipt] : [], Math.min(after + 1, 2)));
  ground.reading.answeredBy('home.test');
  await ground.clock.advance(0);
  assert.deepEqual(ground.asked, [0, 1, 2]);
});

test('a home that reports nothing and promises more isn’t asked forever', async () => {
  const ground = reading((after) => page([], after + 1));
  ground.reading.answeredBy('home.test');
  await ground.clock.advance(0);
  assert.ok(ground.asked.length <= 2, `asked ${ground.asked.length} times`);
});

test('a home that is slow to answer is asked once at a time', async () => {
  const ground = reading(() => new Promise(() => {}));
  for (let n = 0; n < 5; n++) {
    ground.reading.answeredBy('home.test');
    await ground.clock.advance(10_000);
  }
  assert.deepEqual(ground.asked, [0]);
});
