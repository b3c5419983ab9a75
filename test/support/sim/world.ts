import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from '../at-end.ts';
import { until } from '../until.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Dice } from './dice.ts';
import { calm, SimNetwork } from './network.ts';
import { SimNode } from './node.ts';

/** A disk in memory if there is one: a commit still goes through the file system, but doesn't wait for hardware. */
export function quickFolder(t: Pick<TestContext, 'after'>): string {
  const memory = '/dev/shm';
  const base = !tmpdir().startsWith(memory) && existsSync(memory) ? memory : tmpdir();
  const folder = mkdtempSync(join(base, 'paracord-sim-'));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const startedAt = Date.UTC(2025, 0, 1);

/** Nodes, the network between them and the time, all determined by one seed. */
export class World {
  readonly seed: number;
  readonly clock = new VirtualClock(startedAt);
  readonly dice: Dice;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly trace: string[] = [];
  readonly #hash = createHash('sha256');
  readonly #mayBeOffMs: number;
  /** Clocks are off by `leapMsMax` only between setup and healing. */
  clocksMayLeap = false;

  constructor(
    t: Pick<TestContext, 'after'>,
    options: {
      readonly seed: number;
      readonly names: readonly string[];
      readonly skewMsMax?: number;
      readonly skewsMs?: readonly number[];
      /** In one of ten lives the clock is off by up to this much, until the world is healed. */
      readonly leapMsMax?: number;
      /** The domains in identifiers, if they differ from the names. */
      readonly domainOf?: (name: string) => string;
    },
  ) {
    this.seed = options.seed;
    this.dice = new Dice(options.seed);
    this.network = new SimNetwork(this.clock, this.dice.fork(), (line) => {
      if (process.env.SIM_TRACE === 'all') this.note(line);
      else this.#hashLine(line);
    });
    const folder = quickFolder(t);
    const skew = options.skewMsMax ?? 0;
    const leap = options.leapMsMax ?? 0;
    this.#mayBeOffMs = skew;
    this.nodes = options.names.map(
      (name, i) =>
        new SimNode({
          name,
          domain: options.domainOf?.(name) ?? name,
          folder,
          world: this.clock,
          network: this.network,
          dice: this.dice.fork(),
          skew: () => {
            if (leap > 0 && this.clocksMayLeap && this.dice.chance(0.1))
              return this.dice.between(-leap, leap);
            return options.skewsMs?.[i] ?? (skew === 0 ? 0 : this.dice.between(-skew, skew));
          },
        }),
    );
    atEnd(t, () => {
      for (const node of this.nodes) if (node.isUp) node.crash();
    });
  }

  node(name: string): SimNode {
    const node = this.nodes.find((each) => each.name === name);
    if (!node) throw new Error(`no node ${name}`);
    return node;
  }

  /** Starts every node with its owner (named like the server's first label) and more users. */
  async setUp(users: readonly string[] = []): Promise<void> {
    for (const node of this.nodes) {
      await node.start();
      const { name, domain } = node;
      await node.api.setUp({ server_name: name, domain, owner: name.split('.')[0] ?? '' });
      for (const localpart of users) await node.api.addUser({ localpart });
    }
  }

  async befriend(a: SimNode, b: SimNode): Promise<void> {
    await this.wait(a.api.addPeer({ endpoint: `http://${b.name}` }));
    await this.wait(b.api.addPeer({ endpoint: `http://${a.name}` }));
  }

  #hashLine(line: string): void {
    this.#hash.update(`${this.clock.now() - startedAt} ${line}\n`);
  }

  note(line: string): void {
    this.#hashLine(line);
    this.trace.push(`${((this.clock.now() - startedAt) / 1000).toFixed(3)} ${line}`);
  }

  /** A hash that is equal for two runs that did the same, down to the last request. Ends the trace. */
  traceHash(): string {
    return this.#hash.digest('hex');
  }

  /**
   * Lets time pass until a promise has settled, for calls that need an answer over the network. In the end it waits for
   * a real disk, too: on a busy machine it is slower than the virtual clock.
   */
  async wait<T>(promise: Promise<T>, msMax = 60_000): Promise<T> {
    let over = false;
    const watched = promise.finally(() => {
      over = true;
    });
    watched.catch(() => {});
    const end = this.clock.now() + msMax;
    await this.clock.settle();
    while (!over) {
      if (this.clock.now() < end) await this.clock.advance(5);
      else await until([], 'the end of a call in time', () => over);
    }
    return watched;
  }

  /** Makes the weather good, repairs every link, starts every node, and sets clocks that are far off. */
  async heal(): Promise<void> {
    this.clocksMayLeap = false;
    for (const node of this.nodes)
      if (node.isUp && Math.abs(node.now() - this.clock.now()) > this.#mayBeOffMs) node.crash();
    this.network.weather = { ...calm };
    this.network.mendAll();
    for (const node of this.nodes) await this.wait(node.start());
    this.note('healed');
  }
}
