import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { pathIn, pictureBytes, postFile } from '../../support/nodes/files.ts';
import { until } from '../../support/until.ts';
import { type Ground, type Result, ratios } from '../report/result.ts';

const serverPath = fileURLToPath(new URL('./static-server.ts', import.meta.url));
const bytesSent = 100_000_000;

/** A large file from one node to another, beside the same bytes from the simplest server to a file. */
export async function benchFiles({ dir, isShort }: Ground): Promise<Result> {
  const bytes = pictureBytes('film', bytesSent);
  const path = join(dir, 'film');
  writeFileSync(path, bytes);
  const plain = fork(serverPath, [path]);
  const [port] = (await once(plain, 'message')) as [number];
  const [a, b] = await Promise.all(
    ['a.test', 'b.test'].map((name) => startChildNode({ name, dataDir: join(dir, name) })),
  );
  if (!a || !b) throw new Error('two nodes were started');
  await a.api.addPeer({ endpoint: b.federation });
  await b.api.addPeer({ endpoint: a.federation });
  const { room_id } = await a.api.createRoom({ name: 'Films', join_rule: 'peers' });
  await b.api.joinRoom({ room_id });
  const event_id = await postFile(a, room_id, bytes, { name: 'film.mp4' });
  await until([], 'the message', async () =>
    (await b.api.timeline({ room_id })).items.some((item) => item.event_id === event_id),
  );
  const here = pathIn(b, bytes);
  const fromNode = async () => {
    rmSync(here, { force: true });
    return timed(() => b.api.fetchFile({ room_id, event_id, number: 0 }));
  };
  const copy = join(dir, 'copy');
  const fromPlain = () =>
    timed(async () => {
      const [answer] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
      await pipeline(answer, createWriteStream(copy));
    });
  // Once before, so that both have read the file and compiled their code.
  await fromNode();
  await fromPlain();
  const before = [a, b].map(residentOf);
  const watch = new Peak([a, b]);
  const [times, plainTimes]: [number[], number[]] = [[], []];
  for (let round = 0; round < (isShort ? 3 : 9); round++) {
    plainTimes.push(await fromPlain());
    times.push(await fromNode());
  }
  const grown = watch.stop().map((peak, i) => peak - (before[i] ?? 0));
  plain.kill();
  await Promise.all([a.stop(), b.stop()]);
  return {
    measures: [
      ratios('speed of 100 MB between two nodes / from a plain server', plainTimes, times, { atLeast: 0.9 }),
      { what: '100 MB between two nodes', unit: 'ms', values: times },
      {
        what: 'more memory meanwhile, of the one that sends',
        unit: 'MB',
        values: [grown[0] ?? 0],
        wanted: { atMost: 20 },
      },
      {
        what: 'more memory meanwhile, of the one that fetches',
        unit: 'MB',
        values: [grown[1] ?? 0],
        wanted: { atMost: 20 },
      },
    ],
    boundedBy: 'SHA-256 of what arrives, and syncing it to the disk, which the plain server doesn’t do',
    notes: [
      'All without TLS, over loopback. The plain server is 10 lines of Node.js, and a client writes what it sends to a file.',
    ],
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const residentOf = ({ pid }: Pick<ChildNode, 'pid'>): number => {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1000;
};

/** The most memory that processes occupy, in MB. */
class Peak {
  readonly #peaks: number[];
  readonly #timer: NodeJS.Timeout;

  constructor(nodes: readonly ChildNode[]) {
    this.#peaks = nodes.map(residentOf);
    this.#timer = setInterval(() => {
      for (const [i, node] of nodes.entries())
        this.#peaks[i] = Math.max(this.#peaks[i] ?? 0, residentOf(node));
    }, 20);
  }

  stop(): number[] {
    clearInterval(this.#timer);
    return this.#peaks;
  }
}
