import assert from 'node:assert/strict';
import { openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { readStartFlags } from '../../../main/start/flags.ts';
import { type RepairProgress, repair } from '../../../main/start/repair.ts';
import { DatabaseCheck } from '../../../main/store/check/database-check.ts';
import { damageIn } from '../../../main/store/check/mend.ts';
import { lookOnThread } from '../../../main/store/check/slices.ts';
import { Store } from '../../../main/store/store.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const database = (dir: string) => join(dir, 'node.db');

/** A node with a room, a message and a reaction, stopped. With PostgreSQL, a damaged file is only a copy (postgres.test.ts). */
async function stopped(t: TestContext, onFile = true) {
  const node = await startLocalNode(t, { name: 'a.test', onFile });
  const { room_id } = await node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const { event_id } = await node.api.postMessage({ room_id, body: 'hello' });
  await node.api.react({ room_id, event_id, emoji: '👍' });
  const before = await node.api.timeline({ room_id });
  await node.stop();
  return { dataDir: node.dataDir, room_id, before };
}

function change(dataDir: string, sql: string): void {
  const db = new SQLite(database(dataDir));
  db.exec(sql);
  db.close();
}

async function repaired(dataDir: string) {
  const progress: RepairProgress[] = [];
  const report = await repair(readStartFlags({ dataDir }, dataDir), (each) => progress.push(each));
  return { report, progress };
}

test('an empty projection is noticed at the start and rebuilt', async (t) => {
  for (const table of ['messages', 'room_members', 'room_member_facts']) {
    const { dataDir, room_id, before } = await stopped(t, false);
    change(dataDir, `DELETE FROM ${table}`);
    const again = await startLocalNode(t, { name: 'a.test', dataDir });
    assert.deepEqual(await again.api.timeline({ room_id }), before, table);
    assert.equal((await again.api.members({ room_id })).items.length, 1, table);
  }
});

/** A check of a stopped node's database, on a clock of its own. */
function checkOf(t: TestContext, dataDir: string, clock = new VirtualClock(), damaged?: string) {
  const store = new Store(database(dataDir), { ...systemPorts, clock });
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= store.close();
    return closed;
  };
  t.after(close);
  const rebuilt: string[] = [];
  const looked: string[] = [];
  const look = lookOnThread(database(dataDir));
  /** How long looking at a table takes. */
  const slow = { ms: 0 };
  const check = new DatabaseCheck({
    store,
    clock,
    look: async (slice) => {
      if (slow.ms > 0) await new Promise<void>((resolve) => clock.after(slow.ms, resolve));
      looked.push(slice.kind === 'table' ? slice.table : `all ${slice.kind}`);
      return slice.kind === 'table' && slice.table === damaged ? { damage: 'torn' } : look(slice);
    },
    rebuild: async (roomId) => void rebuilt.push(roomId),
    log: { error: () => {}, warn: () => {} },
  });
  return { store, close, check, rebuilt, looked, slow };
}

test('a check that is in progress when the node stops keeps nothing, and does not fail', async (t) => {
  const { dataDir } = await stopped(t);
  for (const steps of [0, 1]) {
    const clock = new VirtualClock();
    const { close, check, looked, slow } = checkOf(t, dataDir, clock);
    for (let n = 0; n < steps; n++) await check.step();
    slow.ms = 1_000;
    const step = check.step();
    check.stop();
    await close();
    await clock.advance(1_000);
    await step;
    assert.equal(looked.length, steps + 1);
  }
});

test('the check in the background visits every table once, continues after a restart, and then rests for a week', async (t) => {
  const { dataDir } = await stopped(t);
  const clock = new VirtualClock();
  const first = checkOf(t, dataDir, clock);
  for (let step = 0; step < 5; step++) await first.check.step();
  const second = checkOf(t, dataDir, clock);
  for (let step = 0; step < 100; step++) await second.check.step();
  const tables = [...first.looked, ...second.looked].filter((name) => name !== 'all list');
  assert.equal(new Set(tables).size, tables.length, 'none twice');
  for (const name of ['federation_events', 'messages', 'rooms']) assert.ok(tables.includes(name), name);
  assert.deepEqual(second.rebuilt, []);
  assert.equal(second.store.disk.trouble, null);
  clock.setWallClock(clock.now() + 8 * 86_400_000);
  await second.check.step();
  assert.equal(second.looked.at(-1), 'all list');
});

test('a projection with a different number of messages than events is found in the background', async (t) => {
  const { dataDir, room_id } = await stopped(t);
  change(dataDir, 'DELETE FROM reactions');
  const { check, rebuilt } = checkOf(t, dataDir);
  for (let step = 0; step < 80; step++) await check.step();
  assert.deepEqual(rebuilt, [room_id]);
});

/** Overwrites the root page of a table's or an index's tree. */
function damage(dataDir: string, name: string): void {
  const db = new SQLite(database(dataDir));
  const page = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(name) as number;
  const size = Number(db.pragma('page_size', { simple: true }));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const file = openSync(database(dataDir), 'r+');
  writeSync(file, Buffer.alloc(size, 0xaa), 0, size, (page - 1) * size);
}

