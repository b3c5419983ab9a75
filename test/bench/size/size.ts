import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import type { RawPeer } from '../../support/parties/raw-peer.ts';
import { single } from '../receiving/load.ts';
import { type Ground, type Measure, quantile, type Result, rates, ratios } from '../report/result.ts';
import { startSink } from '../sending/sink.ts';
import { copyStore, type Filled, type FilledStore, fill } from './fill.ts';

/** A first page of everything, so that both nodes answer with as much. */
const small = { events: 6_000, rooms: 60, peers: 60 };
const large = { events: 1_000_000, rooms: 10_000, peers: 1_000 };
const waiting = { few: 1_000, many: 100_000 };
/** Has as many messages as may wait for one peer. */
const queued = { events: waiting.many + 10_000, rooms: 100, peers: 10 };
const rounds = 3;
const callsPerRound = 60;
const eventsPerRound = 2_000;
/** The first start after a fill warms the system's cache. */
const starts = 2;
/** A node looks every 10 seconds, and returns memory once it was idle since the last time. */
const settledMs = 22_000;

/** A store of its own for each: what one run adds, the next one must not find. */
interface Side {
  readonly dir: string;
  readonly store: FilledStore;
  readonly startTimes: number[];
  node: ChildNode;
}

/** A node with much of everything, compared with one that has only a first page of everything. */
export async function benchSize({ dir }: Ground): Promise<Result> {
  const filled = await fill([small, large, queued]);
  const [emptyStore, fullStore, queuedStore] = filled.stores;
  if (!emptyStore || !fullStore || !queuedStore) throw new Error('a store is missing');
  const sides = [
    await started(emptyStore, join(dir, 'empty')),
    await started(fullStore, join(dir, 'full')),
  ] as const;
  await calm(filled);
  const ingest = await alternate(sides, ({ node, store }) =>
    single({ port: Number(new URL(node.federation).port) }, filled.writer, store.rooms.first, eventsPerRound),
  );
  const pages: Measure[] = [];
  const measure = async (what: string, call: (side: Side) => Promise<unknown>) => {
    const [empty, full] = await alternate(sides, (side) => slowest(() => call(side)));
    pages.push(ratios(`${what}: p95, full / nearly empty`, full, empty, { atMost: 1.5 }), {
      what: `${what}: p95, full`,
      unit: 'ms',
      values: full,
    });
  };
  await measure('`GET events` page', (side) => readEvents(filled.writer, side));
  // Reading from 1,000 peers in between would disturb the calls.
  for (const { node } of sides) await node.api.changeSettings({ paused: true });
  for (const [what, call] of Object.entries(calls)) await measure(what, call);
  await wait(settledMs);
  const [emptyMb, fullMb] = sides.map(({ node }) => [residentMb(node)]);
  for (const { node } of sides) await node.stop();
  const [empty, full] = sides;
  const perEvent = bytesPerEvent(full.dir);
  for (const each of sides) rmSync(each.dir, { recursive: true, force: true });
  const drained = await drain(queuedStore, join(dir, 'queued'));
  filled.writer.close();
  filled.crowd.close();
  const number = (count: number) => count.toLocaleString('en');
  const sizeText = ({ events, rooms, peers }: typeof large) =>
    `${number(events)} events, ${number(rooms)} rooms and ${number(peers)} peers`;
  return {
    measures: [
      ratios('durable ingest, full / nearly empty', ingest[1], ingest[0], { atLeast: 0.9 }),
      ...pages,
      { what: 'start to ready, full', unit: 's', values: full.startTimes, wanted: { atMost: 2 } },
      { what: 'start to ready, nearly empty', unit: 's', values: empty.startTimes },
      ratios('idle memory, full / nearly empty', fullMb ?? [], emptyMb ?? [], { atMost: 1.3 }),
      { what: 'idle memory, full', unit: 'MB', values: fullMb ?? [] },
      ratios(
        `draining ${number(waiting.many)} rows / ${number(waiting.few)} rows`,
        drained.many,
        drained.few,
        { atLeast: 0.9 },
      ),
      rates('durable ingest, full', ingest[1]),
      { what: 'size of the file', unit: 'KB per event', values: [perEvent], wanted: { atMost: 1.4 } },
    ],
    boundedBy: 'memory: what was read of 10,000 rooms and 1,000 peers stays in it',
    notes: [
      `Full: ${sizeText(large)}, a fifth of the events in one room. Nearly empty: a first page of each (${sizeText(small)}), so that both answer with as much.`,
      'Ingest and memory were measured after the first round of catch-up with all peers, and the calls of the screens while federation was paused.',
    ],
  };
}

