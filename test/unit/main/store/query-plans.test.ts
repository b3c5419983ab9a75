import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { openDatabase } from '../../../../main/store/database.ts';
import { Store } from '../../../../main/store/store.ts';
import { tempDir } from '../../../support/temp.ts';

/** Every statement of a store that names one of these tables, with SQLite's query plan. */
async function plansFor(t: TestContext, ...named: string[]): Promise<Map<string, string>> {
  const prepared = new Set<string>();
  const { prepare } = SQLite.prototype;
  SQLite.prototype.prepare = function (this: SQLite.Database, sql: string) {
    prepared.add(sql.replaceAll(/\s+/g, ' '));
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
    [...prepared]
      .filter((sql) => (named.length > 0 ? named : ['federation_events']).some((name) => sql.includes(name)))
      .map((sql) => [sql, planOf(sql)]),
  );
}

test('no statement of the store reads all events, or counts by reading a whole room', async (t) => {
  const slow = [...(await plansFor(t))].filter(([sql, plan]) => {
    // Looking for texts that can't be read is for `repair`, on a stopped node.
    const readsAll = /SCAN (federation_events|e)\b/.test(plan) && !sql.includes('json_valid');
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
    'ORDER BY depth DESC, event_id DESC LIMIT 2': [about, 1],
    'INDEXED BY federation_events_about WHERE room_id': [about, 2],
    "event_type = 'm.channel.delete' AND state = 1": [
      'federation_events_about (target=? AND room_id=? AND event_type=?)',
      1,
    ],
    'INDEXED BY federation_events_deletes': [
      'federation_events_deletes (target=? AND room_id=? AND origin_server=?)',
      2,
    ],
    "IN ('m.member.invite', 'm.member.uninvite') ORDER BY depth DESC": [
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

test('the invites that a peer may have lost are found without reading those of others', async (t) => {
  const plans = [...(await plansFor(t, 'room_invites', 'federation_events_invited'))];
  const of = plans.filter(([sql]) => sql.includes('4 * $limit'));
  const by = plans.filter(([sql]) => sql.includes('INDEXED BY federation_events_invited'));
  assert.deepEqual([of.length, by.length], [1, 1]);
  assert.match(of[0]?.[1] ?? '', /room_invites USING INDEX room_invites_by_home \(home=\? AND status=\?\)/);
  assert.doesNotMatch(of[0]?.[1] ?? '', /SCAN room_invites/);
  assert.match(by[0]?.[1] ?? '', /INDEX federation_events_invited \(<expr>=\? AND event_type=\?\)/);
  assert.doesNotMatch(by[0]?.[1] ?? '', /SEARCH federation_events [^|]* \| USE TEMP B-TREE FOR ORDER BY/);
});

test('a page of a destination’s queue, and of the list of rooms, is read without sorting or reading the rest', async (t) => {
  const plans = [...(await plansFor(t, 'federation_outbound_queue', 'rooms', 'room_members'))];
  const planOf = (...parts: string[]) => {
    const found = plans.filter(([sql]) => parts.every((part) => sql.includes(part)));
    assert.equal(found.length, 1, parts.join(' … '));
    return found[0]?.[1] ?? '';
  };
  const pages = [
    planOf('SELECT q.id, e.event_id, e.body', 'UNION ALL'),
    planOf('SELECT id, enqueued_at', 'UNION ALL'),
    planOf("state = 'dead'", 'UNION ALL'),
  ];
  for (const plan of pages) {
    assert.match(plan, /MERGE \(UNION ALL\)/);
    assert.doesNotMatch(plan, /SCAN federation_outbound_queue/);
    // The index says where to begin in each state.
    assert.match(plan, /federation_outbound_queue_by_state \(destination=\? AND state=\? AND rowid>\?\)/);
  }
  assert.match(
    planOf('sum(state', 'GROUP BY destination'),
    /COVERING INDEX federation_outbound_queue_by_state/,
  );
  assert.match(planOf('FROM rooms', 'created_at >= ?'), /^SEARCH rooms USING INDEX rooms_by_creation/);
  for (const plan of [planOf('UNION SELECT room_id'), planOf('WHERE server = ? GROUP BY room_id')])
    assert.doesNotMatch(plan, /SCAN (rooms|room_members)/);
});

test('for a page of owed receipts, the attempts of an event are not read again for each destination', async (t) => {
  const plans = [...(await plansFor(t))].filter(([sql]) => sql.includes('o.at AS marked_at'));
  assert.equal(plans.length, 1);
  for (const [, plan] of plans) assert.doesNotMatch(plan, /CORRELATED/);
});

test('events that nobody is shown are read from an index of their own, however many reactions there are', async (t) => {
  const plans = [...(await plansFor(t))].filter(([sql]) => sql.includes("event_type NOT IN ('m.message', "));
  assert.equal(plans.length, 2);
  for (const [sql, plan] of plans) assert.match(plan, /federation_events_spare \(room_id=/, sql);
});

test('a room’s events by depth, and its timeline, are read from two indexes without sorting', async (t) => {
  const plans = [...(await plansFor(t, 'federation_events', 'messages'))];
  const sorted = plans.filter(
    ([sql, plan]) => /ORDER BY (e\.)?depth/.test(sql) && /USE TEMP B-TREE FOR (LAST|ORDER)/.test(plan),
  );
  // The unread messages of a channel are at most 200.
  const mayCollect = /json_each|NOT EXISTS|subject|LIMIT 200/;
  assert.deepEqual(
    sorted.filter(([sql]) => !mayCollect.test(sql)),
    [],
  );
  // Done once, when the owner no longer wants earlier versions.
  const scanned = plans.filter(
    ([sql, plan]) => /SCAN (m|messages)\b/.test(plan) && !sql.includes('edited_at IS NOT NULL'),
  );
  assert.deepEqual(scanned, [], 'no statement reads all messages');
  const byDepth = plans.filter(([sql]) => sql.includes("event_type <> 'm.message' AND"));
  assert.ok(byDepth.length >= 7);
  for (const [sql, plan] of byDepth) {
    assert.match(plan, /federation_events_messages \(room_id=/, sql);
    assert.match(plan, /federation_events_by_depth \(room_id=/, sql);
  }
});

test('the pictures of a room or a person, and later messages of a direct chat, are found without a scan', async (t) => {
  const plans = [...(await plansFor(t, 'pictures', 'hidden_rooms'))];
  assert.ok(plans.length > 10);
  assert.deepEqual(
    plans.filter(([, plan]) => /SCAN (?!CONSTANT)/.test(plan)),
    [],
  );
});
