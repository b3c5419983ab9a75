import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ChildNode, type NodeProcess, spawnNode } from '../nodes/child-node.ts';
import { freePorts } from '../nodes/free-ports.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';

/** Far more than it takes, on a machine that does ten other things. */
const patienceMs = 120_000;

/** One of two nodes with the same identity on one database. Each has a folder and ports of its own. */
export class Twin {
  readonly dataDir: string;
  readonly federation: string;
  readonly control: string;
  readonly #start: () => Promise<NodeProcess>;
  /** The process that runs now. */
  process!: NodeProcess;

  private constructor(dataDir: string, ports: readonly number[], start: () => Promise<NodeProcess>) {
    this.dataDir = dataDir;
    this.federation = `http://127.0.0.1:${ports[0]}`;
    this.control = `http://127.0.0.1:${ports[1]}`;
    this.#start = start;
  }

  /** `identity`: the data folder of the node whose identity it gets. */
  static async start(
    t: Pick<TestContext, 'after'>,
    { database, name, identity }: { database: string; name: string; identity: string | null },
  ): Promise<Twin> {
    const dataDir = join(tempDir(t), 'node');
    const ports = await freePorts(2);
    if (identity !== null) {
      mkdirSync(dataDir, { mode: 0o700 });
      copyFileSync(join(identity, 'identity.json'), join(dataDir, 'identity.json'));
      chmodSync(join(dataDir, 'identity.json'), 0o600);
    }
    const [listen, control] = ports.map((port) => `127.0.0.1:${port}`);
    const env = { PARACORD_NODE_DATABASE: database };
    const options = { name, dataDir, listen: listen!, control: control!, env };
    const twin = new Twin(dataDir, ports, () => spawnNode(options, t));
    await twin.start();
    return twin;
  }

  async start(): Promise<void> {
    this.process = await this.#start();
  }

  /** Once it leads. */
  get node(): Promise<ChildNode> {
    return this.process.ready;
  }

  /** Asks its health endpoint; null if nothing listens there. */
  async health(): Promise<{ readonly status: number; readonly message?: string } | null> {
    const answer = await fetch(`${this.control}/healthz`).catch(() => null);
    if (answer === null) return null;
    return { status: answer.status, message: ((await answer.json()) as { message?: string }).message ?? '' };
  }

  untilWaits(): Promise<unknown> {
    const waits = async () => /Standing by for/.test((await this.health())?.message ?? '');
    return until([], 'the node to stand by', waits, patienceMs);
  }
}

/** Two nodes as their owner starts them on two machines: the second gets the identity of the first. The first leads. */
export async function startTwins(
  t: Pick<TestContext, 'after'>,
  database: string,
  name = 'a.test',
): Promise<[leader: Twin, waiting: Twin]> {
  const leader = await Twin.start(t, { database, name, identity: null });
  await leader.node;
  const waiting = await Twin.start(t, { database, name, identity: leader.dataDir });
  await waiting.untilWaits();
  return [leader, waiting];
}
