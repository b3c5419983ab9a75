/**
 * `npm run test:load`: a node with 200 peers, all in one room, of whom 50 are dead, 10 answer slowly and 5 attack, while
 * 2,000 connections are held open. The healthy peers have to be served as usual, and the node's memory has to stay
 * within its bound. Healthy peers push, and the owner posts, at a fixed rate. How long that takes is measured in one run,
 * because numbers of another machine, or of another minute, say nothing:
 *
 * - `alone`, when nothing else happens;
 * - `failing`, once peers are dead or slow;
 * - alternately `beside`, while attackers and connections are aimed at a listener that does nothing, and `during`, while they
 *   are aimed at the node: the processor time that they cost this machine is not the node's fault.
 *
 * The ratio of `failing` to `alone` is the cost of failing peers, that of `during` to `beside` the cost of attackers.
 *
 *   npm run test:load -- --peers 60 --connections 500
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { memberBody } from '../support/attack/node.ts';
import { type ChildNode, startChildNode } from '../support/nodes/child-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { tempDir } from '../support/temp.ts';
import { takesBatches } from './takes-batches.ts';
import type { Done, Order } from './trouble.ts';

const { values } = parseArgs({ options: { peers: { type: 'string' }, connections: { type: 'string' } } });
const peerCount = Number(values.peers ?? 200);
const connections = Number(values.connections ?? 2000);
const part = (of200: number) => Math.max(1, Math.round((of200 * peerCount) / 200));
const [dead, slow, hostile] = [part(50), part(10), part(5)];

/**
 * The most memory that the node's process may use, with everything: code, caches, sockets, and what hostile peers send.
 */
const residentMbMax = 640;
/**
 * Served as usual: every event of a healthy peer is accepted, every message reaches every healthy peer, and both take at
 * most `ratioMax` times as long as without what failing peers and attackers add, in the median and in the worst tenth.
 * Nobody notices less than `noticedMs`, and so little varies by more than a factor of two by itself.
 */
const ratioMax = 2;
const noticedMs = 100;
/** In each round, which takes at least this long, so many healthy peers push an event, and the owner posts one. */
const roundMs = 1_000;
const rounds = 15;
/** How often the attackers turn to the node and away from it. */
const turns = 5;
const roundsOfTurn = 6;
const pushes = 4;

const closers: (() => unknown)[] = [];
const t = { after: (close: unknown) => void closers.push(close as () => unknown) } as Pick<
  TestContext,
  'after'
>;
const node = await startChildNode({ name: 'a.test', dataDir: join(tempDir(t), 'node') }, t);
const room = (await node.api.createRoom({ name: 'Crowd', join_rule: 'peers' })).room_id;

/** When each event arrived at each peer, and who waits for that; by `peer event`. */
const arrived = new Map<string, number>();
const awaited = new Map<string, (at: number) => void>();
const peers: RawPeer[] = [];
for (let n = 0; n < peerCount - hostile; n++) peers.push(await addPeer(`p${n}.test`, n));
const deadPeers = peers.slice(0, dead);
const slowPeers = peers.slice(dead, dead + slow);
const healthy = peers.slice(dead + slow);

/** The attackers, and everything else that must not slow down the process that measures. */
const trouble = fork(fileURLToPath(new URL('trouble.ts', import.meta.url)));
const names = Array.from({ length: hostile }, (_, n) => `hostile${n}.test`);
const { urls = [] } = await make({ order: 'peers', names });
for (const endpoint of urls) await node.api.addPeer({ endpoint });
await make({ order: 'join', node: node.federation, room });
console.log(`${peerCount} peers: ${healthy.length} healthy, ${dead} dead, ${slow} slow, ${hostile} hostile`);

const alone = newTimes();
await measure('alone', alone, rounds);
const quietMb = residentMb('VmRSS');
for (const peer of deadPeers) peer.close();
for (const peer of slowPeers) peer.handlers.set('/event', () => 'hang').set('/events', () => 'hang');
const failing = newTimes();
await measure('failing', failing, rounds);

const [beside, during] = [newTimes(), newTimes()];
const answers: [elsewhere: Answers, node: Answers] = [{}, {}];
for (let turn = 0; turn < turns; turn++) {
  await make({ order: 'begin', node: null, connections });
  await measure(`beside ${turn}`, beside, roundsOfTurn);
  addTo(answers[0], await make({ order: 'end' }));
  await make({ order: 'begin', node: node.federation, connections });
  await measure(`during ${turn}`, during, roundsOfTurn);
  addTo(answers[1], await make({ order: 'end' }));
}
const peakMb = residentMb('VmHWM');

