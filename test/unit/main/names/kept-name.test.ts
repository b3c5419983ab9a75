import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { KeptName } from '../../../../main/names/kept-name.ts';
import { LeapingClock } from '../../../support/leaping-clock.ts';
import { FakeDesec } from '../../../support/parties/dns-providers.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { allInEnglish } from '../../../support/words.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A name at deSEC, kept by a node at home whose router says its address. */
async function keptName(t: TestContext) {
  const desec = await new FakeDesec().listen(t);
  desec.domains.set('anna.dedyn.io', 60);
  const clock = new LeapingClock();
  const at = { outside: '81.2.69.142' as string | null, home: '192.168.1.7' };
  const name = new KeptName({
    dataDir: tempDir(t),
    version: 'test',
    clock,
    log: createLog('silent'),
    tell: () => {},
    whereabouts: () => at,
    world: {
      desec: { api: `${desec.url}/api`, outside: `${desec.url}/outside` },
      duckdns: 'http://127.0.0.1:1',
      look: { servers: async () => [], texts: async () => null },
    },
  });
  const keep = (token: string) =>
    name.keep({ name: 'anna.dedyn.io', access: { provider: 'desec', token }, which: 'public' });
  await keep(desec.token);
  name.start();
  t.after(() => name.stop());
  const problem = () => {
    const said = name.view?.problem ?? null;
    return said === null ? null : allInEnglish<string>(said);
  };
  /** Time passes, and the node has finished its work at the provider. */
  const pass = async (ms: number) => {
    const before = JSON.stringify(name.view);
    await clock.leap(ms);
    await until([], 'the next look', () => JSON.stringify(name.view) !== before);
  };
  return { desec, clock, at, name, keep, problem, pass, records: () => desec.records.get('A anna.dedyn.io') };
}

test('a provider that is down for 30 days is asked at most every hour, and the name stays as it was', async (t) => {
  const { desec, name, problem, pass, records } = await keptName(t);
  const { address, set_at } = name.view ?? {};
  desec.isDown = true;
  for (let day = 0; day < 30; day++) await pass(dayMs);
  assert.match(problem() ?? '', /^deSEC has a problem of its own \(status 503\)/);
  assert.deepEqual([name.view?.address, name.view?.set_at, records()], [address, set_at, [address]]);
  assert.equal(name.lastingProblem?.name, 'anna.dedyn.io');
  const { next_attempt_at } = name.view ?? {};
  assert.ok((next_attempt_at ?? 0) > (set_at ?? 0) + 30 * dayMs);
  desec.isDown = false;
  await pass(hourMs);
  assert.deepEqual([problem(), name.view?.next_attempt_at, records()], [null, null, ['81.2.69.142']]);
});

test('a problem is reported once it has lasted for an hour', async (t) => {
  const { desec, clock, at, name, pass } = await keptName(t);
  desec.isDown = true;
  at.outside = '81.2.69.160';
  await pass(hourMs);
  const since = clock.now();
  while (name.lastingProblem === null) await pass((name.view?.next_attempt_at ?? 0) - clock.now() + 1000);
  const lastedMs = clock.now() - since;
  assert.ok(lastedMs >= hourMs && lastedMs < 2 * hourMs, `after ${lastedMs} ms`);
});

test('a revoked token is named with the next step, and a new one ends the problem', async (t) => {
  const { desec, at, name, keep, problem, pass, records } = await keptName(t);
  desec.token = 'i-another-token';
  at.outside = '81.2.69.160';
  await pass(hourMs);
  assert.equal(name.lastingProblem, null, 'not within the first hour');
  assert.match(problem() ?? '', /^deSEC doesn’t accept this token\. Make another one at desec\.io/);
  assert.deepEqual([name.view?.address, records()], ['81.2.69.142', ['81.2.69.142']]);
  await assert.rejects(keep('still-wrong'), /doesn’t accept this token/);
  await keep('i-another-token');
  assert.deepEqual([problem(), records()], [null, ['81.2.69.160']]);
});

test('an address that changed while the computer was asleep is written at the first look', async (t) => {
  const { at, name, problem, pass, records } = await keptName(t);
  at.outside = '81.2.69.160';
  await pass(9 * hourMs);
  assert.deepEqual([name.view?.address, problem(), records()], ['81.2.69.160', null, ['81.2.69.160']]);
});
