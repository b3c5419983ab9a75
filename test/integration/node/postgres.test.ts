import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { CommandFailure, exitCodes } from '../../../main/start/failure.ts';
import { readStartFlags } from '../../../main/start/flags.ts';
import { repair } from '../../../main/start/repair.ts';
import { explained } from '../../../main/start/start-failure.ts';
import { databaseFor, noPostgres, runPostgresProgram } from '../../support/daemons/postgres.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { type LocalNodeOptions, startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const needs = { skip: noPostgres };
const name = 'a.test';
const shown = (url: string): string => `${new URL(url).host}${new URL(url).pathname}`;

/** Why a node does not start with these options. */
async function failure(t: TestContext, options: LocalNodeOptions): Promise<CommandFailure> {
  try {
    await startLocalNode(t, options);
  } catch (error) {
    const why = explained(error, readStartFlags({ dataDir: options.dataDir ?? '' }, '', {}));
    assert.ok(why instanceof CommandFailure, String(error));
    return why;
  }
  throw new Error('it started');
}

/** A node with a room, stopped. */
async function stopped(t: TestContext, database: string) {
  const dataDir = tempDir(t);
  const node = await startLocalNode(t, { name, dataDir, database });
  const { room_id } = await node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  await node.stop();
  return { dataDir, room_id };
}

test(
  'events that a node drops are gone from the database, also after a start with an empty folder',
  needs,
  async (t) => {
    const database = await databaseFor(t);
    const dataDir = tempDir(t);
    const clock = new LeapingClock();
    const ports = { ...systemPorts, clock };
    const node = await startLocalNode(t, { name, dataDir, database, ports });
    const { room_id } = await node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
    for (const body of ['one', 'two']) await node.api.postMessage({ room_id, body });
    await clock.leap(26 * 3_600_000);
    await node.api.postMessage({ room_id, body: 'three' });
    await node.api.limitRoom({ room_id, days: 1, megabytes: null });
    const shown = async (from: typeof node) =>
      (await from.api.timeline({ room_id })).items.map(({ body }) => body);
    await until([node], 'dropped', async () => {
      await clock.leap(60_000);
      return (await shown(node)).length === 1;
    });
    const { retention } = await node.api.room({ room_id });
    await node.stop();
    for (const file of ['node.db', 'node.db-wal', 'node.db-shm'])
      rmSync(join(dataDir, file), { force: true });
    const again = await startLocalNode(t, { name, dataDir, ports });
    assert.deepEqual(await shown(again), ['three']);
    assert.deepEqual((await again.api.room({ room_id })).retention, retention);
    const copy = new SQLite(join(dataDir, 'node.db'), { readonly: true });
    assert.equal(copy.prepare('SELECT count(*) FROM dropped_events').pluck().get(), 2);
    copy.close();
  },
);

test(
  'a node finds its data in the database that it remembers, also from an empty folder',
  needs,
  async (t) => {
    const database = await databaseFor(t);
    const { dataDir, room_id } = await stopped(t, database);
    assert.equal(statSync(join(dataDir, 'database.json')).mode & 0o777, 0o600);
    for (const lost of [[], ['node.db', 'node.db-wal', 'node.db-shm']]) {
      for (const file of lost) rmSync(join(dataDir, file), { force: true });
      const node = await startLocalNode(t, { name, dataDir });
      assert.deepEqual(
        (await node.api.rooms({})).items.map((room) => room.room_id),
        [room_id],
      );
      await node.stop();
    }
  },
);