const times = (['push', 'delivery'] as const).flatMap((what) =>
  (['median', 'worst tenth'] as const).flatMap((at) => {
    const of = (all: Times) => quantile(all[what], at === 'median' ? 0.5 : 0.9);
    return [[failing, 'failing', alone, 'alone'] as const, [during, 'during', beside, 'beside'] as const].map(
      ([more, name, less, than]) => {
        const [ms, usual] = [of(more), of(less)];
        const ratio = ms / usual;
        const title = `${what}, ${at}, ${name}`;
        console.log(`${title}: ${ms.toFixed(1)} ms, ${usual.toFixed(1)} ms ${than} (${ratio.toFixed(1)})`);
        return { name: title, ratio, ms };
      },
    );
  }),
);
const faults = [
  ...times
    .filter(({ ratio, ms }) => ratio > ratioMax && ms > noticedMs)
    .map(({ name, ratio }) => `${name}: ${ratio.toFixed(1)} times as long, more than ${ratioMax}`),
  ...(peakMb > residentMbMax ? [`${peakMb} MB resident, more than ${residentMbMax}`] : []),
  ...(node.stderr().match(/^.*"level":"?(?:50|60|error|fatal).*$/gm) ?? []).slice(0, 3),
];
console.log(`served as usual: at most ${ratioMax} times as long, or ${noticedMs} ms`);
console.log(`memory: ${quietMb} MB before, ${peakMb} MB at its worst, ${residentMbMax} MB allowed`);
console.log(`answers to attackers, elsewhere: ${JSON.stringify(answers[0])}`);
console.log(`answers to attackers, by the node: ${JSON.stringify(answers[1])}`);
trouble.disconnect();
for (const fault of faults) console.log(`FAILED: ${fault}`);
if ((await node.stop()) !== 0) faults.push('the node did not stop in order');
for (const close of closers.reverse()) await close();
process.exit(faults.length === 0 ? 0 : 1);

/** One peer in five accepts events one by one only, as the existing server does. */
async function addPeer(name: string, n: number): Promise<RawPeer> {
  const peer = await new RawPeer(name).listen(t);
  takesBatches(peer, (eventId) => {
    const key = `${name} ${eventId}`;
    const now = performance.now();
    arrived.set(key, now);
    awaited.get(key)?.(now);
  });
  if (n % 5 === 0) peer.extensions = peer.extensions.filter((each) => each !== 'events.batch');
  await node.api.addPeer({ endpoint: peer.url });
  await peer.call(node.federation, 'POST', '/join', memberBody(name, room, `@user:${name}`));
  return peer;
}

/** Has the other process do something, and waits until it is done. */
async function make(order: Order): Promise<Done> {
  const done = once(trouble, 'message') as Promise<[Done]>;
  trouble.send(order);
  return (await done)[0];
}

type Answers = Record<string, number>;

function addTo(sum: Answers, { answers: more = {} }: Done): void {
  for (const [status, count] of Object.entries(more)) sum[status] = (sum[status] ?? 0) + count;
}

/** Times in milliseconds. */
interface Times {
  readonly push: number[];
  readonly delivery: number[];
}
function newTimes(): Times {
  return { push: [], delivery: [] };
}

/**
 * Healthy peers push a few events at a time, and the owner posts. Each post has to reach every healthy peer. The first
 * round isn't counted: it waits for what was left over from before.
 */
async function measure(when: string, times: Times, count: number): Promise<void> {
  for (let round = -1; round < count; round++) {
    const isCounted = round >= 0;
    const next = once(AbortSignal.timeout(roundMs), 'abort');
    await Promise.all(
      Array.from({ length: pushes }, async (_, i) => {
        const peer = healthy[((round + 1) * pushes + i) % healthy.length];
        if (!peer) return;
        const began = performance.now();
        const { status, body } = await peer.post(node.federation, peer.message(room, `${when} ${round}`));
        if (status !== 202) throw new Error(`a healthy peer got ${status}: ${JSON.stringify(body)}`);
        if (isCounted) times.push.push(performance.now() - began);
      }),
    );
    const began = performance.now();
    const { event_id } = await node.api.postMessage({ room_id: room, body: `${when} ${round}` });
    const at = await Promise.all(healthy.map((peer) => arrival(peer, event_id)));
    if (isCounted) times.delivery.push(...at.map((time) => time - began));
    await next;
  }
}

/** When the event reached the peer. */
async function arrival(peer: RawPeer, eventId: string): Promise<number> {
  const key = `${peer.name} ${eventId}`;
  const known = arrived.get(key);
  if (known !== undefined) return known;
  // A loop that polls would take processor time from the node.
  return new Promise((resolve, reject) => {
    AbortSignal.timeout(60_000).addEventListener('abort', () =>
      reject(new Error(`${eventId} did not reach ${peer.name}`)),
    );
    awaited.set(key, (at) => {
      awaited.delete(key);
      resolve(at);
    });
  });
}

function quantile(all: number[], part_: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part_)] ?? 0;
}

/** Asks the kernel for the memory that the process uses now (VmRSS), or its maximum (VmHWM). */
function residentMb(field: 'VmRSS' | 'VmHWM', of: ChildNode = node): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${of.pid}/status`, 'utf8'),
  );
  return Math.round(Number(line?.[1] ?? 0) / 1024);
}