async function started(store: FilledStore, dir: string): Promise<Side> {
  copyStore(store.dir, dir);
  const startTimes: number[] = [];
  for (;;) {
    const began = performance.now();
    const node = await startChildNode({ name: 'bench.test', dataDir: dir });
    startTimes.push((performance.now() - began) / 1000);
    if (startTimes.length === starts) return { dir, store, startTimes, node };
    await node.stop();
  }
}

/** Resolves when the first round of catch-up with every peer is over: few requests for two seconds. */
async function calm({ writer, crowd }: Filled): Promise<void> {
  const few = 15;
  const deadline = performance.now() + 90_000;
  for (let quiet = 0, before = 0; quiet < 4 && performance.now() < deadline; ) {
    await wait(500);
    const now = writer.requests.length + crowd.requests.length;
    quiet = now - before < few ? quiet + 1 : 0;
    before = now;
  }
}

function residentMb({ pid }: ChildNode): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

type Sides = readonly [empty: Side, full: Side];

/** For each side, one value for each round. The first round only warms up. */
async function alternate(sides: Sides, run: (side: Side) => Promise<number>): Promise<[number[], number[]]> {
  const values: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++)
    for (const at of [0, 1] as const) {
      const value = await run(sides[at]);
      if (round >= 0) values[at].push(value);
    }
  return values;
}

/** Milliseconds, p95. */
async function slowest(call: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < callsPerRound; i++) {
    const began = performance.now();
    await call();
    took.push(performance.now() - began);
  }
  return quantile(took, 0.95);
}

/** The room was written to before, so that a first page is full in both. */
async function readEvents(writer: RawPeer, { node, store }: Side): Promise<void> {
  const path = `/events?room_id=${encodeURIComponent(store.rooms.first)}&since=0.0&limit=50&count=1`;
  const { status } = await writer.call(node.federation, 'GET', path);
  if (status !== 200) throw new Error(`GET events: ${status}`);
}

const calls: Readonly<Record<string, (side: Side) => Promise<unknown>>> = {
  'first timeline page': ({ node, store }) => node.api.timeline({ room_id: store.rooms.first }),
  'room list': ({ node }) => node.api.rooms({}),
  overview: async ({ node }) => {
    await Promise.all([
      node.api.status({}),
      node.api.doctor({}),
      node.api.activity({ span: 'hour' }),
      node.api.unread({}),
    ]);
  },
};

function bytesPerEvent(dir: string): number {
  const db = new SQLite(join(dir, 'node.db'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  const bytes =
    Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const events = db.prepare<[], number>('SELECT count(*) FROM federation_events').pluck().get() ?? 0;
  db.close();
  return bytes / events / 1000;
}

/** Events per second to one peer that takes them one by one: few rows are waiting, or many. */
async function drain(store: FilledStore, dir: string): Promise<{ few: number[]; many: number[] }> {
  copyStore(store.dir, dir);
  const sink = await startSink();
  const rooms = [store.rooms.first, ...store.rooms.others];
  const setUp = await startChildNode({ name: 'bench.test', dataDir: dir });
  await setUp.api.addPeer({ endpoint: sink.url });
  await sink.join(setUp.federation, store.rooms.first);
  await setUp.stop();
  const one = async (count: number): Promise<number> => {
    await sink.close();
    const db = new SQLite(join(dir, 'node.db'));
    db.exec(`DELETE FROM federation_outbound_queue`);
    db.prepare(
      `INSERT INTO federation_outbound_queue (destination, room_id, event_seq, state, enqueued_at, also_sent_to)
       SELECT 'sink.test', json_extract(?, '$[' || (seq % ${rooms.length}) || ']'), seq, 'queued', ?, ''
       FROM federation_events WHERE event_type = 'm.message' LIMIT ?`,
    ).run(JSON.stringify(rooms), Date.now(), count);
    db.close();
    const node = await startChildNode({ name: 'bench.test', dataDir: dir });
    await wait(2000);
    const drained = sink.open(count);
    await node.api.retryOutbox({ destination: 'sink.test' });
    const { rate } = await drained;
    await node.stop();
    return rate;
  };
  const few: number[] = [];
  const many: number[] = [];
  for (let round = 0; round < rounds; round++) few.push(await one(waiting.few));
  many.push(await one(waiting.many));
  await sink.stop();
  return { few, many: few.map(() => many[0] ?? Number.NaN) };
}
