import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { addressHere, type Cut, type Machine, makeMachines } from '../netns/machines.ts';
import { Dice } from '../sim/dice.ts';
import { tempDir } from '../temp.ts';
import { pause, until } from '../until.ts';
import { LoggedInBrowser } from './logged-in.ts';
import { MixedWriters } from './mixed-writers.ts';
import { PlacedTwin } from './placed-twin.ts';
import { PostgresPair } from './postgres-pair.ts';
import { checkAll, checkSame, type Evidence, noteCommits } from './proof-checks.ts';
import { Recorder, roomAt } from './recorder.ts';

export interface Harm {
  /** The node that leads, the one that waits, or the primary of the database. */
  readonly whom: 'leader' | 'waiting' | 'primary';
  readonly how: 'kill' | 'stop' | 'cut';
  /** The part that a cut separates. */
  readonly off?: Cut;
  /** Until another node must lead. */
  readonly msMax?: number;
}

/** In turn. */
const harms: readonly Harm[] = [
  { whom: 'leader', how: 'kill', msMax: 5_000 },
  { whom: 'leader', how: 'stop', msMax: 15_000 },
  { whom: 'leader', how: 'cut', off: 'database' },
  { whom: 'primary', how: 'kill' },
  { whom: 'leader', how: 'kill', msMax: 5_000 },
  { whom: 'waiting', how: 'stop' },
  { whom: 'leader', how: 'stop', msMax: 15_000 },
  { whom: 'primary', how: 'stop' },
  { whom: 'leader', how: 'cut', off: 'machine' },
  { whom: 'waiting', how: 'kill' },
  { whom: 'primary', how: 'cut', off: 'machine' },
  { whom: 'primary', how: 'cut', off: 'replication' },
];

export const harmAt = (round: number): Harm => harms[round % harms.length]!;

export const nameOf = ({ whom, how, off }: Harm): string =>
  off === undefined ? `${how} ${whom}` : `cut ${whom} (${off})`;

const patienceMs = 120_000;

interface Roles {
  readonly leader: PlacedTwin;
  readonly waiting: PlacedTwin;
}

/** Two nodes and two databases on two machines, and on a third a peer, the owner, and who looks after the databases. */
export class ProofWorld {
  readonly writers: MixedWriters;
  readonly pair: PostgresPair;
  readonly #twins: readonly [PlacedTwin, PlacedTwin];
  readonly #recorder: Recorder;
  readonly #browser: LoggedInBrowser;
  readonly #dice: Dice;
  #rooms = 0;

  private constructor(deps: {
    twins: [PlacedTwin, PlacedTwin];
    pair: PostgresPair;
    recorder: Recorder;
    browser: LoggedInBrowser;
    dice: Dice;
  }) {
    this.#twins = deps.twins;
    this.pair = deps.pair;
    this.#recorder = deps.recorder;
    this.#browser = deps.browser;
    this.#dice = deps.dice;
    this.writers = new MixedWriters({
      dice: deps.dice.fork(),
      nodes: deps.twins,
      raw: deps.recorder.raw,
      room: '',
    });
  }

  static async make(t: Pick<TestContext, 'after'>, seed: number): Promise<ProofWorld> {
    const dir = tempDir(t);
    const machines = makeMachines(t);
    const pair = await PostgresPair.make(t, machines);
    const start = (at: 0 | 1, identity?: string) =>
      PlacedTwin.start(t, machines[at], {
        dir: join(dir, `machine-${at + 1}`),
        database: pair.url,
        ...(identity !== undefined && { identity }),
      });
    const first = await start(0);
    await until([], 'the first node to lead', async () => (await first.role()) === 'leads', patienceMs);
    const twins: [PlacedTwin, PlacedTwin] = [first, await start(1, first.dataDir)];
    await noteCommits(pair);
    const recorder = await Recorder.listen(t, addressHere);
    await recorder.becomePeerOf(first);
    const browser = await LoggedInBrowser.logIn(first);
    const world = new ProofWorld({ twins, pair, recorder, browser, dice: new Dice(seed) });
    await world.newRoom();
    return world;
  }

