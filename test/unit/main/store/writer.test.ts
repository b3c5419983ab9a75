import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { Writer } from '../../../../main/store/writer.ts';

/** A writer with its own table, whose turns the test runs by hand. Records its transactions. */
function writerFor(t: TestContext) {
  const said: string[] = [];
  const db = new SQLite(':memory:', { verbose: (sql) => said.push(String(sql)) });
  t.after(() => db.close());
  db.exec(`PRAGMA foreign_keys = ON;
    CREATE TABLE parents (id INTEGER PRIMARY KEY);
    CREATE TABLE jobs (id INTEGER PRIMARY KEY, name TEXT UNIQUE,
      parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);`);
  const turns: (() => void)[] = [];
  let rollbacks = 0;
  const hookErrors: unknown[] = [];
  const writer = new Writer(
    db,
    (job) => turns.push(job),
    () => rollbacks++,
    (error) => hookErrors.push(error),
  );
  const insert = db.prepare('INSERT INTO jobs (name, parent) VALUES (?, ?)');
  const names = db.prepare('SELECT name FROM jobs ORDER BY id').pluck();
  return {
    writer,
    turns,
    put: (name: string, parent: number | null = null) =>
      writer.write(() => insert.run(name, parent).lastInsertRowid),
    insert: (name: string) => insert.run(name, null),
    names: () => names.all(),
    commits: () => said.filter((sql) => sql === 'COMMIT').length,
    rollbacks: () => rollbacks,
    hookErrors,
    db,
    /** Lets every turn that is due run. */
    run: () => {
      for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
    },
  };
}

test('jobs that came before the turn share one commit, in the order they came', async (t) => {
  const { put, run, commits, names } = writerFor(t);
  const jobs = Array.from({ length: 100 }, (_, at) => put(`job ${at}`));
  assert.deepEqual(names(), []);
  run();
  assert.equal(commits(), 1);
  assert.deepEqual(
    await Promise.all(jobs),
    Array.from({ length: 100 }, (_, at) => at + 1),
  );
  assert.deepEqual(
    names(),
    Array.from({ length: 100 }, (_, at) => `job ${at}`),
  );
});

test('one turn is asked for, however many jobs wait for it', (t) => {
  const { put, turns } = writerFor(t);
  for (let at = 0; at < 5; at++) void put(`job ${at}`);
  assert.equal(turns.length, 1);
});

test('a burst is cut into several commits, in order and without a loss', async (t) => {
  const { put, run, commits, names, writer } = writerFor(t);
  const jobs = Array.from({ length: 600 }, (_, at) => put(`job ${at}`));
  assert.equal(writer.length, 600);
  run();
  await Promise.all(jobs);
  assert.equal(commits(), 3);
  assert.deepEqual(
    names(),
    Array.from({ length: 600 }, (_, at) => `job ${at}`),
  );
  assert.equal(writer.length, 0);
});

test('a job that throws fails alone: its neighbours are stored, in order, and its changes are undone', async (t) => {
  const { put, insert, writer, run, names, rollbacks } = writerFor(t);
  const bad = writer.write(() => {
    insert('half');
    throw new Error('no');
  });
  const settled = Promise.allSettled([put('before'), bad, put('after')]);
  run();
  assert.deepEqual(
    (await settled).map((each) => each.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  await assert.rejects(bad, /no/);
  assert.deepEqual(names(), ['before', 'after']);
  assert.ok(rollbacks() > 0, 'caches of rows were dropped');
});

test('nothing settles before the commit, and a commit that fails is a failure', async (t) => {
  const { put, run, names } = writerFor(t);
  const good = put('good');
  const orphan = put('orphan', 404);
  let settled = 0;
  for (const job of [good, orphan]) job.then(() => settled++).catch(() => settled++);
  await Promise.resolve();
  assert.equal(settled, 0);
  run();
  await good;
  await assert.rejects(orphan, /FOREIGN KEY/);
  assert.deepEqual(names(), ['good']);
});

test('a job sees what the jobs before it wrote', async (t) => {
  const { put, writer, run, names } = writerFor(t);
  void put('first');
  const seen = writer.write(() => names());
  run();
  assert.deepEqual(await seen, ['first']);
});

test('a write right after a finished job is stored before the database is closed', async (t) => {
  const { writer, put, run } = writerFor(t);
  const second = put('first').then(() => put('second'));
  const closing = writer.close();
  run();
  await setImmediate();
  run();
  assert.equal(await second, 2);
  await closing;
});

test('idle and close wait for queued jobs; afterwards no job is accepted', async (t) => {
  const { put, writer, run } = writerFor(t);
  const job = put('last');
  const order: string[] = [];
  const closing = writer.close().then(() => order.push('closed'));
  void job.then(() => order.push('stored'));
  await Promise.resolve();
  assert.deepEqual(order, []);
  run();
  await closing;
  assert.deepEqual(order, ['stored', 'closed']);
  await assert.rejects(
    writer.write(() => 1),
    /closed/,
  );
  await writer.idle();
});

test('a job’s deferred work runs once the rows are on disk, before its promise settles', async (t) => {
  const { writer, run, insert, db } = writerFor(t);
  const steps: string[] = [];
  const job = writer.write((tx) => {
    insert('first');
    tx.afterCommit(() => steps.push(db.inTransaction ? 'inside' : 'after the commit'));
  });
  const settled = job.then(() => steps.push('settled'));
  assert.deepEqual(steps, []);
  run();
  await settled;
  assert.deepEqual(steps, ['after the commit', 'settled']);
});

test('a job that is undone leaves nothing for after the commit, and its neighbours are announced once', async (t) => {
  const { writer, run, insert } = writerFor(t);
  const told: string[] = [];
  const good = writer.write((tx) => {
    insert('good');
    tx.afterCommit(() => told.push('good'));
  });
  const bad = writer.write((tx) => {
    tx.afterCommit(() => told.push('bad'));
    throw new Error('refused');
  });
  run();
  await good;
  await assert.rejects(bad, /refused/);
  assert.deepEqual(told, ['good']);
});

test('an announcement that fails is reported, and the job has not failed', async (t) => {
  const { writer, run, insert, hookErrors } = writerFor(t);
  const job = writer.write((tx) => {
    insert('kept');
    tx.afterCommit(() => {
      throw new Error('nobody could be told');
    });
    return 'kept';
  });
  run();
  assert.equal(await job, 'kept');
  assert.match(String(hookErrors[0]), /nobody could be told/);
});

test('a job that fails alone runs once', async (t) => {
  const { writer, run, rollbacks } = writerFor(t);
  let runs = 0;
  const job = writer.write(() => {
    runs++;
    throw new Error('no');
  });
  run();
  await assert.rejects(job, /no/);
  assert.deepEqual([runs, rollbacks()], [1, 1]);
});
