import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { get as getOverTls } from 'node:https';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { pathIn, pictureBytes, postFile, putBytes } from '../../support/nodes/files.ts';
import { until } from '../../support/until.ts';
import { type Ground, type Measure, type Result, ratios } from '../report/result.ts';

const serverPath = fileURLToPath(new URL('./static-server.ts', import.meta.url));
const bytesSent = 100_000_000;
/** More memory than before, of a node that sends or receives the file. */
const memoryWanted = { atMost: 20 };

/** A large file to a node, and from one node to another, beside the same bytes to and from the simplest server. */
export async function benchFiles(ground: Ground): Promise<Result> {
  const bytes = pictureBytes('film', bytesSent);
  writeFileSync(join(ground.dir, 'film'), bytes);
  const measures = [...(await overLine('TLS', ground, bytes)), ...(await overLine('no TLS', ground, bytes))];
  return {
    measures,
    boundedBy: 'SHA-256 of what arrives, and syncing it to the disk, which the plain server doesn’t do',
    notes: [
      'Over loopback. The plain server is a few lines of Node.js, and a client writes what it sends to a file. An upload never has TLS here: it goes to the console.',
    ],
  };
}

async function overLine(
  line: 'TLS' | 'no TLS',
  { dir, isShort }: Ground,
  bytes: Buffer,
): Promise<readonly Measure[]> {
  const isTls = line === 'TLS';
  const [a, b] = await Promise.all(
    ['a.test', 'b.test'].map((name) =>
      startChildNode({
        name,
        dataDir: join(dir, line, name),
        flags: isTls ? ['--tls', 'self-signed'] : [],
      }),
    ),
  );
  if (!a || !b) throw new Error('two nodes were started');
  const pair = isTls ? ['tls-cert.pem', 'tls-key.pem'].map((name) => join(a.dataDir, name)) : [];
  const plain = fork(serverPath, [join(dir, 'film'), join(dir, 'saved'), ...pair]);
  const [port] = (await once(plain, 'message')) as [number];
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
  const fromPlain = () =>
    timed(async () => {
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
      const asked = isTls ? getOverTls(options) : get(options);
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      await pipeline(answer, createWriteStream(join(dir, 'copy')));
    });
  const rounds = isShort ? 3 : 9;
  const fetched = await sideBySide(rounds, [a, b], fromPlain, fromNode);
  const measures: Measure[] = [
    ratios(`100 MB between two nodes, ${line}: speed / from a plain server`, fetched.plain, fetched.node, {
      atLeast: 0.9,
    }),
    { what: `100 MB between two nodes, ${line}`, unit: 'ms', values: fetched.node },
    memory(`more memory of the one that sends, ${line}`, fetched.grown[0]),
    memory(`more memory of the one that fetches, ${line}`, fetched.grown[1]),
  ];
  if (!isTls) {
    const toNode = async () => {
      const { upload_id } = await a.api.startUpload({ room_id, name: 'film.mp4', size: bytes.length });
      const ms = await timed(() => putBytes(a, { room_id, upload_id }, bytes));
      await a.api.cancelUpload({ room_id, upload_id });
      return ms;
    };
    const toPlain = () =>
      timed(() => fetch(`http://127.0.0.1:${port}/`, { method: 'PUT', body: Uint8Array.from(bytes) }));
    const sent = await sideBySide(rounds, [a], toPlain, toNode);
    measures.push(
      ratios('upload of 100 MB: speed / to a plain server', sent.plain, sent.node),
      { what: 'upload of 100 MB', unit: 'ms', values: sent.node },
      memory('more memory meanwhile', sent.grown[0]),
    );
  }
  plain.kill();
  await Promise.all([a.stop(), b.stop()]);
  return measures;
}

const memory = (what: string, grown: number | undefined): Measure => ({
  what,
  unit: 'MB',
  values: [grown ?? 0],
  wanted: memoryWanted,
});

/** Runs both once before, so that both have read the file and compiled their code. */
async function sideBySide(
  rounds: number,
  nodes: readonly ChildNode[],
  plain: () => Promise<number>,
  node: () => Promise<number>,
) {
  await node();
  await plain();
  const before = nodes.map(residentOf);
  const watch = new Peak(nodes);
  const times = { plain: [] as number[], node: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.plain.push(await plain());
    times.node.push(await node());
  }
  return { ...times, grown: watch.stop().map((peak, i) => peak - (before[i] ?? 0)) };
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
