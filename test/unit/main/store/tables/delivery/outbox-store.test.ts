import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type {
  AttemptReport,
  NextStep,
  OutboxRow,
  ReportedOutcome,
} from '../../../../../../main/store/outbox-port.ts';
import { Store } from '../../../../../../main/store/store.ts';
import { quoted, storeSaid } from '../../../../../../shared/words/said.ts';
import { RawPeer } from '../../../../../support/parties/raw-peer.ts';
import { putEvent, putExpected, putQueued } from '../../../../../support/put-rows.ts';
import { tempDir } from '../../../../../support/temp.ts';

const here = new RawPeer('here.test', 'here.test', Buffer.alloc(32, 7));
const room = '!1:here.test';

async function outboxFor(t: TestContext) {
  const path = join(tempDir(t), 'node.db');
  const turns: (() => void)[] = [];
  const later = (job: () => void) => {
    turns.push(job);
    return () => {
      if (turns.includes(job)) turns.splice(turns.indexOf(job), 1);
    };
  };
  const clock = { now: () => 1000, after: (_ms: number, job: () => void) => later(job) };
  const open = (): Store => new Store(path, { clock, defer: later });
  let store = open();
  const run = (): void => {
    for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
  };
  /** Closing writes, too. */
  const close = async (): Promise<void> => {
    let isClosed = false;
    const closing = store.close().finally(() => {
      isClosed = true;
    });
    while (!isClosed) {
      run();
      await new Promise(setImmediate);
    }
    await closing;
  };
  t.after(close);
  const write = async <T>(job: () => T): Promise<T> => {
    const written = store.writer.write(job);
    run();
    return await written;
  };
  /** Stores an event and queues it, as ingest does. */
  const post = (
    destinations: readonly string[],
    to = room,
    sentTo: readonly string[] = [],
  ): Promise<number> =>
    write(() => {
      const envelope = here.message(to, 'hi');
      const seq = putEvent(store, { envelope, body: `the bytes of ${envelope.event_id}` });
      for (const destination of destinations)
        putQueued(store, { destination, roomId: to, seq, at: 1000, alsoSentTo: sentTo });
      return seq;
    });
  const load = (after = 0, limit = 100): OutboxRow[] => store.outbox.load('b.test', room, after, limit);
  return {
    run,
    write,
    get store() {
      return store;
    },
    post,
    load,
    get outbox() {
      return store.outbox;
    },
    get receipts() {
      return store.receipts;
    },
    async restart() {
      await close();
      store = open();
    },
  };
}

function report(row: OutboxRow, outcome: ReportedOutcome, next: NextStep): AttemptReport {
  return { row, at: 2000, latencyMs: 5, status: 202, outcome, error: null, next };
}
const done = { state: 'done' } as const;
const dead = { state: 'dead' } as const;
const retrying = { state: 'retrying', nextAttemptAt: 3000 } as const;

test('queued events form a lane for each destination and room, in the order of queueing', async (t) => {
  const box = await outboxFor(t);
  const first = await box.post(['b.test', 'c.test'], room, ['c.test', 'd.test']);
  const second = await box.post(['b.test']);
  await box.post(['b.test'], '!2:here.test');
  assert.deepEqual(box.outbox.destinations(), [
    { destination: 'b.test', roomId: room },
    { destination: 'b.test', roomId: '!2:here.test' },
    { destination: 'c.test', roomId: room },
  ]);
  const rows = box.load();
  assert.deepEqual(
    rows.map((row) => row.eventSeq),
    [first, second],
  );
  assert.match(rows[0]!.body, /^the bytes of /);
  assert.deepEqual([rows[0]!.attempts, rows[0]!.enqueuedAt], [0, 1000]);
  assert.deepEqual([rows[0]!.alsoSentTo, rows[1]!.alsoSentTo], [['c.test', 'd.test'], []]);
});

test('a lane is read page by page', async (t) => {
  const box = await outboxFor(t);
  for (let count = 0; count < 5; count++) await box.post(['b.test']);
  const [first, second, ...rest] = box.load();
  assert.deepEqual(box.load(0, 2), [first, second]);
  assert.deepEqual(box.load(second!.id, 100), rest);
  assert.deepEqual(box.load(rest.at(-1)!.id, 100), []);
});

