import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { type Meter, noMeter } from '../../../../main/kernel/meter.ts';
import { Writer } from '../../../../main/store/writer.ts';
import { tempDir } from '../../../support/temp.ts';

/** A writer on a file with a log, or in memory without one. Each turn runs at once, unless `defer` says otherwise. */
function writerOn(
  t: TestContext,
  path: string,
  deps: {
    readonly defer?: (turn: () => void) => void;
    readonly onRollback?: () => void;
    readonly disk?: { note(error: unknown): void; worked(): void };
    readonly meter?: Meter;
  } = {},
) {
  const db = new SQLite(path);
  t.after(() => db.close());
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE jobs (name TEXT)');
  const { defer = (turn) => turn(), onRollback = () => {}, disk = null, meter = noMeter } = deps;
  const writer = new Writer(db, defer, onRollback, () => {}, disk, meter);
  const insert = db.prepare('INSERT INTO jobs VALUES (?)');
  return { db, writer, put: (name: string) => writer.write(() => insert.run(name)) };
}

test('a disk that fails a commit is noted, and so is one that works', async (t) => {
  const steps: string[] = [];
  const { writer } = writerOn(t, ':memory:', {
    onRollback: () => steps.push('undone'),
    disk: { note: (error) => steps.push(String(error)), worked: () => steps.push('worked') },
  });
  await writer.write(() => {});
  await assert.rejects(
    writer.write(() => {
      throw new Error('full');
    }),
  );
  assert.deepEqual(steps, ['worked', 'undone', 'Error: full']);
});

test('the log is emptied unless a reader needs it; nothing waits for the reader', async (t) => {
  const path = join(tempDir(t), 'node.db');
  const { db, writer, put } = writerOn(t, path);
  const reader = new SQLite(path);
  t.after(() => reader.close());
  const asked: string[] = [];
  const pragma = db.pragma.bind(db);
  db.pragma = (source: string, options?: object) => {
    asked.push(source);
    return pragma(source, options);
  };
  pragma('busy_timeout = 1234');
  await put('a');
  assert.ok(statSync(`${path}-wal`).size > 0);
  assert.equal(writer.emptyLog(), true);
  assert.equal(statSync(`${path}-wal`).size, 0);
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM jobs').all();
  await put('b');
  asked.length = 0;
  assert.equal(writer.emptyLog(), false);
  assert.deepEqual(asked, [
    'busy_timeout',
    'busy_timeout = 0',
    'wal_checkpoint(TRUNCATE)',
    'busy_timeout = 1234',
  ]);
  reader.exec('COMMIT');
  await writer.close();
  assert.equal(db.open, false);
  assert.equal(writer.emptyLog(), true, 'a closed store has no log');
});

test('the log is moved into the database without becoming smaller, as long as the store is open', async (t) => {
  const path = join(tempDir(t), 'node.db');
  const { writer, put } = writerOn(t, path);
  await put('a');
  const [size, log] = [statSync(path).size, statSync(`${path}-wal`).size];
  writer.moveLog();
  assert.ok(statSync(path).size > size);
  assert.equal(statSync(`${path}-wal`).size, log);
  await writer.close();
  assert.doesNotThrow(() => writer.moveLog());
});

test('the time of deciding and of a commit is measured, and how many jobs shared it', async (t) => {
  const measured: string[] = [];
  const turns: (() => void)[] = [];
  const meter: Meter = {
    begin: (step) => {
      measured.push(`begin ${step}`);
      return () => void measured.push(`end ${step}`);
    },
    together: (group, events) => void measured.push(`${group} ${events}`),
  };
  const { writer } = writerOn(t, ':memory:', { defer: (turn) => turns.push(turn), meter });
  const jobs = [writer.write(() => 'a'), writer.write(() => 'b')];
  turns.shift()?.();
  await Promise.all(jobs);
  const commit = ['begin commit', 'end commit', 'commit 2'];
  assert.deepEqual(measured.splice(0), ['begin decide', 'end decide', ...commit]);
  const failing = writer.write(() => {
    throw new Error('no');
  });
  turns.shift()?.();
  await assert.rejects(failing);
  assert.deepEqual(measured, ['begin decide'], 'what failed is not measured');
});
