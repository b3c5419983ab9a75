/**
 * `npm run test:load`: a node with 200 peers, all in one room, of whom 50 are dead, 10 answer slowly and 5 attack, while
 * 2,000 connections are held open. The other peers have to be served as usual, and the node's memory has to stay within
 * its bound. "As usual" is measured in the same run, before the trouble begins, because numbers of another machine say
 * nothing.
 *
 *   npm run test:load -- --peers 60 --connections 500
 *
 * Seen on two cores that were busy with other work: 3.8 times (pushes) and 2.1 times (deliveries) as long as before at
 * worst, and 540 MB, of which ordinary traffic with 200 peers takes 446. With 60 peers and 500 connections 421 MB.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseArgs } from 'node:util';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { memberBody } from '../support/attack/node.ts';
import { open, written } from '../support/attack/socket.ts';
import { type ChildNode, startChildNode } from '../support/nodes/child-node.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { tempDir } from '../support/temp.ts';

const { values } = parseArgs({ options: { peers: { type: 'string' }, connections: { type: 'string' } } });
const peerCount = Number(values.peers ?? 200);
const connections = Number(values.connections ?? 2000);
const part = (of200: number) => Math.max(1, Math.round((of200 * peerCount) / 200));
const [dead, slow, hostile] = [part(50), part(10), part(5)];

/**
 * The most memory that the node's process may use, with everything: code, caches, sockets, and what hostile peers send.
 */
const residentMbMax = 640;
/** How much longer a healthy peer may wait for its answer, and for its messages, than before: median and worst tenth. */
const ratioMax = 5;
const rounds = 30;
const atOnce = 8;

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
for (let n = 0; n < peerCount; n++) peers.push(await addPeer(`p${n}.test`));
const [deadPeers, slowPeers, hostilePeers] = [
  peers.slice(0, dead),
  peers.slice(dead, dead + slow),
  peers.slice(dead + slow, dead + slow + hostile),
];
const healthy = peers.slice(dead + slow + hostile);
console.log(`${peerCount} peers: ${healthy.length} healthy, ${dead} dead, ${slow} slow, ${hostile} hostile`);

const before = await measure('before', healthy);
const quietMb = residentMb('VmRSS');

for (const peer of deadPeers) peer.close();
for (const peer of slowPeers) peer.handlers.set('/event', () => 'hang');
const held = await holdConnections();
let isOver = false;
const attacks = hostilePeers.map((peer, n) => attack(peer, n));
const during = await measure('during', healthy);
isOver = true;
const requests = (await Promise.all(attacks)).reduce((sum, each) => sum + each, 0);
const peakMb = residentMb('VmHWM');
for (const { socket } of held) socket.destroy();

