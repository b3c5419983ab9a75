import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../shared/protocol/events/event-batch.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { type Ground, type Result, rates as ratesOf, ratios } from '../report/result.ts';
import { blast, httpRequest } from './load.ts';

const connections = 64;
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
    boundedBy: 'the main thread: HTTP, JSON, deciding, and waiting for the disk',
    notes: [
      'Each event is a request of its own, on disk before its answer. The load generator shares the cores.',
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

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
}

/** Events per second. */
export function single(
  { port }: Pick<Server, 'port'>,
  peer: RawPeer,
  room: string,
  count: number,
): Promise<number> {
  const requests = Array.from({ length: count }, () => eventRequest(peer, room));
  return blast(port, requests, connections, 202);
}

/** A request with one new message. */
export function eventRequest(peer: RawPeer, room: string): Buffer {
  return requestOf(peer, `${federationPrefix}/event`, wireEvent(message(peer, room)));
}

/** The same in batches, on an eighth of the connections: that is still enough events in flight. */
async function batched({ port }: Server, peer: RawPeer, room: string, count: number): Promise<number> {
  const target = `${federationPrefix}/events`;
  const size = limits.batchEventsMax;
  const requests = Array.from({ length: Math.ceil(count / size) }, () => {
    const events = Array.from({ length: size }, () => ({
      event: wireEvent(message(peer, room)),
      sentTo: [],
    }));
    return requestOf(peer, target, writeBatch(events));
  });
  return size * (await blast(port, requests, connections / 8, 200));
}

function requestOf(peer: RawPeer, target: string, body: string): Buffer {
  const headers = peer.headers('POST', target, body, Date.now());
  return httpRequest('POST', target, { ...headers, 'content-type': 'application/json' }, body);
}

let messages = 0;

/** Ids from a counter: the peer's own clock never gives a time twice, and at this rate would get far ahead of ours. */
function message(peer: RawPeer, room: string): Envelope {
  const id = String(++messages);
  return peer.event({
    room,
    type: 'm.message',
    event_id: `$${id}:${peer.domain}`,
    origin_ts: Date.now(),
    content: {
      body: 'a message about as long as people write them on average',
      msgtype: 'm.text',
      guild_id: '1',
      channel_id: '1',
      message_id: id,
    },
  });
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

async function startServer(mode: Mode, dataDir: string): Promise<Server> {
  const child = fork(fileURLToPath(new URL('./ingest-server.ts', import.meta.url)), [mode, dataDir]);
  process.once('exit', () => child.kill('SIGKILL'));
  const [port] = (await once(child, 'message')) as [number];
  return { process: child, port };
}
