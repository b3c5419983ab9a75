import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { openCopy, prepareDatabase } from '../../../../main/postgres/copy.ts';
import { CopyTooOldError, stateOf, upgradeDatabase } from '../../../../main/postgres/state.ts';
import { currentSchema } from '../../../../main/store/migrations/index.ts';
import { Store } from '../../../../main/store/store.ts';
import { databaseFor, noPostgres } from '../../../support/daemons/postgres.ts';
import { searchIndexOf } from '../../../support/database-text.ts';
import { ask, assertEqual, follow, lead } from '../../../support/standby/shared-store.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';

const needs = { skip: noPostgres };
const forgetOld = "UPDATE node_changes SET at = at - interval '11 minutes' WHERE version <= 3";

test('a copy that is behind applies what it lacks', needs, async (t) => {
  const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const other = await follow(t, { address: leader.address, path: join(tempDir(t), 'node.db') });
  for (const value of ['one', 'two', 'three']) await leader.put('count', value);
  assert.equal(await other.follow(), true);
  assert.equal(await other.follow(), false, 'nothing new');
  assert.equal(other.get('count'), 'three');
  await assertEqual(leader.address, other.copy.db);
});

test('changes are kept for ten minutes, and a copy that lacks older ones is made again', needs, async (t) => {
  const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
  const first = await lead(t, url, join(tempDir(t), 'node.db'));
  const { address } = first;
  const behind = await follow(t, { address, path });
  for (const value of ['one', 'two', 'three']) await first.put('count', value);
  await first.close();
  await ask(address, (session) => session.query(forgetOld));
  // A leader looks after its first write, and then every 30 s.
  const second = await lead(t, url, join(tempDir(t), 'node.db'));
  await second.put('count', 'four');
  const kept = () =>
    ask(address, (session) =>
      session.query<{ version: number }>('SELECT version FROM node_changes ORDER BY version'),
    );
  await until([], 'the old changes to be removed', async () => (await kept())[0]?.version === 4);
  await assert.rejects(behind.follow(), CopyTooOldError);
  assert.equal(behind.get('count'), undefined, 'it still has what it had');
  behind.copy.db.close();
  const next = await follow(t, { address, path });
  assert.equal(next.get('count'), 'four');
  assert.equal(next.copy.isRestored, false);
  await assertEqual(address, next.copy.db);
});

test('at most 20,000 changes are kept', needs, async (t) => {
  const { address, put } = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const count = () =>
    ask(address, (session) => session.query<{ count: number }>('SELECT count(*) FROM node_changes'));
  // The changes look as if they had all been made in the last ten minutes.
  await ask(address, (session) =>
    session.query(`
      INSERT INTO node_changes (version, stamp, before, token, changes)
        SELECT n, 'stamp', 'stamp', 1, '{}' FROM generate_series(-25000, -1) n`),
  );
  await put('count', 'one');
  await until([], 'the others to be removed', async () => (await count())[0]?.count === 20_000);
});

test('a first copy may take longer than the database keeps changes', needs, async (t) => {
  const [url, path] = [await databaseFor(t), join(tempDir(t), 'node.db')];
  const first = await lead(t, url, join(tempDir(t), 'node.db'));
  const { address } = first;
  await first.put('count', 'before');
  let isSlow = true;
  const meanwhile = async () => {
    isSlow = false;
    for (const value of ['one', 'two']) await first.put('count', value);
    await first.close();
    await ask(address, (session) => session.query(forgetOld));
    // A leader looks after its first write.
    const second = await lead(t, url, join(tempDir(t), 'node.db'));
    await second.put('count', 'three');
    await second.put('size', 'small');
  };
  const copying = Promise.withResolvers<void>();
  await ask(address, async (session) => {
    const query = session.query.bind(session);
    // The copy's first question after the rows were copied is what was committed since.
    t.mock.method(session, 'query', async (sql: string, params?: readonly unknown[]) => {
      if (existsSync(`${path}.copying`) && isSlow) {
        await meanwhile();
        copying.resolve();
      }
      return await query(sql, params);
    });
    const copy = await openCopy(session, { address, path });
    await copying.promise;
    assert.equal(existsSync(`${path}.copying`), false);
    await assertEqual(address, copy.db);
    copy.db.close();
  });
});

test('a text that the leader erased leaves the log of a copy', needs, async (t) => {
  const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  const path = join(tempDir(t), 'node.db');
  const other = await follow(t, { address: leader.address, path });
  await leader.put('note', 'a secret text');
  await leader.put('note', 'nothing');
  await other.follow();
  const logged = () => readFileSync(`${path}-wal`).includes('a secret text');
  assert.equal(logged(), true);
  assert.equal(other.copy.forget(), true);
  assert.equal(logged(), false);
});

test(
  'a copy’s words from the time when it led are gone with the next change of the leader',
  needs,
  async (t) => {
    const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
    const path = join(tempDir(t), 'node.db');
    const other = await follow(t, { address: leader.address, path });
    other.copy.db.exec(`
    INSERT INTO search_index (rowid, words) VALUES (7, '1_0_sec 1_0_ecr 1_0_cre');
    INSERT INTO search_rows (at, seq) VALUES (-1, 1), (7, 1);
    INSERT INTO search_parts VALUES (1, 0);`);
    assert.equal(searchIndexOf(path).length, 3);
    await leader.put('count', 'one');
    await other.follow();
    assert.deepEqual(searchIndexOf(path), []);
    await assertEqual(leader.address, other.copy.db);
  },
);

test('the tables of an older program are rebuilt from the copy of the leader', needs, async (t) => {
  const path = join(tempDir(t), 'node.db');
  const leader = await lead(t, await databaseFor(t), path);
  const { address, copy: db, put } = leader;
  const { token } = leader.lead;
  await put('color', 'blue');
  await ask(address, async (session) => {
    await session.query('UPDATE node_state SET schema = schema - 1');
    await session.query('ALTER TABLE rooms DROP COLUMN projected');
  });
  const copy = { db, version: 2 };
  await assert.rejects(upgradeDatabase(address, copy, token - 1), /another node has taken over/);
  assert.equal((await upgradeDatabase(address, copy, token)).version, 3);
  await assertEqual(address, db);
  const state = await ask(address, (session) => stateOf(session, address));
  assert.deepEqual([state?.schema, state?.version], [currentSchema, 3]);
});

test('data of a folder and other data of a database are never mixed', needs, async (t) => {
  const path = join(tempDir(t), 'node.db');
  const local = new Store(path, systemPorts);
  await local.writer.write(() => local.meta.put('color', 'blue'));
  await local.close();
  const prepare = (url: string) => {
    const address = new DatabaseAddress(url);
    return ask(address, (session) => prepareDatabase(session, { address, path }));
  };
  await assert.rejects(prepare(await databaseFor(t)), /isn’t in the database/);
  const used = await databaseFor(t);
  const other = await lead(t, used, join(tempDir(t), 'node.db'));
  await assert.rejects(prepare(used), /which has data of its own/);
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
    assert.equal(first.engine.isRestored, false);
    // A restored backup looks like this: the same version, written at another time.
    await ask(first.address, (session) => session.query("UPDATE node_state SET stamp = 'other'"));
    const second = await lead(t, url, path);
    assert.equal(second.engine.isRestored, true);
    assert.equal(existsSync(`${path}.copying`), false);
    await second.put('color', 'red');
    await second.close();
    copyFileSync(kept, path);
    const third = await lead(t, url, path);
    assert.equal(third.engine.isRestored, true, 'also if it has gone on since');
    assert.equal(third.get('color'), 'red');
  },
);