  /** The writers go on in a room that has nothing yet. */
  async newRoom(): Promise<void> {
    const { leader } = await this.#roles();
    const room_id = await roomAt(leader, `Hall ${++this.#rooms}`);
    await this.#recorder.join(leader, room_id);
    this.writers.moveTo(room_id);
  }

  /** Resolves with how long nothing could be written, in ms. */
  async harm(harm: Harm, patience: number): Promise<number> {
    const dice = this.#dice;
    const roles = await this.#roles();
    this.writers.start();
    await this.writers.acknowledge(dice.between(5, 20));
    this.writers.hurry(true);
    await this.writers.acknowledge(dice.between(10, 60));
    const mend = await this.#begin(harm, roles);
    const since = performance.now();
    await this.writers.acknowledge(1);
    const took = performance.now() - since;
    this.writers.hurry(false);
    await this.writers.acknowledge(5);
    await pause(dice.between(0, 4_000));
    await mend();
    // A database that was promoted meanwhile has company for a while that doesn't know.
    this.pair.returned(dice.chance(0.5) ? dice.between(0, 3_000) : 0);
    await this.#roles();
    await this.pair.untilInSync();
    await this.writers.acknowledge(5);
    await this.writers.stop();
    const { msMax = Number.POSITIVE_INFINITY } = harm;
    assert.ok(took <= msMax * patience, `${nameOf(harm)}: written again after ${Math.round(took)} ms`);
    return took;
  }

  /** Returns how to end it. */
  async #begin({ whom, how, off }: Harm, roles: Roles): Promise<() => unknown> {
    this.pair.returned(Number.POSITIVE_INFINITY);
    if (whom === 'primary') {
      const { machine, server } = this.pair.primary;
      if (how === 'cut') return this.#cut(machine, off!);
      server.signal(how === 'kill' ? 'SIGKILL' : 'SIGSTOP');
      return () => how === 'stop' && server.signal('SIGCONT');
    }
    const victim = roles[whom];
    if (how === 'cut') return this.#cut(victim.machine, off!);
    if (how === 'stop') {
      victim.signal('SIGSTOP');
      return () => victim.signal('SIGCONT');
    }
    await victim.kill();
    return () => victim.start();
  }

  #cut(machine: Machine, off: Cut): () => void {
    machine.cut(off);
    return () => machine.mend();
  }

  /** Once one of the nodes leads and the other one waits. */
  async #roles(): Promise<Roles> {
    return until(
      [],
      'one node to lead and the other to wait',
      async () => {
        const roles = await Promise.all(this.#twins.map((twin) => twin.role()));
        if (!roles.includes('leads') || !roles.includes('waits')) return null;
        return {
          leader: this.#twins[roles.indexOf('leads')]!,
          waiting: this.#twins[roles.indexOf('waits')]!,
        };
      },
      patienceMs,
    );
  }

  get #evidence(): Evidence {
    return { writers: this.writers, twins: this.#twins, recorder: this.#recorder, database: this.pair };
  }

  /** Nothing acknowledged is lost or there twice, one node commits at a time, and nobody has to log in again. */
  async check(): Promise<void> {
    await checkSame(this.#evidence);
    await this.#browser.isStillIn((await this.#roles()).leader, patienceMs);
  }

  /** The same, and everything was delivered. */
  async checkAll(): Promise<void> {
    await checkAll(this.#evidence, (await this.#roles()).leader);
  }

  get leads(): Promise<number> {
    return this.pair.primary
      .ask<{ token: number }>('SELECT token FROM paracord_node.node_state')
      .then((row) => row?.token ?? 0);
  }

  /** How often each exit code ended a node. */
  get ends(): string {
    const counts = Map.groupBy(
      this.#twins.flatMap(({ ended }) => ended),
      (code) => code,
    );
    return [...counts].map(([code, all]) => `${code}: ${all.length} times`).join(', ');
  }

  /** The logs of the nodes, for finding out why something failed. */
  get logs(): string {
    return this.#twins.map(({ log }, at) => `--- node ${at + 1}\n${log.slice(-8_000)}`).join('\n');
  }
}
