import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite, { type Database } from 'better-sqlite3';
import { migrate } from '../../../../main/store/migrate.ts';
import { tempDir } from '../../../support/temp.ts';

const first = 'CREATE TABLE words (word TEXT)';
const second = 'ALTER TABLE words ADD COLUMN length INTEGER; UPDATE words SET length = octet_length(word)';
const released = { first: 100, migrations: [first] };
const next = { first: 100, migrations: [first, second] };

function file(t: TestContext): { db: Database; path: string } {
  const path = join(tempDir(t), 'node.db');
  const db = new SQLite(path);
  t.after(() => db.close());
  return { db, path };
}
const schemaOf = (db: Database) => db.pragma('user_version', { simple: true });
const rowsOf = (db: Database) => db.prepare('SELECT * FROM words').all();

test('an empty database gets the newest schema, and no copy', (t) => {
  const { db, path } = file(t);
  migrate(next, db, path);
  assert.equal(schemaOf(db), 101);
  assert.deepEqual(rowsOf(db), []);
  assert.deepEqual(readdirSync(join(path, '..')), ['node.db']);
});

test('a database of an older schema gets the migrations that it lacks, and is copied before that', (t) => {
  const { db, path } = file(t);
  migrate(released, db, path);
  db.exec("INSERT INTO words VALUES ('four')");
  migrate(next, db, path);
  assert.equal(schemaOf(db), 101);
  assert.deepEqual(rowsOf(db), [{ word: 'four', length: 4 }]);
  const copy = new SQLite(`${path}.before-schema-101`, { readonly: true });
  t.after(() => copy.close());
  assert.equal(schemaOf(copy), 100);
  assert.deepEqual(rowsOf(copy), [{ word: 'four' }]);
});

test('a database of the newest schema is neither changed nor copied', (t) => {
  const { db, path } = file(t);
  migrate(released, db, path);
  migrate(released, db, path);
  assert.equal(schemaOf(db), 100);
  assert.ok(!existsSync(`${path}.before-schema-100`));
});

test('a migration that fails midway leaves nothing behind', (t) => {
  const { db, path } = file(t);
  migrate(released, db, path);
  db.exec("INSERT INTO words VALUES ('four')");
  const failing = { first: 100, migrations: [first, `${second}; SELECT json(word) FROM words`] };
  assert.throws(() => migrate(failing, db, path), /malformed JSON/);
  assert.equal(schemaOf(db), 100);
  assert.deepEqual(rowsOf(db), [{ word: 'four' }]);
});
