import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { schemas } from '../../../main/store/migrations/index.ts';
import { Store } from '../../../main/store/store.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

/** How much a filled store holds. */
export interface Size {
  readonly events: number;
  readonly rooms: number;
  readonly peers: number;
}

export interface FilledStore {
  readonly dir: string;
  /** A fifth of the messages is in the busy one. */
  readonly rooms: { readonly first: string; readonly busy: string; readonly others: readonly string[] };
}

export interface Filled {
  /** In the order of the sizes. */
  readonly stores: readonly FilledStore[];
  /** The peer that writes in all rooms. */
  readonly writer: RawPeer;
  /** Answers for all other peers. */
  readonly crowd: RawPeer;
}

/** Counts changes to how the stores are made, so that those of an earlier version are not used. */
const madeLike = 3;
const seeds = { writer: Buffer.alloc(32, 1), crowd: Buffer.alloc(32, 2) };
/** A fifth of the events is in one room. */
const busyShare = 0.2;
const betweenEventsMs = 5_000;
const year = 365 * 86_400_000;

/**
 * A node makes one room and one message of each kind, and their rows are copied under other names and times. So each row
 * is one that the node itself would write, at 10,000 events per second. The stores are kept in the temporary folder.
 */
export async function fill(sizes: readonly Size[]): Promise<Filled> {
  const writer = new RawPeer('load.test', 'load.test', seeds.writer);
  const crowd = new RawPeer('crowd.test', 'crowd.test', seeds.crowd);
  for (const peer of [writer, crowd]) {
    peer.validUntil = Date.now() + year;
    peer.handlers.set('/event', () => ({ status: 202, body: { event_id: 'x', inserted: true } }));
    peer.handlers.set('/queue', () => ({ status: 200, body: { events: [], next: 0, more: false } }));
    peer.handlers.set('/events', () => ({
      status: 200,
      body: { events: [], erased: [], next: 'bench.0', more: false },
    }));
    await peer.listen({ after: () => {} });
  }
  const template = join(kept(), 'template');
  await make(template, (dir) => makeTemplate(dir, writer, crowd));
  const stores: FilledStore[] = [];
  for (const size of sizes) {
    const { events, rooms, peers } = size;
    const dir = join(kept(), `${events}-events-${rooms}-rooms-${peers}-peers`);
    await make(dir, async (making) => {
      copyStore(template, making);
      const db = new SQLite(join(making, 'node.db'));
      copyRows(db, size);
      db.close();
      const store = new Store(join(making, 'node.db'), systemPorts);
      await addWords(store);
      await store.close();
    });
    stores.push({ dir, rooms: rewire(dir, writer, crowd) });
  }
  return { stores, writer, crowd };
}

/** Adds all messages to the index of search, as a node does while it runs. */
export async function addWords({ rules, writer }: Store): Promise<void> {
  while (await writer.write(() => rules.search.addNext(50)));
  while (await writer.write(() => rules.search.join()));
}

/** The folder of the stores, which later runs use again. */
export const kept = (): string =>
  join(
    tmpdir(),
    `paracord-bench-stores-${madeLike}-${hash('sha256', schemas.migrations.join()).slice(0, 8)}`,
  );

/** Unless it is there from an earlier run. Half of it is never there. */
export async function make(dir: string, into: (dir: string) => Promise<void>): Promise<void> {
  if (existsSync(dir)) return;
  const making = `${dir}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  await into(making);
  renameSync(making, dir);
}

/** The peers listen on other ports in each run. */
function rewire(dir: string, writer: RawPeer, crowd: RawPeer): FilledStore['rooms'] {
  const db = new SQLite(join(dir, 'node.db'));
  const set = db.prepare(
    "UPDATE federation_peer_trust_state SET endpoint = ? WHERE (server_name = 'load.test') = ?",
  );
  set.run(writer.url + federationPrefix, 1);
  set.run(crowd.url + federationPrefix, 0);
  const [first = '', busy = '', ...others] = db
    .prepare<[], string>('SELECT room_id FROM rooms ORDER BY room_id')
    .pluck()
    .all();
  db.close();
  return { first, busy, others };
}

async function makeTemplate(dataDir: string, writer: RawPeer, crowd: RawPeer): Promise<void> {
  const node = await startChildNode({ name: 'bench.test', dataDir });
  for (const peer of [writer, crowd]) await node.api.addPeer({ endpoint: peer.url });
  const all = { requests_per_minute: 10_000_000, burst: 10_000_000 };
  await node.api.changePeer({ server_name: 'load.test', limits: all });
  const room = await node.api.createRoom({ name: 'Room 0', join_rule: 'peers' });
  for (const peer of [writer, crowd])
    await peer.call(
      node.federation,
      'POST',
      '/join',
      JSON.stringify({ origin_server: peer.name, room_id: room.room_id, user_id: `@user:${peer.name}` }),
    );
  const body = 'a message about as long as people write them on average';
  const channel = room.channels[0]?.channel_id ?? '';
  // A server that pushes is read less often.
  for (const peer of [writer, crowd])
    await peer.post(node.federation, peer.message(room.room_id, body, { channel }));
  await node.api.postMessage({ room_id: room.room_id, body });
  await until([], 'everything is delivered', async () => {
    const { outbox } = await node.api.status({});
    return outbox.queued + outbox.retrying + outbox.parked === 0;
  });
  await node.stop();
}

type Value = string | number | bigint | Buffer | null;
type Row = Record<string, Value>;
/** Adds a copy of the rows. */
type Copy = (change: Change) => void;

interface Change {
  readonly seq: number;
  /** Added to every time. */
  readonly shift: number;
  /** Words that replace each of the template's own. */
  readonly words: Readonly<Record<string, string>>;
}

const seqColumns = new Set(['seq', 'text_seq', 'event_seq', 'message_seq']);
const isTime = (value: number): boolean => value > 1.6e12 && value < 2e12;

function copier(db: Database, table: string, rows: readonly Row[], words: readonly string[]): Copy[] {
  const pattern = new RegExp(
    `(${[...words.map((word) => word.replaceAll('.', '\\.')), '\\b1[67]\\d{11}\\b'].join('|')})`,
  );
  return rows.map((row) => {
    const columns = Object.keys(row).filter((name) => name !== 'id');
    const insert = db.prepare(
      `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
    );
    const makers = columns.map((name): ((change: Change) => Value) => {
      const value = row[name] ?? null;
      if (seqColumns.has(name)) return ({ seq }) => seq;
      if (typeof value === 'number' && isTime(value)) return ({ shift }) => value + shift;
      if (typeof value !== 'string') return () => value;
      const parts = value.split(pattern);
      if (parts.length === 1) return () => value;
      return ({ shift, words: now }) => {
        let text = parts[0] ?? '';
        for (let i = 1; i < parts.length; i += 2) {
          const part = parts[i] ?? '';
          text += (now[part] ?? String(Number(part) + shift)) + (parts[i + 1] ?? '');
        }
        return text;
      };
    });
    return (change) => void insert.run(...makers.map((make) => make(change)));
  });
}