test('neither status nor diagnostics show user and password of the database', needs, async (t) => {
  const database = await databaseFor(t);
  const node = await startLocalNode(t, { name, database });
  const status = await node.api.status({});
  assert.deepEqual(status.database, { engine: 'postgresql', place: shown(database), problem: null });
  const said = JSON.stringify([status, await node.api.diagnostics({}), await node.api.settings({})]);
  assert.doesNotMatch(said, /test-password|postgres:\/\//);
});

test('an empty database doesn’t seem to be the data of a server that has some', needs, async (t) => {
  const { dataDir } = await stopped(t, await databaseFor(t));
  for (const file of ['node.db', 'node.db-wal', 'node.db-shm']) rmSync(join(dataDir, file), { force: true });
  const empty = await databaseFor(t);
  const why = await failure(t, { name, dataDir, database: empty });
  assert.deepEqual([why.code, why.exitCode], ['DATABASE_MISSING', exitCodes.databaseNewer]);
  assert.match(why.message, /has an identity, but the database .* is empty/);
});

test('a folder with data of its own is neither moved nor replaced by a start', needs, async (t) => {
  const dataDir = tempDir(t);
  await (await startLocalNode(t, { name, dataDir, onFile: true })).stop();
  const before = readFileSync(join(dataDir, 'node.db'));
  const toEmpty = await failure(t, { name, dataDir, database: await databaseFor(t) });
  assert.match(toEmpty.message, /isn’t in the database .* run: paracord-node move-data --to/);
  const other = await databaseFor(t);
  await stopped(t, other);
  const toOther = await failure(t, { name, dataDir, database: other });
  assert.notEqual(toOther.exitCode, exitCodes.failure);
  assert.deepEqual(readFileSync(join(dataDir, 'node.db')), before);
  assert.equal(existsSync(join(dataDir, 'database.json')), false);
});

test('the identity of another server doesn’t get this data', needs, async (t) => {
  const database = await databaseFor(t);
  await stopped(t, database);
  const dataDir = tempDir(t);
  await (await startLocalNode(t, { name: 'b.test', dataDir, onFile: true })).stop();
  for (const file of readdirSync(dataDir)) if (file.startsWith('node.db')) rmSync(join(dataDir, file));
  const why = await failure(t, { name: 'b.test', dataDir, database });
  assert.deepEqual([why.code, why.exitCode], ['IDENTITY_FOREIGN', exitCodes.identityDiffers]);
  assert.equal(existsSync(join(dataDir, 'node.db')), false);
});

test('a copy doesn’t start without its database', needs, async (t) => {
  const { dataDir } = await stopped(t, await databaseFor(t));
  rmSync(join(dataDir, 'database.json'));
  const why = await failure(t, { name, dataDir, onFile: true });
  assert.equal(why.exitCode, exitCodes.usage);
  assert.match(why.message, /has only a copy of it\. Name the database with --database/);
});

test('a folder whose database.json names no database doesn’t start', async (t) => {
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'database.json'), '{}');
  const why = await failure(t, { name, dataDir, onFile: true });
  assert.deepEqual([why.code, why.exitCode], ['USAGE', exitCodes.usage]);
  assert.match(why.message, /database\.json should name the database of your server, but doesn’t\./);
  assert.deepEqual(readdirSync(dataDir), ['database.json']);
});

test('a second node doesn’t lead on the same database', needs, async (t) => {
  const database = await databaseFor(t);
  const first = await startLocalNode(t, { name, database });
  const dataDir = tempDir(t);
  cpSync(join(first.dataDir, 'identity.json'), join(dataDir, 'identity.json'));
  const flags = readStartFlags({ dataDir, database }, '', {});
  writeFileSync(join(dataDir, 'node.db'), '');
  const why = await repair(flags, () => {}).catch((error: unknown) => error);
  assert.ok(why instanceof CommandFailure);
  assert.equal(why.exitCode, exitCodes.dataFolderInUse);
  await first.api.createRoom({ name: 'Still here', join_rule: 'peers' });
});

test('repair sets a damaged copy aside, and everything comes from the database again', needs, async (t) => {
  const { dataDir, room_id } = await stopped(t, await databaseFor(t));
  const path = join(dataDir, 'node.db');
  const file = readFileSync(path);
  file.fill(0xff, 8_192);
  writeFileSync(path, file);
  const report = await repair(readStartFlags({ dataDir }, '', {}), () => {});
  assert.notDeepEqual(report.damage_before, []);
  assert.deepEqual([report.damage_after, report.rooms], [[], 1]);
  assert.equal(existsSync(report.damaged_file ?? ''), true);
  const node = await startLocalNode(t, { name, dataDir });
  assert.equal((await node.api.rooms({})).items[0]?.room_id, room_id);
});

test('a backup of a node on PostgreSQL is restored on a file, and not into a database', needs, async (t) => {
  const node = await startLocalNode(t, { name, database: await databaseFor(t) });
  await node.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const { folder } = await node.api.backUp({});
  assert.equal((await node.api.drill({})).problems.length, 0);
  await node.stop();
  assert.equal(existsSync(join(folder, 'database.json')), false);
  const unnamed = { name: '', setUp: false };
  const elsewhere = await startLocalNode(t, { ...unnamed, database: await databaseFor(t) });
  await assert.rejects(elsewhere.api.restoreBackup({ folder }), /stores everything in a PostgreSQL database/);
  const dataDir = tempDir(t);
  cpSync(folder, dataDir, { recursive: true });
  const restored = await startLocalNode(t, { name, dataDir, onFile: true, setUp: false });
  assert.equal((await restored.api.status({})).database.engine, 'sqlite');
  assert.equal((await restored.api.rooms({})).items.length, 1);
});

test('a database that pg_dump saved is restored with pg_restore, and the node notices', needs, async (t) => {
  const database = await databaseFor(t);
  const { dataDir, room_id } = await stopped(t, database);
  const folder = tempDir(t);
  chmodSync(folder, 0o777);
  const file = join(folder, 'saved');
  runPostgresProgram('pg_dump', ['--format=custom', '--file', file, '--dbname', database]);
  const later = await startLocalNode(t, { name, dataDir });
  await later.api.createRoom({ name: 'Lost', join_rule: 'peers' });
  await later.stop();
  const restored = await databaseFor(t);
  runPostgresProgram('pg_restore', ['--exit-on-error', '--dbname', restored, file]);
  const node = await startLocalNode(t, { name, dataDir, database: restored });
  const { items } = await node.api.rooms({});
  assert.deepEqual(
    items.map((room) => room.room_id),
    [room_id],
  );
  assert.notEqual((await node.api.status({})).restored_at, null);
});
