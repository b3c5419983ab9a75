import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Clock, systemPorts } from '../../../../../main/kernel/ports.ts';
import { DatabaseAddress } from '../../../../../main/store/postgres/address.ts';
import { connectTo, type Session } from '../../../../../main/store/postgres/connect.ts';
import { prepareDatabase } from '../../../../../main/store/postgres/copy-file.ts';
import { Leadership } from '../../../../../main/store/postgres/leadership.ts';
import { Lease } from '../../../../../main/store/postgres/lease.ts';
import { lockKey } from '../../../../../main/store/postgres/move/roles.ts';
import { atEnd } from '../../../../support/at-end.ts';
import {
  databaseFor,
  noPostgres,
  startPostgres,
  waitForStandby,
} from '../../../../support/daemons/postgres.ts';
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
  const names: string[] = [];
  const leadership = new Leadership({
    async connect() {
      const session = await connectTo(address, quick);
      names.push(session.name);
      return session;
    },
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
  return { lease, leadership, seen, names };
}

/** Who has the lock of this session's database. */
const holderOf = async (session: Session): Promise<{ pid: number; name: string } | undefined> => {
  const [holder] = await session.query<{ pid: number; name: string }>(
    `SELECT pid, application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return holder;
};

/** Ends the sessions that get the lock, until it is one of these, or nobody's. */
async function endHolders(session: Session, isWanted: (name: string) => boolean): Promise<boolean> {
  const holder = await holderOf(session);
  if (holder !== undefined && isWanted(holder.name)) return true;
  if (holder !== undefined) await session.query('SELECT pg_terminate_backend($1)', [holder.pid]);
  return false;
}

test(
  'a leader whose commits wait for a standby of PostgreSQL keeps its place, says so, and goes on',
  needs,
  async (t) => {
    const server = await startPostgres();
    atEnd(t, () => server.stop());
    const address = await newDatabase(t, await server.database());
    const leader = candidate(t, address);
    await until([], 'the node to lead', () => leader.lease.isValid);
    const other = candidate(t, address);
    await until([], 'the other node to look', () => other.seen.looked > 1);
    await waitForStandby(server, 'nobody');
    await until([], 'the node to find that nothing is confirmed', () => leader.leadership.isCutOff);
    await until([], 'the other node to find it, too', () => other.leadership.isCutOff);
    assert.equal(leader.lease.isValid, false);
    await waitForStandby(server, '');
    await until([], 'the node to lead again', () => leader.lease.isValid && !leader.leadership.isCutOff);
    assert.deepEqual([leader.seen.leads, leader.seen.lost, other.seen.leads], [1, 0, 0]);
  },
);

test('a leader that is locked out by a session that nobody uses ends it', needs, async (t) => {
  const address = await newDatabase(t, await databaseFor(t));
  const leader = candidate(t, address);
  await until([], 'the node to lead', () => leader.lease.isValid);
  const forgotten = await connectTo(address);
  atEnd(t, () => forgotten.close());
  await until([], 'another session to get the lock', async () => {
    await endHolders(forgotten, () => false);
    const [row] = await forgotten.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [
      lockKey,
    ]);
    return row?.got === true;
  });
  await until([], 'the leader to have no lease', () => !leader.lease.isValid);
  await until([], 'the leader to lead again', () => leader.lease.isValid);
  assert.equal(forgotten.isOpen, false);
  assert.deepEqual([leader.seen.leads, leader.seen.lost], [1, 0]);
});

test('a node that has the lock and then has to copy gives it back to the leader', needs, async (t) => {
  const address = await newDatabase(t, await databaseFor(t));
  const leader = candidate(t, address);
  await until([], 'the first node to lead', () => leader.lease.isValid);
  let isReady = true;
  const standby = candidate(t, address, { canLead: () => isReady });
  await ask(address, (session) =>
    until([], 'the standby to get the lock', () =>
      endHolders(session, (name) => standby.names.includes(name)),
    ),
  );
  isReady = false;
  await until([], 'the first node to lead again', () => leader.lease.isValid);
  assert.deepEqual([leader.seen.lost, standby.seen.leads], [0, 0]);
});

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

test('the other nodes wait for a leader that said it would be silent, and for no other', needs, async (t) => {
  const address = await newDatabase(t, await databaseFor(t));
  const { after } = systemPorts.clock;
  let stoodStill: (() => void)[] | null = null;
  // A node whose work isn't interrupted doesn't get to its timers.
  const clock: Clock = {
    ...systemPorts.clock,
    after: (ms, then) => after(ms, () => (stoodStill === null ? then() : void stoodStill.push(then))),
  };
  const leader = candidate(t, address, { clock });
  await until([], 'the first node to lead', () => leader.lease.isValid);
  const other = candidate(t, address);
  await leader.leadership.uninterrupted(async () => {
    stoodStill = [];
    await until([], 'the first node to have no lease', () => !leader.lease.isValid);
    const before = other.seen.looked;
    await until([], 'the other node to look for longer than a lease', () => other.seen.looked > before + 10);
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
});
