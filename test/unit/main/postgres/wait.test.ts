import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { connectTo } from '../../../../main/postgres/connect.ts';
import { tryLock } from '../../../../main/postgres/lead.ts';
import { waitForLead } from '../../../../main/postgres/wait.ts';
import { databaseFor, noPostgres } from '../../../support/daemons/postgres.ts';
import { freePorts } from '../../../support/nodes/free-ports.ts';
import { ask, assertEqual, lead } from '../../../support/standby/shared-store.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';

const needs = { skip: noPostgres };

/** A leader with the lock, and another node that can begin to wait. */
async function leaderAndOther(t: TestContext) {
  const leader = await lead(t, await databaseFor(t), join(tempDir(t), 'node.db'));
  leader.lead.hasStarted();
  assert.equal(await tryLock(leader.lead.session), true);
  const { address } = leader;
  const session = await connectTo(address);
  t.after(() => session.close());
  const ended = new AbortController();
  const path = join(tempDir(t), 'node.db');
  const [port = 0] = await freePorts(1);
  const health = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null);
    return answer && `${answer.status} ${((await answer.json()) as { message: string }).message}`;
  };
  const wait = () =>
    waitForLead(session, {
      address,
      path,
      signal: ended.signal,
      clock: systemPorts.clock,
      log: createLog('silent'),
      control: { host: '127.0.0.1', port },
    });
  return { leader, address, session, wait, health, ended };
}

test(
  'a waiting node follows the leader, says for whom it waits, and leads once that one is gone',
  needs,
  async (t) => {
    const { leader, address, wait, health } = await leaderAndOther(t);
    const waited = wait();
    await until([], 'its health', async () => (await health()) === '503 Standing by for the node on test.');
    await leader.put('color', 'blue');
    await leader.put('color', 'red');
    await leader.close();
    const copy = await waited;
    assert.ok(copy);
    await assertEqual(address, copy.db);
    assert.equal(await health(), null, 'the port is free for the console');
    const next = await lead(t, address.url, copy.db.name, copy);
    assert.equal(next.get('color'), 'red');
    await next.put('color', 'green');
  },
);

test('a node that has nobody to wait for leads at once', needs, async (t) => {
  const { leader, wait, session } = await leaderAndOther(t);
  await leader.close();
  await until([], 'PostgreSQL to release the lock', async () => (await wait()) === null);
  assert.ok(session.isOpen);
});

test('a leader without a sign of life is ended, and the waiting node leads', needs, async (t) => {
  const { leader, address, wait } = await leaderAndOther(t);
  const lost = new Promise<Error>((resolve) => leader.lead.onEnd(resolve));
  // The leader's own signs of life are later than that, but not by so much.
  const age = "UPDATE node_state SET beat = clock_timestamp() - interval '1 hour'";
  const aging = setInterval(() => void ask(address, (session) => session.query(age)).catch(() => {}), 50);
  t.after(() => clearInterval(aging));
  const copy = await wait();
  clearInterval(aging);
  assert.match((await lost).message, /the connection broke/);
  await assert.rejects(leader.put('color', 'red'), { code: 'SERVICE_UNAVAILABLE' });
  copy?.db.close();
});

test('a node that is stopped doesn’t wait any longer', needs, async (t) => {
  const { wait, ended, health } = await leaderAndOther(t);
  const waited = wait();
  await until([], 'its health', health);
  ended.abort(new Error('stop'));
  await assert.rejects(waited, /stop/);
  assert.equal(await health(), null);
});
