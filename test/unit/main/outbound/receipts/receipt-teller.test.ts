import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Fact } from '../../../../../main/facts.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import {
  ReceiptTeller,
  type ReceiptTellerDeps,
} from '../../../../../main/outbound/receipts/receipt-teller.ts';
import type { AttemptReport } from '../../../../../main/store/outbox-port.ts';
import { Store } from '../../../../../main/store/store.ts';
import { quoted } from '../../../../../shared/words/said.ts';
import { RawPeer } from '../../../../support/parties/raw-peer.ts';
import { putEvent, putQueued } from '../../../../support/put-rows.ts';
import { countStatements } from '../../../../support/statement-counter.ts';
import { tempDir } from '../../../../support/temp.ts';

const room = '!1:home.test';
const destination = 'to.test';

/** A home that forwards events of these origins, one after the other, to one server. */
async function home(t: TestContext, count: number, origins: readonly string[]) {
  const work = countStatements(t);
  let teller: ReceiptTeller | null = null;
  const tell = (fact: Fact): void => {
    if (fact.fact === 'attempts-written') teller?.attempted(fact.attempts);
  };
  const store = new Store(join(tempDir(t), 'node.db'), systemPorts, tell);
  t.after(() => store.close());
  teller = new ReceiptTeller({
    store,
    ports: systemPorts,
    keyring: { serverName: 'home.test' },
    directory: { answers: () => true },
  } as unknown as ReceiptTellerDeps);
  const raws = origins.map((origin) => new RawPeer(origin));
  await store.writer.write(() => {
    for (let n = 0; n < count; n++) {
      const raw = raws[n % raws.length];
      assert.ok(raw);
      const seq = putEvent(store, { envelope: raw.message(room, `${n}`), received_from: raw.name });
      putQueued(store, { destination, roomId: room, seq, origin: raw.name });
    }
  });
  const rows = store.outbox.load(destination, room, 0, count);
  assert.equal(rows.length, count);
  const write = async (reports: readonly Partial<AttemptReport>[]) => {
    work();
    for (const [at, report] of reports.entries())
      store.outbox.record({
        row: rows[at],
        at: 1000 + at,
        latencyMs: 1,
        status: 202,
        outcome: 'delivered',
        error: null,
        next: { state: 'done' },
        ...report,
      } as AttemptReport);
    store.outbox.flush();
    await store.writer.idle();
    return work().statements;
  };
  const owed = () =>
    origins.map((origin) => store.receipts.owedTo(origin, 200).map(({ event_seq }) => event_seq));
  return { store, write, owed };
}

const delivered: Partial<AttemptReport> = {};
const dead: Partial<AttemptReport> = {
  outcome: 'rejected' as const,
  status: 403,
  error: quoted('no'),
  next: { state: 'dead' as const },
};
const failed: Partial<AttemptReport> = {
  outcome: 'retry' as const,
  status: null,
  error: quoted('no answer'),
  next: { state: 'retrying', nextAttemptAt: 61_000 },
};

for (const [what, report] of [['successes', delivered] as const, ['dead letters', dead] as const])
  test(`64 ${what} that are written together cost what one does, and each is reported to its origin`, async (t) => {
    const one = await (await home(t, 1, ['a.test'])).write([report]);
    const { write, owed } = await home(t, 64, ['a.test']);
    assert.equal(await write(Array.from({ length: 64 }, () => report)), one);
    assert.deepEqual(owed(), [Array.from({ length: 64 }, (_, at) => at + 1)]);
  });

test('an attempt that failed costs the same, however many origins wait for the server', async (t) => {
  const costOf = async (origins: readonly string[]) => {
    const { write, owed } = await home(t, 32, origins);
    await write([failed]);
    const cost = await write([{ ...failed, outcome: 'closed', status: 403 }]);
    assert.deepEqual(
      owed()
        .flat()
        .sort((a, b) => a - b),
      Array.from({ length: 32 }, (_, at) => at + 1),
    );
    return cost;
  };
  assert.equal(await costOf(['a.test']), await costOf(Array.from({ length: 16 }, (_, n) => `a${n}.test`)));
});

test('a failure between successes sees the events that wait then, not those delivered before', async (t) => {
  const { store, write, owed } = await home(t, 4, ['a.test', 'b.test']);
  await write([delivered, failed, delivered, dead]);
  const states = store.outbox.page(destination, 0, 10).map(({ event_seq, state }) => [event_seq, state]);
  assert.deepEqual(states, [
    [2, 'retrying'],
    [4, 'dead'],
  ]);
  assert.deepEqual(
    owed().map((seqs) => [...seqs].sort()),
    [
      [1, 3],
      [2, 4],
    ],
  );
});