test('rows reported done or dead are not loaded again, also before that is on disk', async (t) => {
  const box = await outboxFor(t);
  for (let count = 0; count < 4; count++) await box.post(['b.test']);
  const [delivered, lost, third, fourth] = box.load();
  box.outbox.record(report(delivered!, 'delivered', done));
  box.outbox.record(report(lost!, 'rejected', dead));
  assert.deepEqual(box.load(0, 2), [third, fourth], 'a full page although rows were left out');
  box.run();
  assert.deepEqual(box.load(), [third, fourth]);
  await box.restart();
  assert.deepEqual(box.load(), [third, fourth]);
});

test('a crash before the commit sends an event again, rather than never', async (t) => {
  const box = await outboxFor(t);
  await box.post(['b.test']);
  const [row] = box.load();
  box.outbox.record(report(row!, 'delivered', done));
  assert.equal(box.outbox.counts()[0]?.queued, 1, 'on disk it waits still');
  box.run();
  assert.deepEqual(box.outbox.counts(), []);
});

test('each try is recorded as an attempt; giving up isn’t', async (t) => {
  const box = await outboxFor(t);
  const seq = await box.post(['b.test']);
  const [row] = box.load();
  box.outbox.record({ ...report(row!, 'retry', retrying), status: 503, error: quoted('busy') });
  box.outbox.record(report(row!, 'retry', { state: 'parked', nextAttemptAt: null }));
  box.outbox.record({ ...report(row!, 'expired', dead), status: null });
  box.run();
  const entry = box.outbox.entry('b.test', row!.eventId);
  assert.deepEqual([entry?.state, entry?.attempts, entry?.next_attempt_at], ['dead', 2, null]);
  assert.deepEqual(
    box.store.attempts.of(seq).map((attempt) => [attempt.outcome, attempt.status, attempt.error]),
    [
      ['retry', 503, storeSaid(quoted('busy'))],
      ['retry', 202, null],
      ['expired', null, null],
    ],
  );
});

test('reports are written in one commit, in the order given', async (t) => {
  const box = await outboxFor(t);
  await box.post(['b.test']);
  const [row] = box.load();
  for (let at = 1; at <= 5; at++)
    box.outbox.record(report(row!, 'retry', { state: 'retrying', nextAttemptAt: at }));
  assert.equal(box.outbox.entry('b.test', row!.eventId)?.attempts, 0);
  box.run();
  const entry = box.outbox.entry('b.test', row!.eventId);
  assert.deepEqual([entry?.attempts, entry?.next_attempt_at, entry?.state], [5, 5, 'retrying']);
});

test('replayed dead letters go to the end of the lane, with a new age and new ids', async (t) => {
  const box = await outboxFor(t);
  for (let count = 0; count < 3; count++) await box.post(['b.test']);
  const [first, second, third] = box.load();
  box.outbox.record(report(first!, 'rejected', dead));
  box.outbox.record(report(second!, 'rejected', dead));
  box.run();
  assert.deepEqual(await box.write(() => box.outbox.replay('b.test', [first!.eventId], 9000)), [room]);
  const [next, replayed, ...none] = box.load();
  assert.equal(next?.id, third?.id);
  assert.deepEqual([replayed?.eventId, replayed?.attempts, replayed?.enqueuedAt], [first!.eventId, 0, 9000]);
  assert.ok(replayed!.id > third!.id);
  assert.deepEqual(none, []);
  assert.equal((await box.write(() => box.outbox.replay('b.test', null, 9000))).length, 1);
});

test('an id is not given again after its row was deleted', async (t) => {
  const box = await outboxFor(t);
  await box.post(['b.test']);
  const [first] = box.load();
  await box.write(() => box.outbox.giveUp(box.outbox.entry('b.test', first!.eventId)!));
  await box.restart();
  await box.post(['b.test']);
  assert.ok(box.load()[0]!.id > first!.id);
});

test('a destination for which an event was given up is still shown, as not reached', async (t) => {
  const box = await outboxFor(t);
  const seq = await box.post(['b.test', 'c.test']);
  const id = box.load()[0]!.eventId;
  await box.write(() => putExpected(box.store, { seq, server: 'd.test', via: 'b.test', at: 1000 }));
  await box.write(() => box.outbox.giveUp(box.outbox.entry('b.test', id)!));
  const states = [...box.store.attempts.deliveryOf([seq]).get(seq)!.values()].map((row) => [
    row.destination,
    row.state,
  ]);
  assert.deepEqual(states.toSorted(), [
    ['b.test', 'gave_up'],
    ['c.test', 'queued'],
  ]);
  // A home that never gets the event is expected to report nothing about d.test.
  assert.deepEqual(box.receipts.lacking(0), []);
  assert.equal(box.receipts.of([seq])[0]?.state, 'untold');
});

