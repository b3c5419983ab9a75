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
import { checkAll, checkSame, type Evidence, noteLeads } from './proof-checks.ts';
import { Recorder, roomAt } from './recorder.ts';

/** Who is harmed: the node that leads, the one that stands by, or the primary of the database. */
export type Victim = 'leader' | 'standby' | 'primary';
export type Harm = {
  readonly whom: Victim;
  readonly how: 'kill' | 'stop' | 'cut';
  /** Of a cut: from what. */
  readonly off?: Cut;
};

const victims: readonly Victim[] = ['leader', 'standby', 'primary'];
const cutsOf: Readonly<Record<Victim, readonly Cut[]>> = {
  leader: ['database', 'machine', 'node'],
  standby: ['database', 'machine', 'node'],
  primary: ['machine', 'replication'],
};

/** Nine kinds in turn, and within cuts, one after the other of what can be cut off. */
export function harmAt(round: number): Harm {
  const how = (['kill', 'stop', 'cut'] as const)[Math.floor(round / 3) % 3]!;
  const whom = victims[round % 3]!;
  if (how !== 'cut') return { whom, how };
  const offs = cutsOf[whom];
  return { whom, how, off: offs[Math.floor(round / 9) % offs.length]! };
}

export const nameOf = ({ whom, how, off }: Harm): string =>
  off === undefined ? `${how} ${whom}` : `cut ${whom} (${off})`;

const patienceMs = 120_000;

/** Two nodes and two databases on two machines, and on a third a peer, the owner, and who looks after the databases. */
export class ProofWorld {
  readonly writers: MixedWriters;
  readonly pair: PostgresPair;
  readonly #twins: readonly [PlacedTwin, PlacedTwin];
  readonly #recorder: Recorder;
  readonly #far: Recorder;
  readonly #browser: LoggedInBrowser;
  readonly #rooms: string[] = [];
  readonly #dice: Dice;

  private constructor(parts: {
    twins: [PlacedTwin, PlacedTwin];
    pair: PostgresPair;
    recorder: Recorder;
    far: Recorder;
    browser: LoggedInBrowser;
    dice: Dice;
  }) {
    this.#twins = parts.twins;
    this.pair = parts.pair;
    this.#recorder = parts.recorder;
    this.#far = parts.far;
    this.#browser = parts.browser;
    this.#dice = parts.dice;
    this.writers = new MixedWriters({
      ...{ dice: parts.dice.fork(), nodes: parts.twins, raw: parts.recorder.raw, room: '' },
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
    const twins: [PlacedTwin, PlacedTwin] = [first, await start(1, first.dataDir)];
    await noteLeads(pair);
    const recorder = await Recorder.listen(t, addressHere);
    const far = await Recorder.listen(t, addressHere, 'standby');
    for (const each of [recorder, far]) await each.becomePeerOf(first);
    const browser = await LoggedInBrowser.logIn(first);
    const world = new ProofWorld({ twins, pair, recorder, far, browser, dice: new Dice(seed) });
    await world.newRoom();
    return world;
  }

  /** The writers go on in a room that has nothing yet. */
  async newRoom(): Promise<void> {
    const { leader } = await this.#roles();
    const room_id = await roomAt(leader, `Hall ${this.#rooms.length + 1}`);
    for (const each of [this.#recorder, this.#far]) await each.join(leader, room_id);
    this.#rooms.push(room_id);
    this.writers.moveTo(room_id);
  }

  /** Resolves with how long nothing could be written, in ms. */
  async harm(harm: Harm): Promise<number> {
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
    return took;
  }

  /** Returns how to end it. */
  async #begin(
    { whom, how, off }: Harm,
    { leader, standby }: { leader: PlacedTwin; standby: PlacedTwin },
  ): Promise<() => unknown> {
    this.pair.returned(Number.POSITIVE_INFINITY);
    if (whom === 'primary') {
      const { machine, server } = this.pair.primary;
      if (how === 'cut') return this.#cut(machine, off!);
      server.signal(how === 'kill' ? 'SIGKILL' : 'SIGSTOP');
      return () => how === 'stop' && server.signal('SIGCONT');
    }
    const victim = whom === 'leader' ? leader : standby;
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

  /** Once one of the nodes leads and the other stands by for it. */
  async #roles(): Promise<{ leader: PlacedTwin; standby: PlacedTwin }> {
    return until(
      [],
      'one node to lead and the other to stand by',
      async () => {
        const roles = await Promise.all(this.#twins.map((twin) => twin.role()));
        if (!roles.includes('leads') || !roles.includes('stands by')) return null;
        return {
          leader: this.#twins[roles.indexOf('leads')]!,
          standby: this.#twins[roles.indexOf('stands by')]!,
        };
      },
      patienceMs,
    );
  }

  get #evidence(): Evidence {
    return {
      ...{ writers: this.writers, twins: this.#twins, recorder: this.#recorder, far: this.#far },
      database: this.pair,
      rooms: this.#rooms,
    };
  }

  /**
   * Nothing acknowledged is lost or there twice, one signer at a time, everybody shows the same of the room, and nobody
   * has to log in again.
   */
  async check(): Promise<void> {
    await checkSame(this.#evidence, this.#rooms.slice(-1));
    for (const twin of this.#twins) await this.#browser.isStillIn(twin, patienceMs);
  }

  /** The same of all rooms, and everything was delivered. */
  async checkAll(): Promise<void> {
    await checkAll(this.#evidence);
  }

  get leads(): Promise<number> {
    return this.pair.primary
      .ask<{ token: number }>('SELECT token FROM paracord_node.node_state')
      .then((row) => row?.token ?? 0);
  }

  /** What the nodes wrote, for finding out why something failed. */
  get logs(): string {
    return this.#twins.map(({ log }, at) => `--- node ${at + 1}\n${log.slice(-8_000)}`).join('\n');
  }
}
