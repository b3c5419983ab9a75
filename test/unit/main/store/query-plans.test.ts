import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';

/** Every statement of a store, with SQLite's query plan. */
async function plansFor(t: TestContext): Promise<Map<string, string>> {
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
  const namesIn = (sql: string) =>
    [...sql.matchAll(/[@:$]([a-z]\w*)/gi)].map(([, name]) => [name, null] as const);
  const planOf = (sql: string): string =>
    db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...(sql.match(/\?/g) ?? []).map(() => null), Object.fromEntries(namesIn(sql)))
      .map(({ detail }) => detail)
      .join(' | ');
  return new Map(
    [...prepared].filter((sql) => sql.includes('federation_events')).map((sql) => [sql, planOf(sql)]),
  );
}

test('no statement of the store reads all events, and none counts by reading a whole room', async (t) => {
  const slow = [...(await plansFor(t))].filter(([sql, plan]) => {
    const readsAll = /SCAN (federation_events|e)\b/.test(plan);
    // A count with a limit is not of a whole room.
    const countsRoom =
      /count\(/.test(sql) && !/LIMIT \?\)/.test(sql) && plan.includes('federation_events_by_arrival');
    return readsAll || countsRoom;
  });
  assert.deepEqual(slow, []);
});

test('finding what decides about a message or an invite takes one index lookup, without sorting', async (t) => {
  const plans = [...(await plansFor(t))];
  const about = 'federation_events_about (target=? AND room_id=? AND event_type=? AND sender=? AND state=?)';
  const expected = {
    // For one key, and for many at once.
    'ORDER BY e.depth DESC, e.event_id DESC LIMIT 2)': [about, 2],
    'INDEXED BY federation_events_about': [about, 2],
    'INDEXED BY federation_events_deletes': [
      'federation_events_deletes (target=? AND room_id=? AND origin_server=?)',
      2,
    ],
    "IN ('m.member.invite', 'm.member.uninvite')\n         ORDER BY depth DESC": [
      'federation_events_invites (room_id=? AND subject=?)',
      1,
    ],
  } as const;
  for (const [part, [index, count]] of Object.entries(expected)) {
    const found = plans.filter(([sql]) => sql.includes(part));
    assert.equal(found.length, count, part);
    for (const [, plan] of found) {
      assert.ok(plan.includes(index), plan);
      assert.doesNotMatch(plan, /SEARCH [^|]* \| USE TEMP B-TREE/);
    }
  }
});

test('for a page of owed receipts, the attempts of an event are not read again for each destination', async (t) => {
  const plans = [...(await plansFor(t))].filter(([sql]) => sql.includes('o.at AS marked_at'));
  assert.equal(plans.length, 1);
  for (const [, plan] of plans) assert.doesNotMatch(plan, /CORRELATED/);
});
