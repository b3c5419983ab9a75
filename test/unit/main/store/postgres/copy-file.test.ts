import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Clock, systemPorts } from '../../../../../main/kernel/ports.ts';
import { currentSchema } from '../../../../../main/store/migrations/index.ts';
import { DatabaseAddress } from '../../../../../main/store/postgres/address.ts';
import {
  bringCopy,
  ForeignDataError,
  prepareDatabase,
} from '../../../../../main/store/postgres/copy-file.ts';
import {
  CopyTooOldError,
  stateOf,
  upgradeDatabase,
} from '../../../../../main/store/postgres/database-state.ts';
import { Store } from '../../../../../main/store/store.ts';
import { databaseFor, noPostgres } from '../../../../support/daemons/postgres.ts';
import { ask, assertEqual, follow, lead } from '../../../../support/standby/shared-store.ts';
import { tempDir } from '../../../../support/temp.ts';
import { until } from '../../../../support/until.ts';

const needs = { skip: noPostgres };

const ageBy = (interval: string, through: number) =>
  `UPDATE node_changes SET at = at - interval '${interval}' WHERE version <= ${through}`;

test('changes are kept for ten minutes, and a copy that lacks older ones is made again', needs, async (t) => {
  const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
  const first = await lead(t, url, join(tempDir(t), 'node.db'));
  const behind = await follow(t, first, path);
  for (const value of ['one', 'two', 'three']) await first.put('count', value);
  await first.close();
  await ask(first.address, (session) => session.query(ageBy('11 minutes', 3)));
  // A leader looks after its first write, and then every 30 s.
  const second = await lead(t, url, join(tempDir(t), 'node.db'));
  await second.put('count', 'four');
  const kept = () =>
    ask(second.address, (session) =>
      session.query<{ version: number }>('SELECT version FROM node_changes ORDER BY version'),
    );
  await until([], 'the old changes to be removed', async () => (await kept())[0]?.version === 4);
  await assert.rejects(behind.database.catchUp(), CopyTooOldError);
  assert.equal(behind.store.meta.get('count'), undefined, 'it still has what it had');
  await behind.close();
  const next = await follow(t, first, path);
  assert.equal(next.store.meta.get('count'), 'four');
  assert.equal(next.database.isRestored, false);
  await assertEqual(next);
});

test('at most 20,000 changes are kept', needs, async (t) => {
  const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const { address, database } = leader;
  const count = () =>
    ask(address, (session) => session.query<{ count: number }>('SELECT count(*) FROM node_changes'));
  // As if they had all been made in the last ten minutes.
  await ask(address, (session) =>
    session.query(`
      INSERT INTO node_changes (version, stamp, before, token, changes)
        SELECT n, 'stamp', 'stamp', 1, '{}' FROM generate_series(-25000, -1) n`),
  );
  await leader.put('count', 'one');
  await until([], 'the others to be removed', async () => (await count())[0]?.count === 20_000);
  assert.equal(await database.catchUp(), database.version);
});

test('a first copy may take longer than the database keeps changes', needs, async (t) => {
  const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const { address } = leader;
  for (const value of ['one', 'two']) await leader.put(value, 'before');
  let looked = 0;
  const clock: Pick<Clock, 'after'> = {
    after: (_, run) => {
      looked++;
      return systemPorts.clock.after(1, run);
    },
  };
  const forget = 'DELETE FROM node_changes';
  const meanwhile = async () => {
    for (const value of ['two', 'three']) {
      await leader.put(value, 'meanwhile');
      // The look that is under way may have begun before.
      const enough = looked + 2;
      await until([], 'the change to be kept', () => looked >= enough);
      await ask(address, (session) => session.query(forget));
    }
  };
  const path = join(tempDir(t), 'node.db');
  await ask(address, async (session) => {
    const state = (await stateOf(session, address)) ?? assert.fail('no state');
    let isSlow = true;
    const query = session.query.bind(session);
    t.mock.method(session, 'query', async (sql: string, params?: readonly unknown[]) => {
      if (isSlow && sql.startsWith('FETCH')) {
        isSlow = false;
        await meanwhile();
      }
      return await query(sql, params);
    });
    await bringCopy(session, state, { address, path, clock });
  });
  assert.equal(existsSync(`${path}.copying`), false);
  const standby = await follow(t, leader, path);
  assert.equal(standby.database.version, leader.database.version);
  for (const [key, value] of Object.entries({ one: 'before', two: 'meanwhile', three: 'meanwhile' }))
    assert.equal(standby.store.meta.get(key), value);
  await assertEqual(standby);
  await leader.put('four', 'after');
  await standby.database.catchUp();
  await assertEqual(standby);
});

test('the tables of an older program are rebuilt from the copy of the leader', needs, async (t) => {
  const path = join(tempDir(t), 'node.db');
  const leader = await lead(t, await databaseFor(t), path);
  const { address, database, put } = leader;
  await put('color', 'blue');
  const token = database.token ?? 0;
  await ask(address, async (session) => {
    await session.query('UPDATE node_state SET schema = schema - 1');
    await session.query('ALTER TABLE rooms DROP COLUMN projected');
    await assert.rejects(upgradeDatabase(address, database.copy, token - 1), { code: 'DATABASE_FENCED' });
    await upgradeDatabase(address, database.copy, token);
  });
  await assertEqual(leader);
  const state = await ask(address, (session) => stateOf(session, address));
  assert.equal(state?.schema, currentSchema);
  assert.equal(state?.version, 3);
  await leader.close();
  const again = await lead(t, address.url, path);
  assert.equal(again.database.isRestored, false);
  await again.put('color', 'red');
  await assertEqual(again);
});

test('data of a folder and other data of a database are never mixed', needs, async (t) => {
  const path = join(tempDir(t), 'node.db');
  const local = new Store(path, systemPorts);
  await local.writer.write(() => local.meta.put('color', 'blue'));
  await local.close();
  const [empty, used] = [await databaseFor(t), await databaseFor(t)];
  const foreign = (database: string) => (error: unknown) =>
    error instanceof ForeignDataError && error.database === database;
  await assert.rejects(prepareDatabase(new DatabaseAddress(empty), path), foreign('empty'));
  const other = await lead(t, used, join(tempDir(t), 'node.db'));
  await assert.rejects(prepareDatabase(new DatabaseAddress(used), path), foreign('other'));
  await other.close();
  const again = new Store(path, systemPorts);
  assert.equal(again.meta.get('color'), 'blue');
  await again.close();
});

test(
  'a copy of a database that was restored and went on is replaced, and the node knows',
  needs,
  async (t) => {
    const [url, folder] = [await databaseFor(t), tempDir(t)];
    const [path, kept] = [join(folder, 'node.db'), join(folder, 'kept.db')];
    const first = await lead(t, url, path);
    await first.put('color', 'blue');
    await first.close();
    copyFileSync(path, kept);
    assert.equal(first.database.isRestored, false);
    // What a restored backup looks like: the same version, written at another time.
    await ask(first.address, (session) => session.query("UPDATE node_state SET stamp = 'other'"));
    const second = await lead(t, url, path);
    assert.equal(second.database.isRestored, true);
    assert.equal(existsSync(`${path}.copying`), false);
    await second.put('color', 'red');
    await second.close();
    copyFileSync(kept, path);
    const third = await lead(t, url, path);
    assert.equal(third.database.isRestored, true, 'also if it has gone on since');
    assert.equal(third.store.meta.get('color'), 'red');
  },
);