test('damage is a finding until the table is intact again, also after a restart', async (t) => {
  const { dataDir } = await stopped(t);
  const clock = new VirtualClock();
  const first = checkOf(t, dataDir, clock, 'messages');
  for (let step = 0; step < 80; step++) await first.check.step();
  assert.equal(first.store.disk.trouble, 'damaged');
  await first.store.writer.write(() => {});
  assert.equal(first.store.disk.trouble, 'damaged', 'another write proves nothing');

  const second = checkOf(t, dataDir, clock);
  second.check.start();
  t.after(() => second.check.stop());
  assert.equal(second.store.disk.trouble, 'damaged');
  clock.setWallClock(clock.now() + 8 * 86_400_000);
  for (let step = 0; step < 80; step++) await second.check.step();
  assert.equal(second.store.disk.trouble, null);
});

test('damage found while the check is idle starts another check, and is a finding until a check finds nothing', async (t) => {
  const clock = new VirtualClock();
  const store = new Store(join(tempDir(t), 'node.db'), { ...systemPorts, clock });
  t.after(() => store.close());
  let passes = 0;
  const check = new DatabaseCheck({
    store,
    clock,
    look: async ({ kind }) => {
      if (kind === 'list') passes++;
      return kind === 'list' ? { tables: ['rooms', 'messages'] } : {};
    },
    rebuild: async () => {},
    log: { error: () => {}, warn: () => {} },
  });
  const steps = async (count: number) => {
    for (let step = 0; step < count; step++) await check.step();
  };
  await steps(10);
  assert.equal(passes, 1);
  store.disk.note({ code: 'SQLITE_CORRUPT' });
  await steps(2);
  store.disk.note({ code: 'SQLITE_CORRUPT' });
  await steps(2);
  assert.deepEqual([passes, store.disk.trouble], [2, 'damaged'], 'met again during the check');
  await steps(10);
  assert.deepEqual([passes, store.disk.trouble], [3, null]);
});

test('a page that cannot be read is found by the check of its table', async (t) => {
  const { dataDir } = await stopped(t);
  damage(dataDir, 'federation_events_about');
  const answer = await lookOnThread(database(dataDir))({ kind: 'table', table: 'federation_events' });
  assert.match(answer.damage ?? '', /malformed|tree|page/i);
});

test('repair rebuilds indexes and rooms, says what it did, and can run again afterwards', async (t) => {
  const { dataDir, room_id, before } = await stopped(t);
  change(dataDir, "UPDATE messages SET sender = '@forged:a.test'");
  damage(dataDir, 'federation_events_about');
  const { report, progress } = await repaired(dataDir);
  assert.ok(report.damage_before.length > 0);
  assert.deepEqual(report.damage_after, []);
  assert.ok(report.damaged_file !== null && statSync(report.damaged_file).size > 0);
  assert.deepEqual(report.rooms_changed, [room_id]);
  assert.deepEqual(
    [...new Set(progress.map(({ step }) => step))],
    ['check', 'indexes', 'check_again', 'rooms'],
  );
  for (const step of ['check', 'indexes', 'check_again'] as const) {
    const counts = progress.filter((each) => each.step === step);
    const total = counts[0]?.total ?? 0;
    assert.ok(total > 20, `${step} has numbers`);
    assert.deepEqual(
      counts.map(({ done }) => done),
      Array.from({ length: total + 1 }, (_, done) => done),
    );
  }
  const again = await repaired(dataDir);
  assert.deepEqual([again.report.damage_before, again.report.rooms_changed], [[], []]);
  const node = await startLocalNode(t, { name: 'a.test', dataDir });
  assert.deepEqual(await node.api.timeline({ room_id }), before);
});

test('repair also finds a page that belongs to no table', async (t) => {
  const { dataDir } = await stopped(t);
  const db = new SQLite(database(dataDir));
  db.unsafeMode();
  db.exec(
    `CREATE TABLE lost (a); PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'lost'`,
  );
  db.close();
  assert.match(damageIn(database(dataDir), () => {}).join('\n'), /^.*Page \d+:? (is )?never used$/m);
});

test('repair leaves what it can’t repair, and says so', async (t) => {
  const { dataDir } = await stopped(t);
  damage(dataDir, 'federation_events');
  const { report } = await repaired(dataDir);
  assert.ok(report.damage_after.length > 0);
  assert.equal(report.rooms, 0);
});

test('repair refuses a folder without a database, and one that a node is using', async (t) => {
  const empty = tempDir(t);
  await assert.rejects(repaired(empty), { code: 'NOT_FOUND' });
  const node = await startLocalNode(t, { name: 'a.test' });
  const size = statSync(database(node.dataDir)).size;
  await assert.rejects(repaired(node.dataDir), { code: 'DATA_IN_USE' });
  assert.equal(readFileSync(database(node.dataDir)).length, size);
});
