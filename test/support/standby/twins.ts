import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ChildNode, startChildNode } from '../nodes/child-node.ts';
import { freePorts } from '../nodes/free-ports.ts';
import { tempDir } from '../temp.ts';
import { until } from '../until.ts';

/** One of two nodes with the same identity on one database. */
export interface Twin {
  readonly dataDir: string;
  readonly port: number;
  /** The process that runs now. */
  node: ChildNode;
  start(): Promise<ChildNode>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** Two nodes as their owner starts them on two machines: the second gets the identity of the first. The first leads. */
export async function startTwins(
  t: Pick<TestContext, 'after'>,
  database: string,
  name = 'a.test',
): Promise<[leader: Twin, standby: Twin]> {
  const dir = tempDir(t);
  const ports = await freePorts(2);
  const twin = async (at: number): Promise<Twin> => {
    const dataDir = join(dir, `node-${at}`);
    const port = ports[at]!;
    if (at > 0) {
      mkdirSync(dataDir, { mode: 0o700 });
      copyFileSync(join(dir, 'node-0', 'identity.json'), join(dataDir, 'identity.json'));
      chmodSync(join(dataDir, 'identity.json'), 0o600);
    }
    const start = () =>
      startChildNode(
        { name, dataDir, listen: `127.0.0.1:${port}`, env: { PARACORD_NODE_DATABASE: database } },
        t,
      );
    const made: Twin = {
      ...{ dataDir, port, node: await start() },
      async start() {
        made.node = await start();
        return made.node;
      },
      signal: (which) => void process.kill(made.node.pid, which),
    };
    return made;
  };
  const leader = await twin(0);
  return [leader, await twin(1)];
}

/** Far more than it takes, on a machine that does ten other things. */
const patienceMs = 120_000;

/** Resolves with the time it took, in ms, until the node leads and answers. */
export async function untilLeads({ node }: Pick<Twin, 'node'>, since = performance.now()): Promise<number> {
  await until(
    [],
    'the standby to take over',
    async () => {
      const status = await node.api.status({}).catch(() => null);
      return status !== null && status.stands_by === null;
    },
    patienceMs,
  );
  return performance.now() - since;
}

export const untilStandsBy = ({ node }: Pick<Twin, 'node'>): Promise<unknown> =>
  until(
    [],
    'the node to stand by',
    async () => {
      const status = await node.api.status({}).catch(() => null);
      return status?.stands_by?.leader;
    },
    patienceMs,
  );
