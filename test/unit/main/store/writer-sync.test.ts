import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import SQLite from 'better-sqlite3';
import { noMeter } from '../../../../main/kernel/meter.ts';
import { type Defer, type Sync, systemPorts } from '../../../../main/kernel/ports.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { LogMover, openLog } from '../../../../main/store/log.ts';
import { Store } from '../../../../main/store/store.ts';
import { Writer } from '../../../../main/store/writer.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** A writer on a file whose syncs the test ends by hand. */
function syncedWriter(t: TestContext, defer: Defer = queueMicrotask) {
  const db = new SQLite(join(tempDir(t), 'node.db'));
  t.after(() => db.close());
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE jobs (name TEXT)');
  const syncs: PromiseWithResolvers<void>[] = [];
  const moves: PromiseWithResolvers<void>[] = [];
  const noted: unknown[] = [];
  const state: { broken: Error | null; atOnce: number } = { broken: null, atOnce: 0 };
  const writer = new Writer(
    db,
    defer,
    () => noted.push('undone'),
    (error) => noted.push(error),
    { note: (error) => noted.push(error), worked: () => {} },
    noMeter,
    {
      sync: {
        beside: () => {
          const sync = Promise.withResolvers<void>();
          syncs.push(sync);
          return sync.promise;
        },
        now: () => {
          if (state.broken) throw state.broken;
          state.atOnce++;
        },
      },
      move: () => {
        const move = Promise.withResolvers<void>();
        moves.push(move);
        return move.promise;
      },
      close: async () => {},
    },
  );
  const insert = db.prepare('INSERT INTO jobs VALUES (?)');
  const names = db.prepare('SELECT name FROM jobs').pluck();
  const put = (name: string) => writer.write(() => insert.run(name));
  /** Puts with a second job, because a single one is synced at once. */
  const putTwo = (name: string) => Promise.all([put(name), writer.write(() => {})]);
  return { db, writer, syncs, moves, state, noted, put, putTwo, names };
}

test('a job settles once its transaction is synced, and jobs that come meanwhile share the next one', async (t) => {
  const { writer, syncs, put, names } = syncedWriter(t);
  const steps: string[] = [];
  const first = writer
    .write((tx) => tx.afterCommit(() => steps.push('hook')))
    .then(() => steps.push('first'));
  void writer.write(() => {});
  await setImmediate();
  const others = ['a', 'b'].map((name) => put(name).then(() => steps.push(name)));
  await setImmediate();
  assert.deepEqual([steps, names.all(), syncs.length], [[], [], 1]);
  syncs[0]?.resolve();
  await first;
  await setImmediate();
  assert.deepEqual([steps, names.all(), syncs.length], [['hook', 'first'], ['a', 'b'], 2]);
  syncs[1]?.resolve();
  await Promise.all(others);
  assert.deepEqual(steps, ['hook', 'first', 'a', 'b']);
});

test('onDisk waits for what can be read already, and is null if there is nothing to wait for', async (t) => {
  const { writer, syncs, putTwo, names } = syncedWriter(t);
  assert.equal(writer.onDisk(), null);
  const job = putTwo('a');
  await setImmediate();
  assert.deepEqual(names.all(), ['a'], 'it can be read before');
  let isOver = false;
  const onDisk = writer.onDisk()?.then(() => {
    isOver = true;
  });
  await setImmediate();
  assert.equal(isOver, false);
  syncs[0]?.resolve();
  await Promise.all([onDisk, job]);
  assert.deepEqual([isOver, writer.onDisk()], [true, null]);
});

test('after a failed sync nothing is written until the log is in the database and that is synced', async (t) => {
  const { db, writer, syncs, noted, put, putTwo, names } = syncedWriter(t);
  const lost = putTwo('lost');
  await setImmediate();
  const waiting = writer.onDisk();
  const broken = new Error('input/output error');
  // A reader keeps the log from being emptied.
  const reader = new SQLite(db.name);
  t.after(() => reader.close());
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM jobs').all();
  syncs[0]?.reject(broken);
  await assert.rejects(lost, broken);
  await assert.rejects(waiting as Promise<void>, broken);
  const refused = [put('refused'), put('and another')];
  for (const each of await Promise.allSettled(refused))
    assert.equal((each as PromiseRejectedResult).reason, broken);
  await assert.rejects(writer.onDisk() as Promise<void>, broken);
  assert.deepEqual(noted, ['undone', broken]);
  reader.exec('COMMIT');
  const job = putTwo('b');
  await setImmediate();
  assert.equal(writer.onDisk() === null, false, 'it is being synced');
  syncs[1]?.resolve();
  await job;
  assert.deepEqual([names.all(), writer.onDisk()], [['lost', 'b'], null]);
});

test('a job that is alone is synced at once, and fails with the sync', async (t) => {
  const { writer, syncs, state, put } = syncedWriter(t);
  await put('alone');
  assert.deepEqual([state.atOnce, syncs.length, writer.onDisk()], [1, 0, null]);
  state.broken = new Error('input/output error');
  await assert.rejects(put('broken'), state.broken);
  await assert.rejects(writer.onDisk() as Promise<void>, state.broken);
});

test('a job that nobody waits for is synced beside the event loop, even if it is alone', async (t) => {
  const { writer, syncs, state, names } = syncedWriter(t);
  const job = writer.write(() => names.all().length, true);
  await setImmediate();
  assert.deepEqual([state.atOnce, syncs.length], [0, 1]);
  syncs[0]?.resolve();
  assert.equal(await job, 0);
});

