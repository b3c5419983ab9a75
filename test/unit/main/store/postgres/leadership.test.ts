import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Clock, systemPorts } from '../../../../../main/kernel/ports.ts';
import { DatabaseAddress } from '../../../../../main/store/postgres/address.ts';
import { connectTo } from '../../../../../main/store/postgres/connect.ts';
import { prepareDatabase } from '../../../../../main/store/postgres/copy-file.ts';
import { Leadership } from '../../../../../main/store/postgres/leadership.ts';
import { Lease } from '../../../../../main/store/postgres/lease.ts';
import { atEnd } from '../../../../support/at-end.ts';
import { databaseFor, noPostgres, startPostgres } from '../../../../support/daemons/postgres.ts';
import { ask } from '../../../../support/standby/shared-store.ts';
import { tempDir } from '../../../../support/temp.ts';
import { until } from '../../../../support/until.ts';

const needs = { skip: noPostgres };
// A beat that isn't stored soon fails early here.
const quick = { connectMs: 1_500, statementMs: 300 };

async function newDatabase(t: TestContext, url: string): Promise<DatabaseAddress> {
  const address = new DatabaseAddress(url);
  await prepareDatabase(address, join(tempDir(t), 'node.db'));
  return address;
}

/** A node's part in the election, and what it went through. */
function candidate(
  t: TestContext,
  address: DatabaseAddress,
  { canLead = (): boolean => true, clock = systemPorts.clock } = {},
) {
  const lease = new Lease({ wall: () => Date.now(), monotonic: () => performance.now() });
  const seen = { leads: 0, lost: 0, looked: 0 };
  const leadership = new Leadership({
    connect: () => connectTo(address, quick),
    ...{ clock, lease, canLead },
    self: () => '{}',
    onLead: () => void seen.leads++,
    onLost: () => void seen.lost++,
    onSeen: () => void seen.looked++,
    onVersion() {},
    onSilent() {},
    log: { warn() {}, info() {} },
  });
  atEnd(t, () => leadership.stop());
  leadership.begin();
  return { lease, leadership, seen };
}

test(
  'a leader whose commits wait for a standby of PostgreSQL keeps its place, says so, and goes on',
  needs,
  async (t) => {
    const server = await startPostgres();
    atEnd(t, () => server.stop());
    const address = await newDatabase(t, await server.database());
    const waitFor = (standby: string) =>
      ask(new DatabaseAddress(server.url), async (session) => {
        await session.query(`ALTER SYSTEM SET synchronous_standby_names = '${standby}'`);
        await session.query('SELECT pg_reload_conf()');
      });
    const { lease, leadership, seen } = candidate(t, address);
    await until([], 'the node to lead', () => lease.isValid);
    await waitFor('nobody');
    await until([], 'the node to find that the database confirms nothing', () => leadership.isCutOff);
    assert.equal(lease.isValid, false);
    await waitFor('');
    await until([], 'the node to lead again', () => lease.isValid && !leadership.isCutOff);
    assert.deepEqual([seen.leads, seen.lost], [1, 0]);
  },
);

test(
  'a node whose copy is not ready leaves the lead to another, and takes it when it is ready',
  needs,
  async (t) => {
    const address = await newDatabase(t, await databaseFor(t));
    let isReady = false;
    const copying = candidate(t, address, { canLead: () => isReady });
    await until([], 'the node to look several times', () => copying.seen.looked > 3);
    const other = candidate(t, address);
    await until([], 'the other node to lead', () => other.lease.isValid);
    assert.equal(copying.seen.leads, 0);
    isReady = true;
    await other.leadership.stop();
    await until([], 'the node to lead', () => copying.lease.isValid);
  },
);

test(
  'the other nodes wait for a leader that works in one piece, and for no other that is silent',
  needs,
  async (t) => {
    const address = await newDatabase(t, await databaseFor(t));
    const { after } = systemPorts.clock;
    let stoodStill: (() => void)[] | null = null;
    // A node that works in one piece doesn't get to its timers.
    const clock: Clock = {
      ...systemPorts.clock,
      after: (ms, then) => after(ms, () => (stoodStill === null ? then() : void stoodStill.push(then))),
    };
    const leader = candidate(t, address, { clock });
    await until([], 'the first node to lead', () => leader.lease.isValid);
    const other = candidate(t, address);
    await leader.leadership.inOnePiece(async () => {
      stoodStill = [];
      await until([], 'the first node to have no lease', () => !leader.lease.isValid);
      const before = other.seen.looked;
      await until(
        [],
        'the other node to look for longer than a lease',
        () => other.seen.looked > before + 10,
      );
    });
    assert.equal(other.seen.leads, 0);
    const waiting: (() => void)[] = stoodStill ?? [];
    stoodStill = null;
    for (const then of waiting) then();
    await until([], 'the first node to lead again', () => leader.lease.isValid);
    stoodStill = [];
    await until([], 'the other node to lead', () => other.lease.isValid);
    // So that the first node can stop.
    const left: (() => void)[] = stoodStill;
    stoodStill = null;
    for (const then of left) then();
  },
);
