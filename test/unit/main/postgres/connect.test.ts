import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { connectTo } from '../../../../main/postgres/connect.ts';
import { atEnd } from '../../../support/at-end.ts';
import {
  awaitPostgresProgram,
  databaseFor,
  noPostgres,
  startPostgres,
  startStandby,
} from '../../../support/daemons/postgres.ts';

const needs = { skip: noPostgres };

/** Accepts connections and says nothing, like a server that stands still. */
async function silentServer(t: TestContext): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a server that stands still doesn’t keep a node from the other one', needs, async (t) => {
  const url = new URL(await databaseFor(t));
  const silent = await silentServer(t);
  for (const hosts of [`${silent},${url.host}`, `${url.host},${silent}`]) {
    const address = new DatabaseAddress(url.href.replace(url.host, hosts));
    // Far longer than a test may take.
    const session = await connectTo(address, { connectMs: 3_600_000 });
    assert.deepEqual(await session.query('SELECT 1 AS one'), [{ one: 1 }]);
    await session.close();
  }
});

test('if no server can be used, the reasons of all are in the error', needs, async (t) => {
  const url = new URL(await databaseFor(t));
  const wrong = new DatabaseAddress(`postgres://nobody:wrong@${url.host},127.0.0.1:1/none`);
  await assert.rejects(connectTo(wrong), {
    message: /authentication failed.*; .*ECONNREFUSED/,
  });
});

test(
  'of two servers that both say they are writable, the one that was promoted last is used',
  needs,
  async (t) => {
    const old = await startPostgres();
    atEnd(t, () => old.stop());
    const promoted = await startStandby(old);
    atEnd(t, () => promoted.stop());
    await awaitPostgresProgram('psql', ['-c', 'SELECT pg_promote()', promoted.url]);
    const [oldAt, promotedAt] = [old, promoted].map(({ port }) => `127.0.0.1:${port}`);
    for (const hosts of [`${oldAt},${promotedAt}`, `${promotedAt},${oldAt}`]) {
      const session = await connectTo(new DatabaseAddress(old.url.replace(oldAt!, hosts)));
      assert.deepEqual(await session.query("SELECT current_setting('port') AS port"), [
        { port: String(promoted.port) },
      ]);
      await session.close();
    }
  },
);

test('a session keeps its settings, whatever those of the database are', needs, async (t) => {
  const address = new DatabaseAddress(await databaseFor(t));
  const others = {
    search_path: 'public',
    default_transaction_read_only: 'on',
    default_transaction_isolation: 'serializable',
    bytea_output: 'escape',
    extra_float_digits: '-10',
    standard_conforming_strings: 'off',
    synchronous_commit: 'off',
    statement_timeout: '1h',
    lock_timeout: '1h',
    idle_session_timeout: '1h',
    idle_in_transaction_session_timeout: '1h',
  };
  const first = await connectTo(address);
  for (const [name, value] of Object.entries(others))
    await first.query(`ALTER DATABASE ${address.name} SET ${name} = '${value}'`);
  await first.close();
  const session = await connectTo(address, { statementMs: 0 });
  const now = await session.query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [Object.keys(others)],
  );
  assert.deepEqual(Object.fromEntries(now.map(({ name, setting }) => [name, setting])), {
    search_path: 'paracord_node',
    default_transaction_read_only: 'off',
    default_transaction_isolation: 'read committed',
    bytea_output: 'hex',
    extra_float_digits: '1',
    standard_conforming_strings: 'on',
    synchronous_commit: 'on',
    statement_timeout: '0',
    lock_timeout: '0',
    idle_session_timeout: '0',
    idle_in_transaction_session_timeout: '0',
  });
  await session.close();
});

test('a database whose synchronous_commit waits for a standby keeps that', needs, async (t) => {
  const address = new DatabaseAddress(await databaseFor(t));
  const first = await connectTo(address);
  await first.query(`ALTER DATABASE ${address.name} SET synchronous_commit = 'remote_apply'`);
  await first.close();
  const session = await connectTo(address);
  assert.deepEqual(await session.query('SHOW synchronous_commit'), [{ synchronous_commit: 'remote_apply' }]);
  await session.close();
});
