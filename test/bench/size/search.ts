import { hash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { schemas } from '../../../main/store/migrations/index.ts';
import { Store } from '../../../main/store/store.ts';
import type { Input } from '../../../shared/api/contract.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { Dice } from '../../support/sim/dice.ts';
import { type Ground, type Measure, quantile, type Result } from '../report/result.ts';
import { addWords, copyStore } from './fill.ts';

const messages = 1_000_000;
const roomCount = 50;
const betweenMessagesMs = 60_000;
const rounds = 3;
const searchesPerRound = 150;
/** Counts changes to how the store is made. */
const madeLike = 2;
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The words of our own pages and catalogs, as often as they are there: two languages, and few words make up most of it. */
function wordsOfPages(): string[] {
  const pages = globSync(['docs/**/*.md', 'shared/words/{en,de}/**/*.ts'], { cwd: root }).sort();
  return pages.flatMap((page) => readFileSync(join(root, page), 'utf8').match(/\p{L}{2,}/gu) ?? []);
}

interface Row {
  readonly [column: string]: string | number | null;
}

/** A message for each minute of two years, in 50 rooms. A node wrote the first of each room; the others are copies. */
async function make(
  dir: string,
  bag: readonly string[],
  dice: Dice,
): Promise<{ seconds: number; bytes: number }> {
  const node = await startChildNode({ name: 'bench.test', dataDir: dir });
  for (let n = 0; n < roomCount; n++) {
    const { room_id } = await node.api.createRoom({ name: `Room ${n}`, join_rule: 'invite' });
    await node.api.postMessage({ room_id, body: 'first' });
  }
  await node.stop();
  const path = join(dir, 'node.db');
  const db = new SQLite(path);
  db.pragma('synchronous = OFF');
  const all = (sql: string) => db.prepare<[], Row>(sql).all();
  const events = all("SELECT * FROM federation_events WHERE event_type = 'm.message' ORDER BY seq");
  const shown = new Map(all('SELECT * FROM messages').map((row) => [row.seq, row]));
  const insert = (table: string, row: Row) => {
    const names = Object.keys(row);
    return db.prepare(`INSERT INTO ${table} (${names}) VALUES (${names.map((name) => `$${name}`)})`);
  };
  const [first] = events;
  if (first === undefined) throw new Error('the node has no messages');
  const addEvent = insert('federation_events', first);
  const addMessage = insert('messages', shown.get(first.seq) ?? {});
  const now = Date.now();
  let seq = db.prepare<[], number>('SELECT max(seq) FROM federation_events').pluck().get() ?? 0;
  for (let done = 0; done < messages; )
    db.transaction(() => {
      for (const end = Math.min(done + 50_000, messages); done < end; done++) {
        const event = events[dice.below(events.length)] as Row;
        const depth = now - (messages - done) * betweenMessagesMs;
        const message_id = String(1_000_000 + done);
        const event_id = `$${message_id}:bench.test`;
        const body = Array.from({ length: dice.between(3, 18) }, () => bag[dice.below(bag.length)]).join(' ');
        const wire = JSON.parse(String(event.body));
        Object.assign(wire, {
          event_id,
          depth,
          origin_ts: depth,
          content: { ...wire.content, body, message_id },
        });
        seq++;
        const place = { seq, event_id, depth };
        addEvent.run({
          ...event,
          ...place,
          origin_ts: depth,
          received_at: depth,
          body: JSON.stringify(wire),
        });
        addMessage.run({
          ...shown.get(event.seq),
          ...place,
          message_key: `bench.test/${message_id}`,
          text_seq: seq,
        });
      }
    })();
  db.close();
  const store = new Store(path, systemPorts);
  const size = () => {
    const reader = new SQLite(path, { readonly: true });
    const pages = Number(reader.pragma('page_count', { simple: true }));
    reader.close();
    return pages * 4096;
  };
  while (!(await store.erasures.scrub()));
  const before = size();
  const began = process.cpuUsage();
  await addWords(store);
  const { user, system } = process.cpuUsage(began);
  while (!(await store.erasures.scrub()));
  const bytes = size() - before;
  await store.close();
  return { seconds: (user + system) / 1e6, bytes };
}

/** Types like people: beginnings of words as they come, whole words, two words, parts of words; some with a filter. */
function searchesOf(bag: readonly string[], dice: Dice, rooms: readonly string[]): Input<'search'>[] {
  const word = () => bag[dice.below(bag.length)] ?? '';
  return Array.from({ length: searchesPerRound }, (_, n) => {
    const [one, other] = [word(), word()];
    const words = [
      one.slice(0, dice.between(2, 4)),
      one,
      `${one} ${other}`,
      one.slice(1, 7),
      `${one}${other}`,
    ][n % 5];
    const room_id = rooms[dice.below(rooms.length)] ?? '';
    return { words: words ?? one, limit: 20, ...(n % 3 === 0 ? { room_id } : {}) };
  });
}

/** A node with a million messages, searched over HTTP as the screens do. */
export async function benchSearch({ dir }: Ground): Promise<Result> {
  const bag = wordsOfPages();
  const name = `paracord-bench-search-${madeLike}-${hash('sha256', schemas.migrations.join()).slice(0, 8)}`;
  const kept = join(tmpdir(), name);
  const made: Measure[] = [];
  if (!existsSync(kept)) {
    rmSync(`${kept}.new`, { recursive: true, force: true });
    mkdirSync(`${kept}.new`);
    const { seconds, bytes } = await make(`${kept}.new`, bag, new Dice(1));
    renameSync(`${kept}.new`, kept);
    made.push(
      { what: 'processor time for the index', unit: 'µs per event', values: [(seconds / messages) * 1e6] },
      { what: 'size of the index', unit: 'KB per event', values: [bytes / messages / 1000] },
    );
  }
  const dataDir = join(dir, 'data');
  copyStore(kept, dataDir);
  const node = await startChildNode({ name: 'bench.test', dataDir });
  const rooms = (await node.api.rooms({ limit: 500 })).items.map(({ room_id }) => room_id);
  const dice = new Dice(2);
  /** Returns how long the node's main thread worked so far, ms; 0 where the system doesn't say. */
  const work = (): number => {
    const path = `/proc/${node.pid}/schedstat`;
    return existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) / 1e6 : 0;
  };
  const typical: number[] = [];
  const slow: number[] = [];
  const working: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const took: number[] = [];
    const worked: number[] = [];
    for (const search of searchesOf(bag, dice, rooms)) {
      const [began, workedBefore] = [performance.now(), work()];
      await node.api.search(search);
      took.push(performance.now() - began);
      worked.push(work() - workedBefore);
    }
    if (round < 0) continue;
    typical.push(quantile(took, 0.5));
    slow.push(quantile(took, 0.95));
    working.push(quantile(worked, 0.95));
  }
  await node.stop();
  return {
    measures: [
      { what: 'search in a million messages, p95', unit: 'ms', values: slow, wanted: { atMost: 50 } },
      { what: 'search in a million messages, median', unit: 'ms', values: typical },
      { what: 'processor time of a search, p95', unit: 'ms', values: working },
      ...made,
    ],
    boundedBy: 'reading the lists of pieces, and the texts of candidates',
    notes: [
      'A page of 20, of what people type: beginnings of words, words, two words, parts of words, and two words in one that are nowhere; a third of them in one room.',
      'The texts are words of our own pages and catalogs, 3 to 18 for each message.',
    ],
  };
}
