import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { migrations, spaceSchema } from '../../../../main/store/migrations/index.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';

const pathFor = (t: TestContext): string => join(tempDir(t), 'node.db');
const vacuumMode = (path: string): unknown => {
  const db = openDatabase(path);
  const mode = db.pragma('auto_vacuum', { simple: true });
  db.close();
  return mode;
};

/** Adds, and removes, 24 MB. */
async function swell(store: Store): Promise<void> {
  const keys = Array.from({ length: 24 }, (_, n) => `key ${n}`);
  await store.writer.write(() => {
    for (const key of keys) store.meta.put(key, 'x'.repeat(1_000_000));
  });
  await store.writer.write(() => {
    for (const key of keys) store.meta.put(key, '');
  });
}

test('the space of what was removed is returned while the node runs, but for 4 MB', async (t) => {
  const path = pathFor(t);
  const store = new Store(path, systemPorts);
  t.after(() => store.close());
  await swell(store);
  assert.ok((await store.space.giveBack()) > 4_500);
  assert.equal(await store.space.giveBack(), 0);
  assert.ok(store.writer.emptyLog());
  assert.ok(statSync(path).size < 6_000_000, `${statSync(path).size}`);
});

test('a small database of an older schema can return space once it was migrated, and keeps what it has', (t) => {
  const path = pathFor(t);
  const old = new SQLite(path);
  for (const sql of migrations.slice(0, spaceSchema - 1)) old.exec(sql);
  old.pragma(`user_version = ${spaceSchema - 1}`);
  old.exec("INSERT INTO meta (key, value) VALUES ('kept', 'yes')");
  old.close();
  assert.equal(vacuumMode(path), 2);
  const db = openDatabase(path);
  t.after(() => db.close());
  assert.equal(db.prepare("SELECT value FROM meta WHERE key = 'kept'").pluck().get(), 'yes');
});

test('a large database of an older schema is migrated without being rewritten, and still works', async (t) => {
  const path = pathFor(t);
  const old = new SQLite(path);
  old.pragma('synchronous = OFF');
  for (const sql of migrations.slice(0, spaceSchema - 1)) old.exec(sql);
  old.pragma(`user_version = ${spaceSchema - 1}`);
  old.exec("INSERT INTO meta (key, value) VALUES ('large', hex(zeroblob(55000000)))");
  old.close();
  assert.equal(vacuumMode(path), 0);
  const store = new Store(path, systemPorts);
  t.after(() => store.close());
  await swell(store);
  assert.equal(await store.space.giveBack(), 0);
});
