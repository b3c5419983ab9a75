import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { certificateFor } from '../../support/attack/tls.ts';
import { noPostgres, startPostgres } from '../../support/daemons/postgres.ts';
import type { ChildNode } from '../../support/nodes/child-node.ts';
import { cpuMsOf, mainThreadUsOf, startNodes } from '../receiving/nodes.ts';
import { type Ground, type Measure, median, type Result, ratios } from '../report/result.ts';
import { addAll, type Crowd, startCrowd } from './crowd.ts';

const servers = 60;
const setups = [1, 2, 3] as const;
const words = ['one node', 'two nodes', 'three nodes'] as const;
/** Messages of people, not of a test: what one of them costs must be over before the next one. */
const betweenPostsMs = 400;
/** Longer than a leader believes in a standby that stands still, and than one takes to be back (carriers.ts). */
const settleMs = { fewer: 6_000, more: 3_000 };

interface Taken {
  readonly leader: number;
  readonly mainThread: number;
  readonly standbys: number;
}

/** What it costs the leader to deliver to servers with which no connection is open, alone and with standbys. */
export async function benchCarried({ dir, isShort }: Ground): Promise<Result | { readonly skipped: string }> {
  if (noPostgres !== false) return { skipped: noPostgres };
  const host = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address;
  // What is on this computer itself is never sent by another one.
  if (host === undefined) return { skipped: 'no network but loopback' };
  const pair = await certificateFor(host);
  const caFile = join(dir, 'ca.pem');
  writeFileSync(caFile, pair.cert);
  const postgres = await startPostgres({ durable: true });
  const nodes = await startNodes(dir, await postgres.database(), { NODE_EXTRA_CA_CERTS: caFile });
  const [leader] = nodes as [ChildNode];
  const crowd = await startCrowd(servers, 'ours', { host, ...pair });
  await addAll(leader, crowd);
  const { room_id: room } = await leader.api.createRoom({ name: 'Crowd', join_rule: 'peers' });
  await crowd.join(leader.federation, room);
  const posts = isShort ? 5 : 10;
  const taken = setups.map((): Taken[] => []);
  for (let round = -1; round < (isShort ? 2 : 3); round++)
    for (const [at, running] of setups.entries()) {
      for (const [nth, { pid }] of nodes.entries()) process.kill(pid, nth < running ? 'SIGCONT' : 'SIGSTOP');
      await setTimeout(running === 1 ? settleMs.fewer : settleMs.more);
      const one = await deliver({ nodes, crowd, room, posts: round < 0 ? 2 : posts });
      if (round >= 0) taken[at]!.push(one);
    }
  for (const node of nodes) await node.kill();
  await crowd.stop();
  // Its process doesn't keep this one alive.
  const alive = setInterval(() => {}, 1000);
  await postgres.stop();
  clearInterval(alive);
  return resultOf(taken);
}

interface Delivery {
  readonly nodes: readonly ChildNode[];
  readonly crowd: Crowd;
  readonly room: string;
  readonly posts: number;
}

async function deliver({ nodes, crowd, room, posts }: Delivery): Promise<Taken> {
  const [leader, ...standbys] = nodes as [ChildNode, ...ChildNode[]];
  await crowd.expect(servers * posts);
  const used = ({ pid }: ChildNode) => cpuMsOf(pid) ?? 0;
  const before = new Map(nodes.map((node) => [node, used(node)]));
  const mainBefore = mainThreadUsOf(leader.pid);
  for (let n = 0; n < posts; n++) {
    await leader.api.postMessage({ room_id: room, body: `message ${n}, of average length` });
    await setTimeout(betweenPostsMs);
  }
  const { arrived } = await crowd.arrived();
  const us = (of: readonly ChildNode[]) =>
    of.reduce((sum, node) => sum + (used(node) - before.get(node)!) * 1000, 0) / arrived;
  return {
    leader: us([leader]),
    mainThread: (mainThreadUsOf(leader.pid) - mainBefore) / arrived,
    standbys: us(standbys),
  };
}

function resultOf(taken: readonly (readonly Taken[])[]): Result {
  const values = (at: number, part: keyof Taken) => taken[at]!.map((each) => each[part]);
  const all = (part: keyof Taken) => setups.map((_, at) => Math.round(median(values(at, part)))).join(', ');
  return {
    measures: [
      ...setups
        .slice(1)
        .map((_, at) =>
          ratios(`leader’s time, ${words[at + 1]} / one`, values(at + 1, 'leader'), values(0, 'leader')),
        ),
      ...setups.map(
        (_, at): Measure => ({
          what: `leader’s time, ${words[at]}`,
          unit: 'µs per event',
          values: values(at, 'leader'),
        }),
      ),
    ],
    boundedBy:
      'the TLS handshake, wherever it happens; the leader itself has to sign, and to record the result',
    notes: [
      `A message for ${servers} servers every ${betweenPostsMs} ms, each over a new connection with TLS: nodes close one that was idle for 20 s.`,
      `Processor time in µs per delivery, for one, two and three nodes: leader ${all('leader')}, of which its main thread ${all('mainThread')}; standbys together ${all('standbys')}.`,
    ],
  };
}