/** Tables with what belongs to one event, by the column with its arrival number. */
const perEvent = {
  federation_events: 'seq',
  messages: 'seq',
  federation_delivery_attempts: 'event_seq',
} as const;
const perRoom = ['rooms', 'channels', 'room_members', 'room_member_facts'] as const;
const perPeer = ['federation_peer_trust_state', 'federation_server_keys'] as const;

function copyRows(db: Database, size: Size): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -400000');
  const all = (sql: string, ...values: unknown[]) => db.prepare<unknown[], Row>(sql).all(...values);
  const events = all('SELECT * FROM federation_events ORDER BY seq');
  const room = String(events[0]?.room_id);
  const number = /\d+/.exec(room)?.[0] ?? '';
  const channel = String(all('SELECT channel_id FROM channels')[0]?.channel_id);
  const messages = events.filter(({ event_type }) => event_type === 'm.message');
  const own = /^\$(\d+):/.exec(
    String(messages.find((row) => row.origin_server === 'bench.test')?.event_id),
  )?.[1];
  const words = [number, channel, 'crowd.test', ...(own === undefined ? [] : [own])];
  const ofEvent = (row: Row) =>
    Object.entries(perEvent).flatMap(([table, column]) =>
      copier(db, table, all(`SELECT * FROM ${table} WHERE ${column} = ?`, row.seq), words),
    );
  const messageCopies = messages.map(ofEvent);
  const roomEvents = events.filter(({ event_type }) => event_type !== 'm.message').map(ofEvent);
  const roomCopies = perRoom.flatMap((table) => copier(db, table, all(`SELECT * FROM ${table}`), words));
  const peerCopies = perPeer.flatMap((table) =>
    copier(db, table, all(`SELECT * FROM ${table} WHERE server_name = 'crowd.test'`), words),
  );
  const indexes = dropIndexes(db);
  const newest = Math.max(...events.map(({ origin_ts }) => Number(origin_ts)));
  const messageCount = size.events - size.rooms * roomEvents.length;
  let seq = events.length;
  const wordsOf = (n: number, message = 0): Record<string, string> => ({
    [number]: `${BigInt(number) + BigInt(n)}`,
    [channel]: `${BigInt(channel) + BigInt(n)}`,
    'crowd.test': `p${n % size.peers}.test`,
    ...(own === undefined ? {} : { [own]: `${BigInt(own) - BigInt(message)}` }),
  });
  db.transaction(() => {
    for (let n = 0; n < size.peers; n++)
      for (const copy of peerCopies) copy({ seq: 0, shift: 0, words: wordsOf(n) });
    const before = -betweenEventsMs * (messageCount + 10);
    for (let n = 1; n < size.rooms; n++) {
      const change = { shift: before, words: wordsOf(n) };
      for (const copies of roomEvents) {
        seq++;
        for (const copy of copies) copy({ ...change, seq });
      }
      for (const copy of roomCopies) copy({ ...change, seq: 0 });
    }
  })();
  const every = Math.round(1 / busyShare);
  for (let done = 0; done < messageCount; ) {
    db.transaction(() => {
      for (const end = Math.min(done + 50_000, messageCount); done < end; done++) {
        seq++;
        const n = done % every === 0 ? 1 : 1 + (done % (size.rooms - 1));
        const shift = -betweenEventsMs * (messageCount - done);
        const copies = messageCopies[done % messageCopies.length] ?? [];
        for (const copy of copies) copy({ seq, shift, words: wordsOf(n, done + 1) });
      }
    })();
  }
  for (const sql of indexes) db.exec(sql);
  db.pragma('wal_checkpoint(TRUNCATE)');
  if (newest > Date.now()) throw new Error('the template is from the future');
}

/** Drops indexes of tables that grow with the events. Making an index at once is faster than adding row by row. */
function dropIndexes(db: Database): string[] {
  db.pragma('temp_store = MEMORY');
  db.pragma('threads = 2');
  const indexes = db
    .prepare<[string], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema
       WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(Object.keys(perEvent)));
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  return indexes.map(({ sql }) => sql);
}

/** A copy of a data folder that its node takes for the original: otherwise it would first ask its peers what it lost. */
export function copyStore(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const path = join(to, 'life.json');
  const life = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...life, born: null }));
}