test('close waits for the sync', async (t) => {
  const { db, writer, syncs, putTwo } = syncedWriter(t);
  const job = putTwo('a');
  const closing = writer.close();
  await setImmediate();
  assert.equal(db.open, true);
  syncs[0]?.resolve();
  await Promise.all([job, closing]);
  assert.equal(db.open, false);
});

test('a store syncs its log beside the event loop, or in each commit if nothing else does', async (t) => {
  const path = join(tempDir(t), 'node.db');
  for (const [ports, synced] of [
    [systemPorts, true],
    [{ clock: systemPorts.clock, defer: systemPorts.defer }, false],
  ] as const) {
    let syncs = 0;
    const sync = {
      beside: async (file: number) => {
        syncs++;
        await systemPorts.sync?.beside(file);
      },
      now: (file: number) => {
        syncs++;
        systemPorts.sync?.now(file);
      },
    };
    const store = new Store(path, synced ? { ...ports, sync } : ports);
    await store.writer.write(() => store.meta.put('a', 'b'));
    await Promise.all(['c', 'd'].map((key) => store.writer.write(() => store.meta.put(key, 'e'))));
    assert.equal(syncs, synced ? 2 : 0);
    await store.close();
  }
});

test('a long log is moved while writing continues, and its rest while nothing is written', async (t) => {
  const { writer, moves, put, names } = syncedWriter(t);
  while (moves.length === 0) await put('a');
  await put('meanwhile');
  assert.equal(moves.length, 1, 'one move at a time');
  moves[0]?.resolve();
  await setImmediate();
  const waiting = put('later');
  await setImmediate();
  assert.deepEqual([moves.length, names.all().at(-1)], [2, 'meanwhile']);
  moves[1]?.resolve();
  await waiting;
  await put('again');
  await writer.idle();
  assert.deepEqual([moves.length, names.all().slice(-2)], [2, ['later', 'again']]);
});

test('a turn that was due when the move of the rest began waits for it', async (t) => {
  const due: (() => void)[] = [];
  const { writer, syncs, moves, put, names } = syncedWriter(t, (turn) => void due.push(turn));
  const many = Promise.all(Array.from({ length: 256 * 6 }, () => writer.write(() => {})));
  while (moves.length === 0) {
    due.shift()?.();
    syncs.at(-1)?.resolve();
    await setImmediate();
  }
  await many;
  const job = put('later');
  moves[0]?.resolve();
  await setImmediate();
  assert.equal(moves.length, 2, 'the rest is being moved');
  due.shift()?.();
  assert.deepEqual(names.all(), []);
  moves[1]?.resolve();
  await setImmediate();
  due.shift()?.();
  await job;
  assert.deepEqual(names.all(), ['later']);
});

test('after a move, the log is written from its start again', async (t) => {
  const path = join(tempDir(t), 'node.db');
  const db = openDatabase(path);
  const log = openLog(db, path, systemPorts.sync as Sync, systemPorts.clock);
  const insert = db.prepare("INSERT INTO meta (key, value) VALUES (?, 'a')");
  const size = (): number => statSync(`${path}-wal`).size;
  for (let at = 0; at < 200; at++) insert.run(String(at));
  const long = size();
  for (const again of ['first', 'second']) {
    await log.move();
    insert.run(again);
    assert.equal(size(), long, again);
  }
  await log.close();
  db.close();
  const left = new SQLite(path, { readonly: true });
  assert.equal(left.prepare("SELECT count(*) FROM meta WHERE value = 'a'").pluck().get(), 202);
  left.close();
});

test('a move that is running ends when the log is closed, and when its thread dies', async () => {
  const workers: Worker[] = [];
  const mover = new LogMover(() => {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
    workers.push(worker);
    return worker;
  }, new VirtualClock());
  const first = mover.move();
  await workers[0]?.terminate();
  await first;
  const second = mover.move();
  await mover.stop();
  await second;
  assert.equal(workers.length, 2);
});

test('the thread ends 10 seconds after its last move, and a move that begins meanwhile has a thread of its own', async (t) => {
  const clock = new VirtualClock();
  const workers: Worker[] = [];
  const answers =
    "const { parentPort: p } = require('node:worker_threads'); p.on('message', (m) => p.postMessage(m));";
  const mover = new LogMover(() => {
    // The second one doesn't answer.
    const worker = new Worker(workers.length === 1 ? 'setInterval(() => {}, 1000)' : answers, { eval: true });
    workers.push(worker);
    return worker;
  }, clock);
  t.after(() => mover.stop());
  await mover.move();
  await clock.advance(9_999);
  await mover.move();
  assert.equal(workers.length, 1, 'the time begins again with each move');
  const ended = once(workers[0] as Worker, 'exit');
  await clock.advance(9_999);
  assert.deepEqual([clock.timers, workers.length], [1, 1]);
  await clock.advance(1);
  let isOver = false;
  const next = mover.move().then(() => {
    isOver = true;
  });
  await ended;
  await setImmediate();
  assert.deepEqual([isOver, workers.length], [false, 2]);
  await mover.stop();
  await next;
  assert.equal(clock.timers, 0);
});

test('without a thread to spare, moving the log is left to the commits', async () => {
  const mover = new LogMover(() => {
    throw new Error('no thread to spare');
  }, new VirtualClock());
  await mover.move();
  await mover.stop();
});
