import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import type { Meter } from '../../../../main/kernel/meter.ts';
import { Writer } from '../../../../main/store/writer.ts';
import { tempDir } from '../../../support/temp.ts';

test('a disk that fails a commit is noted, and so is one that works', async (t) => {
  const db = new SQLite(':memory:');
  t.after(() => db.close());
  const steps: string[] = [];
  const disk = { note: (error: unknown) => steps.push(String(error)), worked: () => steps.push('worked') };
  const writer = new Writer(
    db,
    (turn) => turn(),
    () => steps.push('undone'),
    () => {},
    disk as never,
  );
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
  const [db, reader] = [new SQLite(path), new SQLite(path)];
  t.after(() => reader.close());
  const asked: string[] = [];
  const pragma = db.pragma.bind(db);
  db.pragma = (source: string, options?: object) => {
    asked.push(source);
    return pragma(source, options);
  };
  pragma('journal_mode = WAL');
  pragma('busy_timeout = 1234');
  db.exec('CREATE TABLE jobs (name TEXT)');
  const writer = new Writer(
    db,
    (turn) => turn(),
    () => {},
    () => {},
  );
  const insert = db.prepare('INSERT INTO jobs VALUES (?)');
  await writer.write(() => insert.run('a'));
  assert.ok(statSync(`${path}-wal`).size > 0);
  assert.equal(writer.emptyLog(), true);
  assert.equal(statSync(`${path}-wal`).size, 0);
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM jobs').all();
  await writer.write(() => insert.run('b'));
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
  const db = new SQLite(path);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE jobs (name TEXT)');
  const writer = new Writer(
    db,
    (turn) => turn(),
    () => {},
    () => {},
  );
  const insert = db.prepare('INSERT INTO jobs VALUES (?)');
  await writer.write(() => insert.run('a'));
  const [size, log] = [statSync(path).size, statSync(`${path}-wal`).size];
  writer.moveLog();
  assert.ok(statSync(path).size > size);
  assert.equal(statSync(`${path}-wal`).size, log);
  await writer.close();
  assert.doesNotThrow(() => writer.moveLog());
});

test('the time of deciding and of a commit is measured, and how many jobs shared it', async (t) => {
  const db = new SQLite(':memory:');
  t.after(() => db.close());
  const measured: string[] = [];
  const turns: (() => void)[] = [];
  const meter: Meter = {
    begin: (step) => {
      measured.push(`begin ${step}`);
      return () => void measured.push(`end ${step}`);
    },
    together: (group, events) => void measured.push(`${group} ${events}`),
  };
  const writer = new Writer(
    db,
    (turn) => turns.push(turn),
    () => {},
    () => {},
    null,
    meter,
  );
  const put = writer.together((items: readonly string[]) => () => items);
  const jobs = [put('a'), put('b')];
  turns.shift()?.();
  await Promise.all(jobs);
  const commit = ['begin commit', 'end commit', 'commit 2'];
  assert.deepEqual(measured.splice(0), ['begin decide', 'end decide', ...commit]);
  const failing = writer.write(() => {
    throw new Error('no');
  });
  turns.shift()?.();
  await assert.rejects(failing);
  assert.deepEqual(measured, ['begin commit'], 'what failed is not measured');
});
