import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { type ChildNode, startChildNode } from '../../support/nodes/child-node.ts';
import type { RawPeer } from '../../support/parties/raw-peer.ts';
import { single } from '../receiving/load.ts';
import { type Ground, type Measure, median, quantile, type Result, rates, ratios } from '../report/result.ts';
import { startSink } from '../sending/sink.ts';
import { copyStore, type FilledStore, fill } from './fill.ts';

/** A first page of everything, so that both nodes answer with as much. */
const small = { events: 6_000, rooms: 60, peers: 60 };
const large = { events: 1_000_000, rooms: 10_000, peers: 1_000 };
const rounds = 3;
const callsPerRound = 40;
const eventsPerRound = 2_000;
const starts = 2;
const waiting = { few: 1_000, many: 100_000 };
const lanes = 100;

/** A store of its own for each: what one run adds, the next one must not find. */
interface Side {
  readonly dir: string;
  readonly store: FilledStore;
  node: ChildNode;
}

/** A node with much of everything, compared with one that has only a first page of everything. */
export async function benchSize({ dir }: Ground): Promise<Result> {
  const { stores, writer, crowd } = await fill([small, large]);
  const sides: Side[] = [];
  const startTimes: number[][] = [];
  const memory: number[][] = [];
  for (const [at, store] of stores.entries()) {
    const copy = join(dir, String(at));
    copyStore(store.dir, copy);
    const took: number[] = [];
    const resident: number[] = [];
    let node = await started(copy, took);
    for (let round = 1; round < starts; round++) {
      await wait(5000);
      resident.push(residentMb(node));
      await node.stop();
      node = await started(copy, took);
    }
    await wait(5000);
    resident.push(residentMb(node));
    startTimes.push(took);
    memory.push(resident);
    sides.push({ dir: copy, store, node });
  }
  const ingest = await alternate(sides, ({ node, store }) =>
    single({ port: Number(new URL(node.federation).port) }, writer, store.rooms.first, eventsPerRound),
  );
  const pages: Measure[] = [];
  for (const [what, call] of Object.entries(calls(writer))) {
    const p95 = await alternate(sides, (side) => slowest(() => call(side)));
    pages.push(ratios(`${what}: p95, full / nearly empty`, p95[1] ?? [], p95[0] ?? [], { atMost: 1.5 }), {
      what: `${what}: p95, full`,
      unit: 'ms',
      values: p95[1] ?? [],
    });
  }
  for (const { node } of sides) await node.stop();
  const [, full] = sides;
  const perEvent = full ? bytesPerEvent(full.dir) : Number.NaN;
  const drained = full ? await drain(full) : { few: [], many: [] };
  for (const each of sides) rmSync(each.dir, { recursive: true, force: true });
  writer.close();
  crowd.close();
  const thousands = (count: number) => count.toLocaleString('en');
  return {
    measures: [
      ratios('durable ingest, full / nearly empty', ingest[1] ?? [], ingest[0] ?? [], { atLeast: 0.9 }),
      ...pages,
      { what: 'start to ready, full', unit: 's', values: startTimes[1] ?? [], wanted: { atMost: 2 } },
      { what: 'start to ready, nearly empty', unit: 's', values: startTimes[0] ?? [] },
      ratios('idle memory, full / nearly empty', memory[1] ?? [], memory[0] ?? [], { atMost: 1.3 }),
      ratios(
        `draining ${thousands(waiting.many)} rows / ${thousands(waiting.few)} rows`,
        drained.many,
        drained.few,
        { atLeast: 0.9 },
      ),
      rates('durable ingest, full', ingest[1] ?? []),
      { what: 'size of the file', unit: 'KB per event', values: [perEvent], wanted: { atMost: 1.4 } },
    ],
    boundedBy: 'what the list of rooms and the findings cost for each room and peer',
    notes: [
      `Full: ${large.events.toLocaleString('en')} events, ${large.rooms.toLocaleString('en')} rooms and ${large.peers.toLocaleString('en')} peers, a fifth of the events in one room. Nearly empty: a first page of each (${small.events.toLocaleString('en')} events, ${small.rooms} rooms, ${small.peers} peers), so that both answer with as much.`,
    ],
  };
}

async function started(dataDir: string, took: number[]): Promise<ChildNode> {
  const began = performance.now();
  const node = await startChildNode({ name: 'bench.test', dataDir });
  took.push((performance.now() - began) / 1000);
  return node;
}

function residentMb({ pid }: ChildNode): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** For each side, one value for each round. The first round only warms up. */
async function alternate(sides: readonly Side[], run: (side: Side) => Promise<number>): Promise<number[][]> {
  const values: number[][] = sides.map(() => []);
  for (let round = -1; round < rounds; round++)
    for (const [at, side] of sides.entries()) {
      const value = await run(side);
      if (round >= 0) values[at]?.push(value);
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

/** The rooms were written to before, so that a first page is full in both. */
const calls = (writer: RawPeer): Record<string, (side: Side) => Promise<unknown>> => ({
  'first timeline page': async ({ node, store }) => {
    const room_id = store.rooms.first;
    await node.api.timeline({ room_id });
  },
  '`GET events` page': async ({ node, store }) => {
    const path = `/events?room_id=${encodeURIComponent(store.rooms.first)}&since=0.0&limit=50&count=1`;
    const { status } = await writer.call(node.federation, 'GET', path);
    if (status !== 200) throw new Error(`GET events: ${status}`);
  },
  'room list': ({ node }) => node.api.rooms({}),
  overview: async ({ node }) => {
    await Promise.all([
      node.api.status({}),
      node.api.doctor({}),
      node.api.activity({ span: 'hour' }),
      node.api.unread({}),
    ]);
  },
});

function bytesPerEvent(dir: string): number {
  const db = new SQLite(join(dir, 'node.db'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  const bytes =
    Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const events = db.prepare<[], number>('SELECT count(*) FROM federation_events').pluck().get() ?? 0;
  db.close();
  return bytes / events / 1000;
}

/** Events per second to one peer that takes them one by one: few rows are waiting, then many. */
async function drain({ dir, store }: Side): Promise<{ few: number[]; many: number[] }> {
  const sink = await startSink();
  const rooms = [store.rooms.first, ...store.rooms.others.slice(0, lanes - 1)];
  const setUp = await startChildNode({ name: 'bench.test', dataDir: dir });
  await setUp.api.addPeer({ endpoint: sink.url });
  await sink.join(setUp.federation, store.rooms.first);
  await setUp.stop();
  const one = async (count: number): Promise<number> => {
    await sink.close();
    const db = new SQLite(join(dir, 'node.db'));
    db.exec(`DELETE FROM federation_outbound_queue WHERE destination = 'sink.test'`);
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
  for (let round = -1; round < 3; round++) {
    const rate = await one(waiting.few);
    if (round >= 0) few.push(rate);
  }
  const many = [await one(waiting.many)];
  await sink.stop();
  return { few: [median(few)], many };
}
