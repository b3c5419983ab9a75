/**
 * `npm run test:standby`: two nodes, a PostgreSQL primary and its synchronous standby on two machines, and on a third a
 * peer, the owner, and somebody who looks after the databases. The machines are network namespaces, so this takes root on
 * Linux. While everybody writes, again and again the leader, the node that waits, or the primary is killed with kill -9,
 * stopped for a while, or cut off, and comes back. A node that ends is started again, as by systemd.
 *
 * After each round, nothing that was acknowledged may be lost or there twice, no two nodes may have committed in turn, and
 * both copies and PostgreSQL must have the same. After kill -9 of the leader, something must be written within 5 s, and
 * within 15 s if it was stopped. Prints how long nothing could be written.
 *
 *   npm run test:standby -- --rounds 20 --seed 7       fewer; other dice (the seed of a run is in its output)
 *   npm run test:standby -- --from 30 --rounds 9       only what happens in rounds 31 to 39
 *   npm run test:standby -- --patience 5               on a busy machine: the limits are five times as long
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseArgs } from 'node:util';
import { noPostgres } from '../support/daemons/postgres.ts';
import { routerMissing } from '../support/daemons/router.ts';
import { Place } from '../support/netns/netns.ts';
import { harmAt, nameOf, ProofWorld } from '../support/standby/proof-world.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    patience: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? 200);
const first = Number(values.from ?? 0);
const seed = Number(values.seed ?? Date.now() % 100_000);
const patience = Number(values.patience ?? 1);
const roundsPerRoom = 10;
const inside = 'PARACORD_TEST_MACHINE';

const closers: (() => unknown)[] = [];
const t = { after: (close: unknown) => void closers.push(close as () => unknown) } as Pick<
  TestContext,
  'after'
>;
const end = async (code: number): Promise<never> => {
  // A PostgreSQL that is ending doesn't keep this process running.
  setInterval(() => {}, 1_000);
  for (const close of closers.reverse()) await close();
  process.exit(code);
};
process.once('SIGINT', () => void end(130)).once('SIGTERM', () => void end(143));

if (process.env[inside] === undefined) {
  const missing = noPostgres || routerMissing();
  if (missing) {
    console.error(missing);
    process.exit(2);
  }
  await end(await runInside());
}
const failure = await takeTurns().catch((error: unknown) => error);
if (failure !== undefined) console.log(failure);
await end(failure === undefined ? 0 : 1);

/** Runs this program again, on the third machine. Returns its exit code. */
async function runInside(): Promise<number> {
  const place = new Place(t, 'third');
  const child = spawn('ip', ['netns', 'exec', place.name, process.execPath, ...process.argv.slice(1)], {
    env: { ...process.env, [inside]: 'third' },
    stdio: 'inherit',
  });
  t.after(() => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function takeTurns(): Promise<void> {
  console.log(`${rounds} rounds, seed ${seed}`);
  const world = await ProofWorld.make(t, seed);
  const took = new Map<string, number[]>();
  try {
    for (let round = 0; round < rounds; round++) {
      const harm = harmAt(first + round);
      const name = nameOf(harm);
      if (round > 0 && round % roundsPerRoom === 0) await world.newRoom();
      const ms = await world.harm(harm, patience);
      took.set(name, [...(took.get(name) ?? []), ms]);
      console.log(`${first + round + 1} ${name}: written again after ${Math.round(ms)} ms`);
      await world.check();
    }
    await world.checkAll();
  } catch (error) {
    const file = join(tmpdir(), `standby-${seed}.log`);
    writeFileSync(file, world.logs);
    console.log(`What the nodes wrote is in ${file}.`);
    throw error;
  } finally {
    console.log(distribution(took));
  }
  console.log(
    `${rounds} rounds with ${world.pair.promotions} promotions and ${await world.leads} leads: all of ` +
      `${world.writers.acknowledged.size} acknowledged writes are there once, and never did two nodes commit in ` +
      `turn. Nodes ended with ${world.ends}.`,
  );
}

/** A table in Markdown: until something was written again, in ms. */
function distribution(took: ReadonlyMap<string, readonly number[]>): string {
  const rows = [...took].map(([name, all]) => {
    const sorted = all.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
    return `| ${name} | ${all.length} | ${at(0)} | ${at(0.5)} | ${at(0.95)} | ${at(1)} |`;
  });
  return ['| harm | rounds | min | median | 95 % | max |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
