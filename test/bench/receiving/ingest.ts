import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from '../../../shared/protocol/limits.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { type Ground, type Result, rates as ratesOf, ratios } from '../report/result.ts';
import { batched, blast, connections, single, singles, type Target } from './load.ts';

const modes = ['bare', 'verify-only', 'durable'] as const;
type Mode = (typeof modes)[number];

/** Alternates between bare Koa, the same listener without verifying and storing, and the full durable ingest. */
export async function benchIngest({ dir, isShort }: Ground): Promise<Result> {
  const rounds = isShort ? 3 : 5;
  const requestsPerRound = isShort ? 1500 : 6000;
  const { peer, room } = await prepare(dir);
  const servers = {} as Record<Mode, Server>;
  const rates: Record<Mode, number[]> = { bare: [], 'verify-only': [], durable: [] };
  for (const mode of modes)
    servers[mode] = await startServer(mode, join(dir, mode === 'durable' ? 'durable' : 'verify-only'));
  for (let round = -1; round < rounds; round++) {
    for (const mode of modes) {
      const rate = await single(
        servers[mode],
        peer,
        room,
        round < 0 ? requestsPerRound / 3 : requestsPerRound,
      );
      if (round >= 0) rates[mode].push(rate);
    }
  }
  for (const mode of modes) servers[mode].process.disconnect();
  return {
    measures: [
      ratios(
        `durable ingest / verifying only, ${connections} connections`,
        rates.durable,
        rates['verify-only'],
        {
          atLeast: 0.95,
        },
      ),
      ratios('durable ingest / bare Koa', rates.durable, rates.bare),
      ratesOf('bare Koa', rates.bare),
      ratesOf('verifying, storing nothing', rates['verify-only']),
      ratesOf('durable ingest', rates.durable),
    ],
    boundedBy:
      'the main thread (HTTP, JSON, deciding, writing), and the cores, which the load generator shares',
    notes: [
      'Each event is a request of its own, on disk before its answer.',
      'The processor time that both take allows 0.75 on two cores that do nothing else: see decision 70, “What two cores allow”.',
    ],
  };
}

/** Alternates between single events and full batches. */
export async function benchBatches({ dir, isShort }: Ground): Promise<Result> {
  const rounds = isShort ? 3 : 5;
  const perRound = (isShort ? 20 : 100) * limits.batchEventsMax;
  const { peer, room } = await prepare(dir);
  const server = await startServer('durable', join(dir, 'durable'));
  const alone: number[] = [];
  const together: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const count = round < 0 ? perRound / 5 : perRound;
    const rates = [
      await single(server, peer, room, count),
      await batched(server, peer, room, count),
    ] as const;
    if (round < 0) continue;
    alone.push(rates[0]);
    together.push(rates[1]);
  }
  server.process.disconnect();
  return {
    measures: [
      ratios(`batches of ${limits.batchEventsMax} / single events`, together, alone, { atLeast: 3 }),
      ratesOf('one event per request', alone),
      ratesOf(`${limits.batchEventsMax} events per request`, together),
    ],
    boundedBy: 'the thread that verifies one signature per event',
  };
}

/** Signatures verified by one thread and by several, as many as the machine has. */
export async function benchThreads({ dir, isShort }: Ground): Promise<Result> {
  const rounds = isShort ? 3 : 5;
  const perRound = (isShort ? 20 : 100) * limits.batchEventsMax;
  const { peer, room } = await prepare(dir);
  const counts = [1, 2, 4].filter((count) => count <= cpus().length);
  const servers = new Map<number, Server>();
  for (const count of counts)
    servers.set(count, await startServer('verify-only', join(dir, 'verify-only'), count));
  const rates = new Map<number, number[]>(counts.map((count) => [count, []]));
  for (let round = -1; round < rounds; round++)
    for (const [count, server] of servers) {
      const rate = await batched(server, peer, room, round < 0 ? perRound / 5 : perRound);
      if (round >= 0) rates.get(count)?.push(rate);
    }
  for (const server of servers.values()) server.process.disconnect();
  const of = (count: number) => rates.get(count) ?? [];
  return {
    measures: [
      ...counts.slice(1).map((count) => ratios(`${count} verifying threads / one`, of(count), of(1))),
      ...counts.map((count) => ratesOf(`batches, verified by ${count} threads, not stored`, of(count))),
    ],
    boundedBy:
      'the number of cores, which the load generator, the main thread and the verifying threads share',
    notes: ['A node starts one verifying thread less than there are cores, and at least one.'],
  };
}

/** How long the event loop is blocked while half as many events arrive as the node could ingest. */
export async function benchDelay({ dir, isShort }: Ground): Promise<Result> {
  const rounds = isShort ? 3 : 5;
  const perRound = isShort ? 1500 : 6000;
  const { peer, room } = await prepare(dir);
  const server = await startServer('durable', join(dir, 'durable'));
  const rates: number[] = [];
  const delays: Record<'half' | 'full', number[]> = { half: [], full: [] };
  for (let round = -1; round < rounds; round++) {
    await delayOf(server);
    const rate = await single(server, peer, room, perRound);
    const full = await delayOf(server);
    await blast(server.port, singles(peer, room, perRound / 2), connections, 202, rate / 2);
    const half = await delayOf(server);
    if (round < 0) continue;
    rates.push(rate);
    delays.full.push(full);
    delays.half.push(half);
  }
  server.process.disconnect();
  const unit = 'ms';
  return {
    measures: [
      {
        what: 'event loop delay at half of the highest rate, p99',
        unit,
        values: delays.half,
        wanted: { atMost: 20 },
      },
      { what: 'the same at the highest rate', unit, values: delays.full },
      ratesOf('the highest rate', rates),
    ],
    boundedBy:
      'the largest piece of work that the main thread does at once: deciding and writing a transaction',
  };
}

/** The event loop's delay since it was last asked for: p99, in ms. */
async function delayOf({ process: child }: Server): Promise<number> {
  child.send('delay');
  const [delay] = (await once(child, 'message')) as [number];
  return delay;
}

interface Server extends Target {
  readonly process: ChildProcess;
}

/** Two data folders of the same shape: a node with one room, and the load's peer a member of it. */
export async function prepare(dir: string): Promise<{ peer: RawPeer; room: string }> {
  const closers: (() => void)[] = [];
  const peer = await new RawPeer('load.test').listen({
    after: (close) => void closers.push(close as () => void),
  });
  const node = await startChildNode({ name: 'bench.test', dataDir: join(dir, 'durable') });
  await node.api.addPeer({ endpoint: peer.url });
  const all = { requests_per_minute: 10_000_000, burst: 10_000_000 };
  await node.api.changePeer({ server_name: 'load.test', limits: all });
  const room = await node.api.createRoom({ name: 'Load', join_rule: 'peers' });
  const join_ = { origin_server: 'load.test', room_id: room.room_id, user_id: '@user:load.test' };
  await peer.call(node.federation, 'POST', '/join', JSON.stringify(join_));
  await node.stop();
  cpSync(join(dir, 'durable'), join(dir, 'verify-only'), { recursive: true });
  for (const close of closers) close();
  return { peer, room: room.room_id };
}

async function startServer(mode: Mode, dataDir: string, threads?: number): Promise<Server> {
  const words = [mode, dataDir, ...(threads === undefined ? [] : [String(threads)])];
  const child = fork(fileURLToPath(new URL('./ingest-server.ts', import.meta.url)), words);
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  const [port] = (await once(child, 'message')) as [number];
  return { process: child, port };
}
