import type { TestContext } from 'node:test';
import { type Counts, meanOf } from './counts.ts';
import { RealWorld } from './real.ts';
import { ScaleWorld } from './world.ts';

const minute = 60_000;
/** One network's dice alone move the counts of few servers by a fifth, so these are averaged. */
const seeds = [1, 2, 3, 4];
const messages = 30;

/** The counts of an average server, in an hour. */
export interface Compared {
  readonly servers: number;
  readonly when: 'idle' | 'busy';
  readonly simulated: Counts;
  readonly real: Counts;
}

/** One room of this many servers: simulated with `ScaleServer`, and with whole nodes on databases. */
export async function compare(t: Pick<TestContext, 'after'>, servers: number): Promise<Compared[]> {
  const runs: Compared[][] = [];
  for (const seed of seeds) runs.push(await compareOnce(t, servers, seed));
  return (['idle', 'busy'] as const).map((when) => {
    const all = runs.flatMap((run) => run.filter((one) => one.when === when));
    const mean = (of: (one: Compared) => Counts) => meanOf(all.map(of), 1);
    return { servers, when, simulated: mean((one) => one.simulated), real: mean((one) => one.real) };
  });
}

async function compareOnce(
  t: Pick<TestContext, 'after'>,
  servers: number,
  seed: number,
): Promise<Compared[]> {
  const simulated = new ScaleWorld({ servers, roomSize: servers, rooms: 1, isMesh: false }, seed);
  await simulated.start(false);
  const real = new RealWorld(t, servers, seed);
  await real.start();
  const compared: Compared[] = [];
  const pass = async (ms: number) => {
    await simulated.clock.advanceTogether(ms);
    await real.world.clock.advance(ms);
  };
  await pass(40 * minute);
  for (const when of ['idle', 'busy'] as const) {
    const measured = [simulated.measure(simulated.servers), real.measure()];
    if (when === 'busy') for (const world of [simulated, real]) world.planMessages(messages, 30 * minute);
    await pass(30 * minute);
    const [ours, theirs] = measured.map((counts) => meanOf(counts(), 0.5));
    if (ours && theirs) compared.push({ servers, when, simulated: ours, real: theirs });
  }
  return compared;
}
