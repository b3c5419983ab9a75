import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../../../shared/protocol/limits.ts';
import { noPostgres, type Postgres, startPostgres } from '../../support/daemons/postgres.ts';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';
import {
  type Ground,
  type Measure,
  median,
  type Result,
  rates as ratesOf,
  ratios,
} from '../report/result.ts';
import { batches, blast, connections, singles } from './load.ts';

/** How many nodes run, and which of them receive: the first one leads. */
const setups = {
  'one node': { running: 1, firstReceiving: 0 },
  'two nodes': { running: 2, firstReceiving: 0 },
  'three nodes': { running: 3, firstReceiving: 0 },
  'two standbys only': { running: 3, firstReceiving: 1 },
} as const;
type Setup = keyof typeof setups;
const names = Object.keys(setups) as Setup[];
const nodesMax = 3;
const kinds = ['batches', 'single'] as const;
/** Enough batches under way for three nodes. */
const batchConnections = 12;
type Kind = (typeof kinds)[number];

/** What one load took: events per second, and processor time in µs per event. */
interface Taken {
  readonly rate: number;
  readonly leader: number;
  readonly leadersMainThread: number;
  readonly standbys: number;
  readonly postgres: number;
  readonly load: number;
}

/** The same load through one, two and three nodes with one identity on one PostgreSQL that syncs. */
export async function benchNodes({ dir, isShort }: Ground): Promise<Result | { readonly skipped: string }> {
  if (noPostgres !== false) return { skipped: noPostgres };
  const rounds = isShort ? 2 : 3;
  const perRound = (isShort ? 20 : 64) * limits.batchEventsMax;
  const closers: (() => unknown)[] = [];
  const t = { after: (close: unknown) => void closers.push(close as () => unknown) };
  const postgres = await startPostgres({ durable: true });
  const nodes = await startNodes(dir, await postgres.database());
  const senders = await startSenders(t, nodes);
  const taken = new Map<string, Taken[]>();
  for (let round = -1; round < rounds; round++)
    for (const setup of names) {
      const { running, firstReceiving } = setups[setup];
      await only(nodes, running, senders);
      for (const kind of kinds) {
        const one = await load({
          ...{ nodes: nodes.slice(0, running), firstReceiving, postgres, senders, kind },
          events: round < 0 ? perRound / 4 : perRound,
        });
        if (round < 0) continue;
        const key = `${kind} ${setup}`;
        taken.set(key, [...(taken.get(key) ?? []), one]);
      }
    }
  for (const node of nodes) await node.kill();
  for (const close of closers.reverse()) await close();
  // Its process doesn't keep this one alive.
  const alive = setInterval(() => {}, 1000);
  await postgres.stop();
  clearInterval(alive);
  return resultOf((kind, setup) => taken.get(`${kind} ${setup}`) ?? []);
}

interface Sender {
  readonly peer: RawPeer;
  readonly room: string;
}

