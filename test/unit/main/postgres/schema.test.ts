import assert from 'node:assert/strict';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import { createTables, tablesOf } from '../../../../main/postgres/schema.ts';
import { createFile } from '../../../../main/store/database.ts';

function translated(sql: string): string {
  const db = new SQLite(':memory:');
  db.exec(sql);
  return createTables(tablesOf(db)).split('CREATE OR REPLACE FUNCTION')[0]?.replace(/\s+/g, ' ') ?? '';
}

test('types, defaults, keys and checks of SQLite are the same in PostgreSQL', () => {
  const sql = translated(`
    CREATE TABLE a (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL DEFAULT 'it''s (' CHECK (name IN (')', 'b') AND (length(name) > 0)) UNIQUE,
      part REAL, bytes BLOB
    ) STRICT;
    ALTER TABLE a ADD COLUMN "order" INTEGER NOT NULL DEFAULT -1;
    CREATE TABLE b (x TEXT, y INTEGER REFERENCES a (id), PRIMARY KEY (y, x), UNIQUE (x)) STRICT, WITHOUT ROWID;
    CREATE INDEX a_by_name ON a (name);`);
  for (const line of [
    `CREATE TABLE "a" ( "id" bigint NOT NULL, "name" text NOT NULL DEFAULT 'it''s (', "part" double precision, "bytes" bytea, "order" bigint NOT NULL DEFAULT -1, PRIMARY KEY ("id"), UNIQUE ("name") DEFERRABLE INITIALLY DEFERRED, CHECK (name IN (')', 'b') AND (length(name) > 0)) );`,
    `CREATE TABLE "b" ( "x" text NOT NULL, "y" bigint NOT NULL, PRIMARY KEY ("y", "x"), UNIQUE ("x") DEFERRABLE INITIALLY DEFERRED );`,
    'ALTER TABLE "b" ADD FOREIGN KEY ("y") REFERENCES "a" ("id") DEFERRABLE INITIALLY DEFERRED;',
  ])
    assert.ok(sql.includes(line), `${line}\n${sql}`);
  assert.ok(!sql.includes('a_by_name'), 'the database is not read, so it needs no index for that');
});

test('a table that PostgreSQL would treat differently is a mistake of the program', () => {
  assert.throws(() => translated('CREATE TABLE a (id INTEGER PRIMARY KEY)'), /not STRICT/);
  assert.throws(() => translated('CREATE TABLE a (id INTEGER) STRICT'), /no primary key/);
  assert.throws(() => translated('CREATE TABLE a (id ANY PRIMARY KEY) STRICT'), /type ANY/);
  const deep = 'CREATE TABLE a (id INTEGER PRIMARY KEY CHECK (1 = ((((id)))))) STRICT';
  assert.throws(() => translated(deep), /unclear CHECK/);
});

test('every table of the current schema can be translated; tables of the file stay there', () => {
  const names = tablesOf(createFile(':memory:')).map(({ name }) => name);
  assert.ok(names.includes('federation_events'));
  assert.ok(!names.includes('copy_state'));
  assert.ok(!names.includes('sqlite_sequence'));
});
