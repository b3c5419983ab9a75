import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { localFileAt } from '../../../main/postgres/copy.ts';
import { moveData } from '../../../main/postgres/move.ts';
import { rememberedDatabase } from '../../../main/postgres/remembered.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';

const needs = { skip: noPostgres };
const name = 'anna.test';

const move = (dataDir: string, to: string, onRows = (_done: number, _total: number) => {}) =>
  moveData({ dataDir, to, clock: systemPorts.clock, onRows });

/** The data folder of a stopped node on its file, with messages. */
async function stopped(t: TestContext) {
  const dataDir = tempDir(t);
  const node = await startLocalNode(t, { name, dataDir, onFile: true });
  const { room_id } = await node.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  for (const body of ['one', 'two\0', 'three']) await node.api.postMessage({ room_id, body });
  await node.stop();
  return { dataDir, room_id };
}

async function ask(url: string, sql: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    // Several statements have several results.
    return [await client.query(sql)].flat().at(-1)?.rows[0];
  } finally {
    await client.end();
  }
}

test('the data of a stopped node moves to PostgreSQL and back, and each start finds it', needs, async (t) => {
  const { dataDir, room_id } = await stopped(t);
  const url = await databaseFor(t);
  const shown = async (engine: string) => {
    const node = await startLocalNode(t, { name, dataDir, setUp: false });
    assert.equal((await node.api.status({})).database.engine, engine);
    const { items } = await node.api.timeline({ room_id });
    await node.api.postMessage({ room_id, body: `on ${engine}` });
    await node.stop();
    return items.map(({ body }) => body).toReversed();
  };
  const begun = ['one', 'two\0', 'three'];
  const progress: number[] = [];
  const there = await move(dataDir, url, (done, total) => progress.push(done / total));
  assert.equal(progress.at(-1), 1);
  assert.equal(there.to, 'postgresql');
  assert.ok(there.rows > 0 && there.tables > 20);
  assert.doesNotMatch(JSON.stringify(there), /test-password/);
  assert.equal(rememberedDatabase(dataDir)?.url, url);
  assert.deepEqual(await shown('postgresql'), begun);
  await assert.rejects(move(dataDir, url), { code: 'CONFLICT', message: /already in/ });
  await assert.rejects(move(dataDir, await databaseFor(t)), { message: /Move it to “sqlite” first/ });
  const back = await move(dataDir, 'sqlite');
  assert.equal(back.to, 'sqlite');
  assert.equal(rememberedDatabase(dataDir), null);
  assert.deepEqual(await shown('sqlite'), [...begun, 'on postgresql']);
  await assert.rejects(move(dataDir, 'sqlite'), { code: 'CONFLICT', message: /already in/ });
  await assert.rejects(startLocalNode(t, { name, dataDir: tempDir(t), database: url }), {
    message: /was moved out of the database/,
  });
  assert.equal((await move(dataDir, url)).to, 'postgresql', 'what an earlier move left there is replaced');
  assert.deepEqual(await shown('postgresql'), [...begun, 'on postgresql', 'on sqlite']);
});

test('a move is refused with a sentence that quotes no password', needs, async (t) => {
  const { dataDir } = await stopped(t);
  await assert.rejects(move(dataDir, 'mysql://host/name'), { message: /“sqlite” or to the address/ });
  await assert.rejects(move(dataDir, 'postgres://ann:se/cret@db/name'), { message: /^(?!.*cret).*%2F for/ });
  const other = await databaseFor(t);
  const node = await startLocalNode(t, { name: 'ben.test', database: other });
  await assert.rejects(move(dataDir, other), { message: /contains the data of another server, ben\.test/ });
  await node.stop();
  const foreign = await databaseFor(t);
  await ask(foreign, 'CREATE SCHEMA paracord_node; CREATE TABLE paracord_node.notes (id integer)');
  await assert.rejects(move(dataDir, foreign), { message: /another program has stored something in it/ });
  const gone = new URL(await databaseFor(t));
  gone.password = 'wrong';
  await assert.rejects(move(dataDir, gone.href), { exit: 'usage', message: /doesn’t let your server use/ });
  assert.equal(localFileAt(join(dataDir, 'node.db'))?.copy, null);
  assert.equal(rememberedDatabase(dataDir), null);
});

test('data that another node uses does not move', needs, async (t) => {
  const { dataDir } = await stopped(t);
  const url = await databaseFor(t);
  const running = await startLocalNode(t, { name, dataDir, onFile: true, setUp: false });
  await assert.rejects(move(dataDir, url), { message: /already running with the data folder/ });
  await running.stop();
  await move(dataDir, url);
  const leader = await startLocalNode(t, { name, dataDir: tempDir(t), database: url, setUp: false });
  await assert.rejects(move(dataDir, 'sqlite'), { exit: 'dataFolderInUse', message: /Stop that node first/ });
  await leader.stop();
  assert.equal((await move(dataDir, 'sqlite')).to, 'sqlite');
});

test('a copy that differs from the original decides nothing', needs, async (t) => {
  const { dataDir } = await stopped(t);
  const url = await databaseFor(t);
  let isSpoilt = false;
  const spoil = async () => {
    isSpoilt = true;
    await ask(
      url,
      `CREATE FUNCTION spoil() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF to_regclass('paracord_node.meta') IS NOT NULL THEN
           CREATE OR REPLACE FUNCTION public.skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
           BEGIN
             CREATE TRIGGER skip BEFORE INSERT ON paracord_node.meta FOR EACH ROW EXECUTE FUNCTION public.skip();
           EXCEPTION WHEN duplicate_object THEN NULL; END;
         END IF;
       END $$;
       CREATE EVENT TRIGGER spoil ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION spoil()`,
    );
  };
  await spoil();
  await assert.rejects(move(dataDir, url), { message: /the table meta there differs from the original/ });
  assert.ok(isSpoilt);
  assert.equal(localFileAt(join(dataDir, 'node.db'))?.copy, null);
  const node = await startLocalNode(t, { name, dataDir, setUp: false });
  assert.equal((await node.api.status({})).database.engine, 'sqlite');
});
