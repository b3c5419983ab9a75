import assert from 'node:assert/strict';
import { copyFileSync, existsSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import type { Leader } from '../../../main/kernel/lead.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { createNodeFor } from '../../../main/start/database/create-node.ts';
import { CommandFailure, exitCodes } from '../../../main/start/failure.ts';
import { DatabaseAddress } from '../../../main/store/postgres/address.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { atEnd } from '../../support/at-end.ts';
import { databaseFor, noPostgres } from '../../support/daemons/postgres.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { startSharedPair } from '../../support/standby/shared-pair.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

/** The leader as the database has it. */
async function stateOf(url: string) {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=paracord_node' });
  await client.connect();
  const query = async (sql: string) =>
    (await client.query<{ token: string; leader: string }>(sql)).rows[0] ?? assert.fail('no state');
  return {
    end: () => client.end(),
    run: (sql: string) => client.query(sql),
    /** As in a dump of a database whose node runs: the last beat is not old, but nobody holds the lock. */
    beat: () => query(`UPDATE node_state SET beat = clock_timestamp() WHERE role = 'truth' RETURNING token`),
    goBack: () =>
      query(
        `WITH lost AS (DELETE FROM node_changes WHERE version = (SELECT version FROM node_state))
         UPDATE node_state SET version = version - 1, stamp = 'another' RETURNING token`,
      ),
    getOlder: () => query('UPDATE node_state SET schema = schema - 1 RETURNING token'),
    read: () => query(`SELECT token, leader FROM node_state WHERE role = 'truth'`),
  };
}

test('a node that takes over before it has started starts first, and then changes places', {
  skip: noPostgres,
}, async (t) => {
  const dataDir = tempDir(t);
  const database = await databaseFor(t);
  const before = await startLocalNode(t, { name: 'a.test', dataDir, database });
  const { room_id } = await before.api.createRoom({ name: 'Hall', join_rule: 'peers' });
  await before.stop();
  const state = await stateOf(database);
  atEnd(t, () => state.end());
  const { token } = await state.beat();

  const listener = { host: '127.0.0.1', port: 0 };
  const node = await createNodeFor(
    { database: new DatabaseAddress(database) },
    {
      ...{ dataDir, listen: listener, control: listener, tls: { mode: 'off' }, byFlag: new Set() },
      ...{ publicUrl: null, version: 'test' },
    },
    systemPorts,
    { log: createLog('silent') },
  );
  atEnd(t, () => node.stop());
  await until([], 'the last lease to expire', async () => (await state.read()).token !== token);
  const { stands_by, set_up } = await node.api.status({});
  assert.ok(set_up && stands_by !== null, 'still what it was created as');
  await node.start();
  await until([], 'it to lead', async () => {
    const status = await node.api.status({}).catch(() => null);
    return status?.stands_by === null;
  });
  const { event_id } = await node.api.postMessage({ room_id, body: 'from the new leader' });
  assert.equal((await node.api.timeline({ room_id })).items[0]?.event_id, event_id);
});

test('a standby takes over although its first writes meet a database that breaks off', {
  skip: noPostgres,
}, async (t) => {
  const { database, takeOver } = await startSharedPair(t);
  const state = await stateOf(database);
  atEnd(t, () => state.end());
  await state.run(`
    CREATE SEQUENCE public.tries;
    CREATE FUNCTION public.break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('public.tries') <= 3 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER break_off BEFORE INSERT ON meta FOR EACH STATEMENT EXECUTE FUNCTION public.break_off()`);
  await takeOver();
});

test('a node that stops while its data moves to a database doesn’t lead there afterwards', {
  skip: noPostgres,
}, async (t) => {
  const database = await databaseFor(t);
  const { api, node, dataDir } = await startLocalNode(t, { name: 'a.test', onFile: true });
  const moved = api.moveData({ to: database }).catch(() => {});
  // It is written right before the switch.
  while (!existsSync(join(dataDir, 'database.json'))) await setImmediate();
  await node.stop();
  await moved;
  const state = await stateOf(database);
  atEnd(t, () => state.end());
  const { rows } = await state.run(`
    SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE locktype = 'advisory' AND d.datname = current_database()`);
  assert.deepEqual(rows, []);
});

test('a leader without a name refuses what calls itself its standby, and runs on', {
  skip: noPostgres,
}, async (t) => {
  const database = await databaseFor(t);
  const { api } = await startLocalNode(t, { name: 'a.test', database, setUp: false });
  const state = await stateOf(database);
  atEnd(t, () => state.end());
  const { url, cert } = JSON.parse((await state.read()).leader) as Leader;
  const status = await new Promise((resolve, reject) => {
    const options = { ca: cert, checkServerIdentity: () => undefined, agent: false };
    https
      .get(`${url}/between-nodes/call`, options, (answer) => resolve(answer.statusCode))
      .on('error', reject);
  });
  assert.equal(status, 503);
  assert.equal((await api.status({})).set_up, false);
});

test('a leader whose database lost its last transactions opens it again, and leads on', {
  skip: noPostgres,
}, async (t) => {
  const database = await databaseFor(t);
  const { api } = await startLocalNode(t, { name: 'a.test', database });
  const { room_id } = await api.createRoom({ name: 'Hall', join_rule: 'peers' });
  const state = await stateOf(database);
  atEnd(t, () => state.end());
  // As in a database that was restored, or whose server was replaced by one that was behind.
  await state.goBack();
  const post = (body: string) => api.postMessage({ room_id, body });
  await assert.rejects(post('refused'));
  const { event_id } = await until([], 'it to write again', () => post('after that').catch(() => null));
  assert.equal((await api.timeline({ room_id })).items[0]?.event_id, event_id);
  assert.equal((await api.status({})).stands_by, null);
});

test('a node that is newer than the one that leads says so, and may be started again', {
  skip: noPostgres,
}, async (t) => {
  const [database, dataDir] = [await databaseFor(t), tempDir(t)];
  const { dataDir: leading } = await startLocalNode(t, { name: 'a.test', database });
  copyFileSync(join(leading, 'identity.json'), join(dataDir, 'identity.json'));
  const state = await stateOf(database);
  atEnd(t, () => state.end());
  await state.getOlder();
  await assert.rejects(startLocalNode(t, { name: 'a.test', dataDir, database, setUp: false }), (error) => {
    assert.ok(error instanceof CommandFailure);
    assert.deepEqual([error.code, error.exitCode], ['DATABASE_OLDER', exitCodes.databaseUnreachable]);
    return true;
  });
});

test('a call in its own process waits while a node changes places', async (t) => {
  const { node } = await startLocalNode(t, { name: 'a.test', onFile: true });
  let asked: ReturnType<typeof node.api.status> | undefined;
  await node.become(async () => {
    asked = node.api.status({});
    return {};
  });
  assert.equal((await asked)?.set_up, true);
});

test('a call during a change of places that takes too long is told to try again', async (t) => {
  const { clock } = systemPorts;
  const waits: (() => void)[] = [];
  const after: typeof clock.after = (ms, run) => {
    if (ms === 5_000) waits.push(run);
    return clock.after(ms, run);
  };
  const ports = { ...systemPorts, clock: { ...clock, after } };
  const { node } = await startLocalNode(t, { name: 'a.test', onFile: true, ports });
  await node.become(async () => {
    const asked = node.api.status({});
    waits.at(-1)?.();
    await assert.rejects(asked, (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.equal(error.code, 'SERVICE_UNAVAILABLE');
      assert.match(error.message, /changing between leading and standing by/);
      return true;
    });
    return {};
  });
  assert.equal((await node.api.status({})).set_up, true);
});
