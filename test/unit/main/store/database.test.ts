import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import {
  DatabaseDamagedError,
  DatabaseTooNewError,
  type Db,
  openDatabase,
} from '../../../../main/store/database.ts';
import { migrations } from '../../../../main/store/migrations/index.ts';
import { tempDir } from '../../../support/temp.ts';

const pathFor = (t: TestContext): string => join(tempDir(t), 'node.db');
const ask = (db: Db, pragma: string): unknown => db.pragma(pragma, { simple: true });

function open(t: TestContext, path: string): Db {
  const db = openDatabase(path);
  t.after(() => db.close());
  return db;
}

/** Everything but the bookkeeping of the pages. */
const schemaOf = (db: Db): unknown[] =>
  db
    .prepare(
      "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .all();

test('every open is durable and overwrites what is deleted: WAL, synchronous = FULL, secure_delete, also when it is opened again', (t) => {
  const path = pathFor(t);
  for (let turn = 0; turn < 3; turn++) {
    const db = openDatabase(path);
    assert.equal(ask(db, 'journal_mode'), 'wal');
    assert.equal(ask(db, 'synchronous'), 2, 'FULL');
    assert.equal(ask(db, 'foreign_keys'), 1);
    assert.equal(ask(db, 'secure_delete'), 1);
    db.close();
  }
});

test('a new database has the newest schema', (t) => {
  assert.equal(ask(open(t, pathFor(t)), 'user_version'), migrations.length);
});

test('what was committed is there after it is opened again', (t) => {
  const path = pathFor(t);
  const db = openDatabase(path);
  db.exec("INSERT INTO meta (key, value) VALUES ('a', 'b')");
  db.close();
  assert.deepEqual(open(t, path).prepare('SELECT value FROM meta').get(), { value: 'b' });
});

for (let from = 0; from < migrations.length; from++)
  test(`a database of schema ${from} becomes one like a new one, and keeps a copy of what it was`, (t) => {
    const path = pathFor(t);
    const old = new SQLite(path);
    for (const sql of migrations.slice(0, from)) old.exec(sql);
    old.pragma(`user_version = ${from}`);
    old.close();
    const migrated = open(t, path);
    assert.equal(ask(migrated, 'user_version'), migrations.length);
    assert.deepEqual(schemaOf(migrated), schemaOf(open(t, pathFor(t))));
    assert.equal(existsSync(`${path}.before-schema-${migrations.length}`), from > 0);
  });

test('a migration that fails midway leaves nothing behind', (t) => {
  const path = pathFor(t);
  const old = new SQLite(path);
  old.exec('CREATE TABLE federation_server_keys (x)');
  old.close();
  assert.throws(() => openDatabase(path), /already exists/);
  const after = new SQLite(path);
  t.after(() => after.close());
  assert.equal(ask(after, 'user_version'), 0);
  assert.deepEqual(
    schemaOf(after).map((row) => (row as { name: string }).name),
    ['federation_server_keys'],
  );
});

test('a database of a newer program is refused with a sentence, and not a byte of it changes', (t) => {
  const path = pathFor(t);
  const db = openDatabase(path);
  db.pragma(`user_version = ${migrations.length + 1}`);
  db.close();
  const before = readFileSync(path);
  assert.throws(
    () => openDatabase(path),
    (error) =>
      error instanceof DatabaseTooNewError &&
      /newer version/.test(error.message) &&
      error.message.includes(path),
  );
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(join(path, '..')), ['node.db']);
});

function filled(path: string): Buffer {
  const db = openDatabase(path);
  const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  for (let at = 0; at < 500; at++) put.run(`key ${at}`, 'x'.repeat(500));
  db.close();
  return readFileSync(path);
}

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'a file that is no database': () => Buffer.from('This was a database once.'.repeat(400)),
  'a damaged header': (bytes) => Buffer.concat([Buffer.alloc(100, 0xff), bytes.subarray(100)]),
  'a page overwritten': (bytes) => Buffer.concat([bytes.subarray(0, -8192), Buffer.alloc(8192, 0xa5)]),
  'a file cut short': (bytes) => bytes.subarray(0, Math.floor(bytes.length / 2)),
};

for (const [what, damage] of Object.entries(damages))
  test(`${what} is noticed at start, and not a byte of it changes`, (t) => {
    const path = pathFor(t);
    const bytes = damage(filled(path));
    writeFileSync(path, bytes);
    assert.throws(
      () => openDatabase(path),
      (error) =>
        error instanceof DatabaseDamagedError && /backup/.test(error.message) && error.message.includes(path),
    );
    assert.deepEqual(readFileSync(path), bytes);
  });
