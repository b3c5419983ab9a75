import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../../main/kernel/system-ports.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';

test('no statement of the store reads all events, and none counts by reading a whole room', async (t) => {
  const prepared = new Set<string>();
  const { prepare } = SQLite.prototype;
  SQLite.prototype.prepare = function (this: SQLite.Database, sql: string) {
    prepared.add(sql);
    return prepare.call(this, sql);
  } as typeof prepare;
  t.after(() => {
    SQLite.prototype.prepare = prepare;
  });
  const path = join(tempDir(t), 'node.db');
  await new Store(path, systemPorts).close();
  assert.ok(prepared.size > 100);

  const db = openDatabase(path);
  t.after(() => db.close());
  const planOf = (sql: string): string =>
    db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(sql.match(/\?/g) ?? []).map(() => null))
      .map(({ detail }) => detail)
      .join(' | ');
  const slow = [...prepared].filter((sql) => {
    if (!sql.includes('federation_events')) return false;
    const plan = planOf(sql);
    const readsAll = /SCAN (federation_events|e)\b/.test(plan);
    const countsRoom = /count\(/.test(sql) && plan.includes('federation_events_by_arrival');
    return readsAll || countsRoom;
  });
  assert.deepEqual(slow, []);
});
