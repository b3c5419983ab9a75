import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Db, quoted } from '../store/database.ts';
import { decodeField, encodeField, type Field, type Row } from './changes.ts';
import type { Session } from './connect.ts';
import { list, sequences, type Table } from './schema.ts';

/** Rows of one table: how many, and a value that depends on each of them but not on their order. */
interface Digest {
  readonly count: number;
  /** Hex. */
  readonly digest: string;
}

/** By table, `sqlite_sequence` included. */
export type Digests = Readonly<Record<string, Digest>>;

/** Rows copied so far. */
export type OnRows = (done: number, total: number) => void;

/** About so many bytes travel at a time, and at most so many rows. */
const bytesMax = 1_000_000;
const rowsMax = 2_000;

const all = (tables: readonly Table[]): Table[] => [...tables, sequences];

/**
 * Copies all rows of an SQLite database into tables that are empty. Begin a transaction before, and commit it
 * afterwards. `db` must not change meanwhile, except in a transaction that isn't committed.
 */
export async function copyToDatabase(
  db: Db,
  session: Session,
  tables: readonly Table[],
  onRows: OnRows = () => {},
): Promise<void> {
  const total = countRows(db, tables);
  let done = 0;
  onRows(0, total);
  for (const table of all(tables)) {
    const insert = `INSERT INTO ${quoted(table.name)} SELECT * FROM json_populate_recordset(NULL::${quoted(table.name)}, $1)`;
    for (const part of partsOf(db, table)) {
      await session.query(insert, [`[${part.join(',')}]`]);
      done += part.length;
      onRows(done, total);
    }
  }
}

function countRows(db: Db, tables: readonly Table[]): number {
  const counts = all(tables).map(({ name }) =>
    db
      .prepare<[], number>(`SELECT count(*) FROM main.${quoted(name)}`)
      .pluck()
      .get(),
  );
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** Rows of a table as JSON objects, in parts. Other statements may run between two of them. */
function* partsOf(db: Db, table: Table): Generator<string[]> {
  const read = pagesOf(db, table);
  let size = 0;
  let part: string[] = [];
  for (let page = read(null); page.length > 0; page = read(page.at(-1) ?? null)) {
    for (const values of page) {
      const row = Object.fromEntries(table.columns.map(({ name }, at) => [name, encodeField(values[at])]));
      const text = JSON.stringify(row);
      part.push(text);
      size += text.length;
      if (size < bytesMax && part.length < rowsMax) continue;
      yield part;
      part = [];
      size = 0;
    }
  }
  if (part.length > 0) yield part;
}

/** Returns a function that reads the rows after one, in the order of the key. A statement that iterates would block the connection. */
function pagesOf(db: Db, table: Table): (after: readonly unknown[] | null) => unknown[][] {
  const columns = list(table.columns.map(({ name }) => name));
  const from = `SELECT ${columns} FROM main.${quoted(table.name)}`;
  const order = `ORDER BY ${list(table.key)} LIMIT ${rowsMax / 4}`;
  const first = db.prepare<[], unknown[]>(`${from} ${order}`).raw();
  const next = db
    .prepare<unknown[], unknown[]>(
      `${from} WHERE (${list(table.key)}) > (${table.key.map(() => '?').join(', ')}) ${order}`,
    )
    .raw();
  const key = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  return (after) => (after === null ? first.all() : next.all(...key.map((at) => after[at])));
}

/**
 * Copies all rows of the database into an SQLite database without rows. Call it in a REPEATABLE READ transaction of
 * `session`.
 */
export async function copyFromDatabase(
  session: Session,
  db: Db,
  tables: readonly Table[],
  onRows: OnRows = () => {},
): Promise<void> {
  let total = 0;
  for (const { name } of all(tables)) {
    const [row] = await session.query<{ n: number }>(`SELECT count(*) AS n FROM ${quoted(name)}`);
    total += row?.n ?? 0;
  }
  let done = 0;
  onRows(0, total);
  // A trigger must not change what another table gets. A row may come before the one that it refers to.
  db.pragma('foreign_keys = OFF');
  const triggers = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger'",
    )
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER main.${quoted(name)}`);
  for (const table of all(tables)) {
    const columns = table.columns.map(({ name }) => name);
    if (table === sequences) db.exec('DELETE FROM main.sqlite_sequence');
    const insert = db.prepare<unknown[]>(
      `INSERT INTO main.${quoted(table.name)} (${list(columns)}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const write = db.transaction((rows: readonly Row[]) => {
      for (const row of rows)
        insert.run(...table.columns.map((column) => decodeField(column, row[column.name])));
    });
    for await (const rows of rowsIn(session, table)) {
      write(rows);
      done += rows.length;
      onRows(done, total);
    }
  }
  for (const { sql } of triggers) db.exec(sql);
  db.pragma('foreign_keys = ON');
}

/** All rows of a table of the database, in parts. In a transaction. */
async function* rowsIn(session: Session, table: Table): AsyncGenerator<Row[]> {
  await session.query(
    `DECLARE rows NO SCROLL CURSOR FOR SELECT to_json(t) AS row, octet_length(t::text) AS size FROM ${quoted(table.name)} t`,
  );
  try {
    // Rows differ in size: few at first, then as many as fit.
    let wanted = 50;
    for (;;) {
      const rows = await session.query<{ row: Row; size: number }>(`FETCH ${wanted} FROM rows`);
      if (rows.length > 0) yield rows.map(({ row }) => row);
      if (rows.length < wanted) return;
      const size = rows.reduce((sum, each) => sum + each.size, 0) / rows.length;
      wanted = Math.max(10, Math.min(rowsMax, Math.floor(bytesMax / Math.max(size, 1))));
    }
  } finally {
    if (session.isOpen) await session.query('CLOSE rows');
  }
}

/** What an SQLite database contains, to compare it with its copy. It must not change meanwhile. */
export async function digestsOf(db: Db, tables: readonly Table[]): Promise<Digests> {
  const found: [string, Digest][] = [];
  for (const table of all(tables)) {
    const sum = new RowSum();
    const read = pagesOf(db, table);
    for (let page = read(null); page.length > 0; page = read(page.at(-1) ?? null)) {
      for (const values of page) sum.add(values.map(encodeField));
      await setImmediate();
    }
    found.push([table.name, sum.digest()]);
  }
  return Object.fromEntries(found);
}

/** The same of the database. In a transaction of `session`. */
export async function digestsIn(session: Session, tables: readonly Table[]): Promise<Digests> {
  const found: [string, Digest][] = [];
  for (const table of all(tables)) {
    const sum = new RowSum();
    for await (const rows of rowsIn(session, table))
      for (const row of rows) sum.add(table.columns.map(({ name }) => row[name] ?? null));
    found.push([table.name, sum.digest()]);
  }
  return Object.fromEntries(found);
}

/** The sum of the SHA-256 of each row. */
class RowSum {
  #count = 0;
  readonly #sum = Buffer.alloc(32);

  add(fields: readonly Field[]): void {
    this.#count++;
    const hash = createHash('sha256').update(JSON.stringify(fields)).digest();
    let carry = 0;
    for (let at = 31; at >= 0; at--) {
      carry += (this.#sum[at] ?? 0) + (hash[at] ?? 0);
      this.#sum[at] = carry & 0xff;
      carry >>= 8;
    }
  }

  digest(): Digest {
    return { count: this.#count, digest: this.#sum.toString('hex') };
  }
}
