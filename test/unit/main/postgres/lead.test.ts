import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DatabaseAddress } from '../../../../main/postgres/address.ts';
import { connectTo, type Session } from '../../../../main/postgres/connect.ts';
import { prepareDatabase } from '../../../../main/postgres/copy.ts';
import { beatMs, endHolder, Lead, lookAtLeader, silentMs, tryLock } from '../../../../main/postgres/lead.ts';
import { databaseFor, noPostgres } from '../../../support/daemons/postgres.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const needs = { skip: noPostgres };

/** A database with tables, and sessions that two nodes have there. */
async function twoSessions(t: TestContext): Promise<[Session, Session]> {
  const address = new DatabaseAddress(await databaseFor(t));
  const sessions = [await connectTo(address), await connectTo(address)] as [Session, Session];
  t.after(() => Promise.all(sessions.map((session) => session.close())));
  await prepareDatabase(sessions[0], { address, path: join(tempDir(t), 'node.db') });
  return sessions;
}

test('one session has the lock, and another one gets it once the first has ended', needs, async (t) => {
  const [one, other] = await twoSessions(t);
  assert.equal(await tryLock(one), true);
  assert.equal(await tryLock(other), false);
  await one.close();
  await until([], 'PostgreSQL to release the lock', () => tryLock(other));
});

test(
  'each lead has a higher token, and a sign of life that lies ahead until it has started',
  needs,
  async (t) => {
    const [one, other] = await twoSessions(t);
    const clock = new VirtualClock();
    const first = await Lead.begin(one, 'machine-a', clock);
    const seen = await lookAtLeader(other);
    assert.equal(seen.leader, 'machine-a');
    assert.ok((seen.silentMs ?? 0) < -50_000, `${seen.silentMs}`);
    first.hasStarted();
    const age = async () => (await lookAtLeader(other)).silentMs ?? 0;
    await until([], 'a sign of life of now', async () => (await age()) >= 0);
    assert.ok((await age()) < silentMs);
    const second = await Lead.begin(other, 'machine-b', clock);
    assert.equal(second.token, first.token + 1);
  },
);

test('a leader whose token is no longer the last one ends with its next sign of life', needs, async (t) => {
  const [one, other] = await twoSessions(t);
  const clock = new VirtualClock();
  const first = await Lead.begin(one, 'machine-a', clock);
  const ended = new Promise<Error>((resolve) => first.onEnd(resolve));
  await Lead.begin(other, 'machine-b', new VirtualClock());
  await clock.advance(beatMs);
  assert.equal((await ended).message, 'another node has taken over');
  assert.equal(one.isOpen, false);
});

test('ending the session of the holder ends its lead and frees the lock', needs, async (t) => {
  const [one, other] = await twoSessions(t);
  assert.equal(await tryLock(one), true);
  const first = await Lead.begin(one, 'machine-a', new VirtualClock());
  const ended = new Promise<Error>((resolve) => first.onEnd(resolve));
  await endHolder(other);
  assert.match((await ended).message, /the connection broke/);
  await until([], 'PostgreSQL to release the lock', () => tryLock(other));
});

test('nobody waits for a leader that resigned, and its end is no loss', needs, async (t) => {
  const [one, other] = await twoSessions(t);
  const first = await Lead.begin(one, 'machine-a', new VirtualClock());
  first.onEnd(() => assert.fail('it was not lost'));
  await first.resign();
  assert.deepEqual(await lookAtLeader(other), { leader: null, silentMs: null });
  assert.equal(one.isOpen, false);
});
