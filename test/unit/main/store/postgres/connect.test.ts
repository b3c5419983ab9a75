import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { DatabaseAddress } from '../../../../../main/store/postgres/address.ts';
import { connectTo } from '../../../../../main/store/postgres/connect.ts';
import { atEnd } from '../../../../support/at-end.ts';
import { databaseFor, noPostgres } from '../../../../support/daemons/postgres.ts';

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
    code: 'DATABASE_UNREACHABLE',
    message: /authentication failed.*; .*ECONNREFUSED/,
  });
});