/** The first leads. Each of the others gets its identity. */
export async function startNodes(
  dir: string,
  database: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildNode[]> {
  const nodes: ChildNode[] = [];
  for (let at = 0; at < nodesMax; at++) {
    const dataDir = join(dir, `node-${at}`);
    mkdirSync(dataDir, { mode: 0o700 });
    if (nodes[0]) copyFileSync(join(nodes[0].dataDir, 'identity.json'), join(dataDir, 'identity.json'));
    nodes.push(
      await startChildNode({
        name: 'bench.test',
        dataDir,
        env: { ...env, PARACORD_NODE_DATABASE: database },
      }),
    );
  }
  return nodes;
}

/** Several, because a peer's limits are not what is measured. */
async function startSenders(
  t: Parameters<RawPeer['listen']>[0],
  nodes: readonly ChildNode[],
): Promise<Sender[]> {
  const leader = nodes[0]!;
  const senders: Sender[] = [];
  for (let at = 0; at < 4; at++) {
    const peer = await new RawPeer(`load-${at}.test`).listen(t);
    await leader.api.addPeer({ endpoint: peer.url });
    const all = { requests_per_minute: 10_000_000, burst: 10_000_000 };
    await leader.api.changePeer({ server_name: peer.name, limits: all });
    const { room_id: room } = await leader.api.createRoom({ name: `Load ${at}`, join_rule: 'peers' });
    const joins = { origin_server: peer.name, room_id: room, user_id: `@user:${peer.name}` };
    await peer.call(leader.federation, 'POST', '/join', JSON.stringify(joins));
    senders.push({ peer, room });
  }
  return senders;
}

/** Only so many of the nodes run; the others stand still and need no processor. */
async function only(nodes: readonly ChildNode[], count: number, senders: readonly Sender[]): Promise<void> {
  for (const [at, { pid }] of nodes.entries()) process.kill(pid, at < count ? 'SIGCONT' : 'SIGSTOP');
  await untilFollow(nodes.slice(0, count), senders);
}

/** Until the copy of each has the newest message of each room. */
async function untilFollow(
  [leader, ...others]: readonly ChildNode[],
  senders: readonly Sender[],
): Promise<void> {
  const newest = async (node: ChildNode, { room }: Sender) =>
    (await node.api.timeline({ room_id: room, limit: 1 })).items[0]?.event_id;
  for (const node of others)
    for (const sender of senders)
      await until(
        [],
        'a copy to follow',
        async () => (await newest(node, sender)) === (await newest(leader!, sender)),
      );
}

interface Load {
  readonly nodes: readonly ChildNode[];
  readonly firstReceiving: number;
  readonly postgres: Postgres;
  readonly senders: readonly Sender[];
  readonly kind: Kind;
  readonly events: number;
}

async function load({ nodes, firstReceiving, postgres, senders, kind, events }: Load): Promise<Taken> {
  const make = kind === 'single' ? singles : batches;
  const [perRequest, status, open] =
    kind === 'single'
      ? ([1, 202, connections] as const)
      : ([limits.batchEventsMax, 200, batchConnections] as const);
  const lists = senders.map(({ peer, room }) => make(peer, room, events / senders.length));
  const requests = lists[0]!.flatMap((_, at) => lists.map((list) => list[at]!));
  const ports = nodes.slice(firstReceiving).map(({ federation }) => Number(new URL(federation).port));
  const groups = {
    leader: [nodes[0]!.pid],
    standbys: nodes.slice(1).map(({ pid }) => pid),
    postgres: pidsOf(postgres),
  };
  const before = new Map(
    Object.values(groups).flatMap((pids) => pids.map((pid) => [pid, cpuMsOf(pid) ?? 0])),
  );
  const mainBefore = mainThreadUsOf(nodes[0]!.pid);
  const ownBefore = process.cpuUsage();
  const rate = perRequest * (await blast(ports, requests, open, status));
  const own = process.cpuUsage(ownBefore);
  // Standbys follow what was stored: that is part of what it costs.
  await untilFollow(nodes, senders);
  // Processes of PostgreSQL that have ended, such as an autovacuum, are left out.
  const used = (pid: number) => (cpuMsOf(pid) ?? before.get(pid)!) - before.get(pid)!;
  const usPerEvent = (pids: readonly number[]) => (pids.map(used).reduce((a, b) => a + b, 0) * 1000) / events;
  const leadersMainThread = (mainThreadUsOf(nodes[0]!.pid) - mainBefore) / events;
  return {
    rate,
    leadersMainThread,
    leader: usPerEvent(groups.leader),
    standbys: usPerEvent(groups.standbys),
    postgres: usPerEvent(groups.postgres),
    load: (own.user + own.system) / events,
  };
}

const ticksPerSecond = 100;

/** Processor time of all its threads so far; null if it has ended. */
export function cpuMsOf(pid: number): number | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  const fields = readFileSync(file, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

export const mainThreadUsOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;

function pidsOf({ folder }: Postgres): number[] {
  const [main = ''] = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
  const { stdout } = spawnSync('pgrep', ['-P', main], { encoding: 'utf8' });
  return [main, ...stdout.split('\n').filter(Boolean)].map(Number);
}

function resultOf(of: (kind: Kind, setup: Setup) => readonly Taken[]): Result {
  const words = { batches: `batches of ${limits.batchEventsMax}`, single: 'single events' };
  const values = (kind: Kind, setup: Setup, part: keyof Taken) => of(kind, setup).map((taken) => taken[part]);
  const [first, ...more] = names;
  const each = <T>(setups: readonly Setup[], make: (kind: Kind, setup: Setup) => T): T[] =>
    kinds.flatMap((kind) => setups.map((setup) => make(kind, setup)));
  const all = (part: keyof Taken, kind: Kind) =>
    names.map((setup) => Math.round(median(values(kind, setup, part)))).join(', ');
  return {
    measures: [
      ...each(more, (kind, setup) =>
        ratios(`${setup} / one, ${words[kind]}`, values(kind, setup, 'rate'), values(kind, first!, 'rate')),
      ),
      ...each(names, (kind, setup) => ratesOf(`${setup}, ${words[kind]}`, values(kind, setup, 'rate'))),
      ...each(
        names,
        (kind, setup): Measure => ({
          what: `leader’s time, ${setup}, ${words[kind]}`,
          unit: 'µs per event',
          values: values(kind, setup, 'leader'),
        }),
      ),
    ],
    boundedBy:
      'the two cores that all nodes, PostgreSQL and the load generator share; with machines of their own, the leader’s processor',
    notes: [
      'The load is spread evenly over the nodes, or over two standbys only: then the leader receives nothing itself.',
      'Each standby also stores every event in its copy. Here, that takes time from the leader.',
      ...kinds.map(
        (kind) =>
          `Processor time in µs per event, ${words[kind]}, in the order above: leader ${all('leader', kind)}, of which ` +
          `its main thread ${all('leadersMainThread', kind)}; standbys together ${all('standbys', kind)}; ` +
          `PostgreSQL ${all('postgres', kind)}; load generator ${all('load', kind)}.`,
      ),
    ],
  };
}
