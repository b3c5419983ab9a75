import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import {
  DatabaseDamagedError,
  DatabaseForeignSchemaError,
  type Db,
  openDatabase,
} from '../../../../main/store/database.ts';
import { DatabaseTooNewError, DatabaseUnreleasedError } from '../../../../main/store/migrate.ts';
import { currentSchema } from '../../../../main/store/migrations/index.ts';
import { asOrdinaryUser } from '../../../support/daemons/ordinary-user.ts';
import { tempDir } from '../../../support/temp.ts';

const pathFor = (t: TestContext): string => join(tempDir(t), 'node.db');
const ask = (db: Db, pragma: string): unknown => db.pragma(pragma, { simple: true });

function open(t: TestContext, path: string): Db {
  const db = openDatabase(path);
  t.after(() => db.close());
  return db;
}

test('every open is durable and overwrites deleted texts: WAL, synchronous = FULL, secure_delete, also when it is repeated', (t) => {
  const path = pathFor(t);
  for (let turn = 0; turn < 3; turn++) {
    const db = openDatabase(path);
    assert.equal(ask(db, 'journal_mode'), 'wal');
    assert.equal(ask(db, 'synchronous'), 2, 'FULL');
    assert.equal(ask(db, 'foreign_keys'), 1);
    assert.equal(ask(db, 'secure_delete'), 1);
    assert.equal(ask(db, 'trusted_schema'), 0);
    db.close();
  }
});

test('a new database has the newest schema', (t) => {
  assert.equal(ask(open(t, pathFor(t)), 'user_version'), currentSchema);
});

test('committed rows are there after the database is opened again', (t) => {
  const path = pathFor(t);
  const db = openDatabase(path);
  db.exec("INSERT INTO meta (key, value) VALUES ('a', 'b')");
  db.close();
  assert.deepEqual(open(t, path).prepare('SELECT value FROM meta').get(), { value: 'b' });
});

for (const [whose, schema, kind, sentence] of [
  ['of a newer program', currentSchema + 1, DatabaseTooNewError, /newer version/],
  ['of a development version', 32, DatabaseUnreleasedError, /never released.* --new-database/],
] as const)
  test(`a database ${whose} is refused with a sentence, and not a byte of it changes`, (t) => {
    const path = pathFor(t);
    const db = openDatabase(path);
    db.pragma(`user_version = ${schema}`);
    db.close();
    const before = readFileSync(path);
    assert.throws(
      () => openDatabase(path),
      (error) => error instanceof kind && sentence.test(error.message) && error.message.includes(path),
    );
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(readdirSync(join(path, '..')), ['node.db']);
  });

/** Things that someone could put into a file that they give to others. */
const foreign: Readonly<Record<string, string>> = {
  'a trigger': `CREATE TRIGGER mine AFTER INSERT ON federation_events
    BEGIN INSERT INTO federation_peer_trust_state (server_name) VALUES ('evil.test'); END`,
  'a trigger in place of ours': `DROP TRIGGER erasures_due_once_sent;
    CREATE TRIGGER erasures_due_once_sent AFTER DELETE ON federation_outbound_queue BEGIN SELECT 1; END`,
  'a view': 'CREATE VIEW more AS SELECT * FROM meta',
  'a view in place of a table':
    "ALTER TABLE meta RENAME TO was; CREATE VIEW meta AS SELECT 'life' AS key, 'x' AS value",
  'a generated column': "ALTER TABLE users ADD COLUMN more TEXT AS (replace(id, 'a', 'b'))",
  'a default': 'ALTER TABLE users ADD COLUMN more TEXT DEFAULT (random())',
  'a table': 'CREATE TABLE more (x)',
  'an index of an expression': 'CREATE INDEX more ON meta (lower(key))',
  'a table of a module': "CREATE VIRTUAL TABLE more USING dbstat('main')",
  'a trigger with a name of SQLite’s': `CREATE TRIGGER mine AFTER INSERT ON meta BEGIN SELECT 1; END;
    PRAGMA writable_schema = ON;
    UPDATE sqlite_master SET name = 'sqlite_mine', sql = replace(sql, 'mine', 'sqlite_mine') WHERE name = 'mine'`,
  'an index removed': 'DROP INDEX federation_events_about',
};

for (const [what, sql] of Object.entries(foreign))
  test(`a database with ${what} is refused with a sentence, and nothing in it changes`, (t) => {
    const path = pathFor(t);
    filled(path);
    const db = new SQLite(path);
    db.unsafeMode(true);
    db.pragma('journal_mode = DELETE');
    db.exec(sql);
    db.close();
    const before = new SQLite(path, { readonly: true });
    const rows = before.prepare('SELECT * FROM sqlite_master').all();
    before.close();
    assert.throws(
      () => openDatabase(path),
      (error) => error instanceof DatabaseForeignSchemaError && error.message.includes(path),
    );
    const after = new SQLite(path, { readonly: true });
    t.after(() => after.close());
    assert.deepEqual(after.prepare('SELECT * FROM sqlite_master').all(), rows);
  });

test('a database is only readable by its owner in a folder that everyone can read, and so are its logs', (t) => {
  const was = process.umask(0o022);
  t.after(() => process.umask(was));
  const dir = tempDir(t);
  chmodSync(dir, 0o755);
  const path = join(dir, 'node.db');
  const modes = () =>
    readdirSync(dir).map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)]);
  const isPrivate = [
    ['node.db', '600'],
    ['node.db-shm', '600'],
    ['node.db-wal', '600'],
  ];
  const db = openDatabase(path);
  assert.deepEqual(modes(), isPrivate);
  // A run that was killed leaves the files like this, with the modes of an earlier version.
  for (const [name = ''] of isPrivate) {
    cpSync(join(dir, name), join(dir, name.replace('node', 'left')));
    chmodSync(join(dir, name.replace('node', 'left')), 0o644);
  }
  db.close();
  open(t, join(dir, 'left.db'));
  assert.deepEqual(
    modes().filter(([name]) => name !== 'node.db'),
    isPrivate.map(([name = '', mode]) => [name.replace('node', 'left'), mode]),
  );
});

test('a database copied from a read-only backup can be written to', (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'node.db');
  chmodSync(dir, 0o777);
  asOrdinaryUser(() => {
    openDatabase(path).close();
    chmodSync(path, 0o400);
    const db = openDatabase(path, true);
    db.exec("INSERT INTO meta (key, value) VALUES ('a', 'b')");
    db.close();
  });
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

test('a pipe in place of the database is refused at once', (t) => {
  const path = pathFor(t);
  execFileSync('mkfifo', [path]);
  for (const mustHoldData of [false, true])
    assert.throws(
      () => openDatabase(path, mustHoldData),
      (error) => error instanceof DatabaseDamagedError && /n[o’]t a regular file/.test(error.message),
    );
});

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
