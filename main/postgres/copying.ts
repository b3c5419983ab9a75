import { hash } from 'node:crypto';
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

/** The digests by table, `sqlite_sequence` included. */
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
  const total = db.prepare<[], number>(countSql(tables)).pluck().get() ?? 0;
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

/** How many rows all tables have together, for both engines. */
const countSql = (tables: readonly Table[]): string =>
  `SELECT ${all(tables)
    .map(({ name }) => `(SELECT count(*) FROM ${quoted(name)})`)
    .join(' + ')} AS n`;

/** Rows of a table as JSON objects, in parts. Other statements may run between two of them. */
function* partsOf(db: Db, table: Table): Generator<string[]> {
  let size = 0;
  let part: string[] = [];
  for (const page of pagesOf(db, table))
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
  if (part.length > 0) yield part;
}

/** Rows in the order of the key. A statement that iterates would block the connection. */
function* pagesOf(db: Db, table: Table): Generator<unknown[][]> {
  const from = `SELECT ${list(table.columns.map(({ name }) => name))} FROM main.${quoted(table.name)}`;
  const order = `ORDER BY ${list(table.key)} LIMIT ${rowsMax / 4}`;
  const after = `(${list(table.key)}) > (${table.key.map(() => '?').join(', ')})`;
  const next = db.prepare<unknown[], unknown[]>(`${from} WHERE ${after} ${order}`).raw();
  const key = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  let page = db.prepare<[], unknown[]>(`${from} ${order}`).raw().all();
  for (; page.length > 0; page = next.all(...key.map((at) => page.at(-1)?.[at]))) yield page;
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
  const [{ n: total } = { n: 0 }] = await session.query<{ n: number }>(countSql(tables));
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

/** Digests the content of an SQLite database, to compare it with its copy. It must not change meanwhile. */
export const digestsOf = (db: Db, tables: readonly Table[]): Promise<Digests> =>
  digests(tables, async function* (table) {
    for (const page of pagesOf(db, table)) {
      yield page.map((values) => values.map(encodeField));
      await setImmediate();
    }
  });

/** The same of the database. In a transaction of `session`. */
export const digestsIn = (session: Session, tables: readonly Table[]): Promise<Digests> =>
  digests(tables, async function* (table) {
    for await (const rows of rowsIn(session, table))
      yield rows.map((row) => table.columns.map(({ name }) => row[name] ?? null));
  });

/** Adds up the SHA-256 of each row. */
async function digests(
  tables: readonly Table[],
  read: (table: Table) => AsyncIterable<readonly (readonly Field[])[]>,
): Promise<Digests> {
  const found: Record<string, Digest> = {};
  for (const table of all(tables)) {
    let count = 0;
    let sum = 0n;
    for await (const rows of read(table))
      for (const row of rows) {
        count++;
        sum += BigInt(`0x${hash('sha256', JSON.stringify(row))}`);
      }
    found[table.name] = { count, digest: sum.toString(16) };
  }
  return found;
}