const faults = [
  ...['push', 'delivery'].flatMap((what) => {
    const key = what as keyof Measured;
    return (['median', 'p90'] as const).flatMap((at) => {
      const ratio = during[key][at] / before[key][at];
      console.log(
        `${what}, ${at}: ${before[key][at].toFixed(1)} ms before, ${during[key][at].toFixed(1)} ms during (${ratio.toFixed(1)})`,
      );
      return ratio > ratioMax ? [`${what}, ${at}: ${ratio.toFixed(1)} times as long as before`] : [];
    });
  }),
  ...(peakMb > residentMbMax ? [`${peakMb} MB resident, more than ${residentMbMax}`] : []),
  ...(node.stderr().match(/^.*"level":"?(?:50|60|error|fatal).*$/gm) ?? []).slice(0, 3),
];
console.log(`memory: ${quietMb} MB before, ${peakMb} MB at its worst, ${residentMbMax} MB allowed`);
console.log(`${requests} hostile requests, ${held.length} connections held`);
for (const fault of faults) console.log(`FAILED: ${fault}`);
if ((await node.stop()) !== 0) faults.push('the node did not stop in order');
for (const close of closers.reverse()) await close();
process.exit(faults.length === 0 ? 0 : 1);

async function addPeer(name: string): Promise<RawPeer> {
  const peer = await new RawPeer(name).listen(t);
  peer.handlers.set('/event', ({ body }) => {
    const key = `${name} ${(JSON.parse(body) as { event_id: string }).event_id}`;
    arrived.set(key, performance.now());
    awaited.get(key)?.(performance.now());
    return { status: 202, body: { inserted: true } };
  });
  await node.api.addPeer({ endpoint: peer.url });
  await peer.call(node.federation, 'POST', '/join', memberBody(name, room, `@user:${name}`));
  return peer;
}

interface Times {
  readonly median: number;
  readonly p90: number;
}
interface Measured {
  readonly push: Times;
  readonly delivery: Times;
}

/** Healthy peers push a few events at a time, and the owner posts. Each post has to reach every healthy peer. */
async function measure(when: string, from: readonly RawPeer[]): Promise<Measured> {
  const push: number[] = [];
  const delivery: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, i) => {
        const peer = from[(round * atOnce + i) % from.length];
        if (!peer) return;
        const began = performance.now();
        const { status, body } = await peer.post(node.federation, peer.message(room, `${when} ${round}`));
        if (status !== 202) throw new Error(`a healthy peer got ${status}: ${JSON.stringify(body)}`);
        push.push(performance.now() - began);
      }),
    );
    const began = performance.now();
    const { event_id } = await node.api.postMessage({ room_id: room, body: `${when} ${round}` });
    const at = await Promise.all(from.map((peer) => arrival(peer, event_id)));
    delivery.push(...at.map((time) => time - began));
  }
  return { push: timesOf(push), delivery: timesOf(delivery) };
}

/** When the event reached the peer. */
async function arrival(peer: RawPeer, eventId: string): Promise<number> {
  const key = `${peer.name} ${eventId}`;
  const known = arrived.get(key);
  if (known !== undefined) return known;
  // Nothing polls in a loop, which would take processor time from the node.
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

function timesOf(all: number[]): Times {
  const sorted = all.sort((a, b) => a - b);
  const at = (part_: number) => sorted[Math.floor((sorted.length - 1) * part_)] ?? 0;
  return { median: at(0.5), p90: at(0.9) };
}

/** A third silent, a third in the middle of a head, a third in the middle of a body. */
async function holdConnections() {
  const all = [];
  for (let n = 0; n < connections; n++) {
    const line = await open(node.federation);
    if (n % 3 === 1) line.socket.write(`POST ${federationPrefix}/event HTTP/1.1\r\nX-Slow: `);
    if (n % 3 === 2)
      line.socket.write(
        written(
          'POST',
          `${federationPrefix}/event`,
          [
            ['X-Paracord-Origin', 'p0.test'],
            ['Content-Length', '1000000'],
          ],
          'x'.repeat(2000),
        ),
      );
    all.push(line);
  }
  return all;
}

/**
 * Forged signatures over large bodies, correctly signed nonsense, deep nesting, and reads of everything. Counts
 * requests.
 */
async function attack(peer: RawPeer, n: number): Promise<number> {
  const large = JSON.stringify({ junk: 'x'.repeat(900_000) });
  const nested = `{"a":${'['.repeat(400_000)}`;
  const forged = { 'x-paracord-signature': '0'.repeat(128) };
  const page = `/events?room_id=${encodeURIComponent(room)}&limit=1000&since_depth=0`;
  let count = 0;
  while (!isOver) {
    const kind = (count++ + n) % 5;
    const asked =
      kind === 0
        ? peer.call(node.federation, 'POST', '/event', large, forged)
        : kind === 1
          ? peer.call(node.federation, 'POST', '/event', nested)
          : kind === 2
            ? peer.call(node.federation, 'GET', page)
            : kind === 3
              ? peer.post(node.federation, peer.message(room, 'x'.repeat(1000)))
              : peer.call(node.federation, 'POST', '/join', large);
    await asked.catch(() => {});
  }
  return count;
}

/** From the kernel: the memory that the process uses now (VmRSS), or its maximum (VmHWM). */
function residentMb(field: 'VmRSS' | 'VmHWM', of: ChildNode = node): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync(`/proc/${of.pid}/status`, 'utf8'),
  );
  return Math.round(Number(line?.[1] ?? 0) / 1024);
}