test('the counts give queued, retrying, parked and dead for each destination', async (t) => {
  const box = await outboxFor(t);
  for (let count = 0; count < 4; count++) await box.post(['b.test']);
  await box.post(['c.test']);
  const [, one, two, three] = box.load();
  box.outbox.record(report(one!, 'retry', retrying));
  box.outbox.record(report(two!, 'closed', { state: 'parked', nextAttemptAt: null }));
  box.outbox.record(report(three!, 'rejected', dead));
  box.run();
  assert.deepEqual(box.outbox.counts(), [
    { destination: 'b.test', queued: 1, retrying: 1, parked: 1, dead: 1 },
    { destination: 'c.test', queued: 1, retrying: 0, parked: 0, dead: 0 },
  ]);
  await box.write(() => box.outbox.clear('b.test'));
  assert.deepEqual(
    box.outbox.counts().map((each) => each.destination),
    ['c.test'],
  );
});

test('the servers that have an event or wait for it are known even after old attempts are pruned', async (t) => {
  const box = await outboxFor(t);
  const seq = await box.post(['b.test', 'c.test', 'd.test']);
  const row = (destination: string) => box.outbox.load(destination, room, 0, 1)[0]!;
  box.outbox.record(report(row('b.test'), 'retry', retrying));
  box.outbox.record(report(row('b.test'), 'delivered', done));
  box.outbox.record(report(row('c.test'), 'held', done));
  box.run();
  await box.write(() => box.store.attempts.prune(5000));
  assert.deepEqual(
    [...(box.store.attempts.deliveryOf([seq]).get(seq)?.values() ?? [])].map((one) => [
      ...[one.destination, one.state, one.at],
    ]),
    [
      ['d.test', 'queued', 1000],
      ['b.test', 'delivered', 2000],
      ['c.test', 'held', 2000],
    ],
  );
  assert.deepEqual(
    box.store.attempts.of(seq).map((attempt) => attempt.outcome),
    ['delivered', 'held'],
  );
});

test('new rows are read for all lanes at once, and rows of one event share its text', async (t) => {
  const box = await outboxFor(t);
  await box.post(['b.test']);
  const before = box.outbox.newest();
  const seq = await box.post(['b.test', 'c.test', 'd.test']);
  const other = await box.post(['c.test'], '!2:here.test', ['d.test']);
  const rows = box.outbox.loadNew(before, 100);
  assert.deepEqual(
    rows.map((row) => [row.destination, row.roomId, row.eventSeq, row.alsoSentTo]),
    [
      ['b.test', room, seq, []],
      ['c.test', room, seq, []],
      ['d.test', room, seq, []],
      ['c.test', '!2:here.test', other, ['d.test']],
    ],
  );
  assert.equal(rows[0]?.body, box.load(before)[0]?.body);
  box.outbox.record(report(rows[0]!, 'delivered', done));
  box.outbox.record(report(rows[1]!, 'rejected', dead));
  assert.deepEqual(box.outbox.loadNew(before, 2), rows.slice(2), 'a full page although rows were left out');
  box.run();
  assert.deepEqual(box.outbox.loadNew(before, 100), rows.slice(2));
  assert.equal(box.outbox.newest(), rows[3]?.id);
});

test('a success is written after the failure that was reported before it', async (t) => {
  const box = await outboxFor(t);
  const seqs = [await box.post(['b.test']), await box.post(['b.test'])];
  const [first, second] = box.load();
  box.outbox.record(report(first!, 'retry', retrying));
  box.outbox.record(report(first!, 'delivered', done));
  box.outbox.record(report(second!, 'delivered', done));
  box.run();
  assert.deepEqual(box.outbox.counts(), []);
  assert.deepEqual(
    seqs.map((seq) => box.store.attempts.of(seq).map(({ outcome }) => outcome)),
    [['retry', 'delivered'], ['delivered']],
  );
});
