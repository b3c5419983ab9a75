import type { Database } from 'better-sqlite3';
import { makeTables, openSqlite } from './open-file.ts';

/** Tables that SQLite itself adds to a file: the counters of AUTOINCREMENT, and statistics. */
const ofSqlite = new Set([
  'table sqlite_sequence CREATE TABLE sqlite_sequence(name,seq)',
  'table sqlite_stat1 CREATE TABLE sqlite_stat1(tbl,idx,stat)',
  'table sqlite_stat4 CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)',
]);

interface Entry {
  readonly name: string;
  readonly text: string;
}

/** Tables, indexes, triggers and views. Indexes of constraints have no text; their table has it. */
const entriesOf = (db: Database): Entry[] =>
  db
    .prepare<[], Entry>(
      "SELECT name, type || ' ' || name || ' ' || sql AS text FROM main.sqlite_master WHERE sql IS NOT NULL",
    )
    .all()
    .filter(({ text }) => !ofSqlite.has(text));

/**
 * The first part of a schema that these migrations didn't make, or that is missing; null without one. Someone who
 * made a file for others to open can put a trigger, a view or an expression in it, which would change what the program
 * reads or writes.
 */
export function foreignPart(db: Database, migrations: readonly string[]): string | null {
  const model = openSqlite(':memory:');
  try {
    makeTables(model, () => {
      for (const sql of migrations) model.exec(sql);
    });
    const expected = entriesOf(model);
    const texts = new Set(expected.map(({ text }) => text));
    const found = entriesOf(db);
    const foreign = found.find(({ text }) => !texts.delete(text));
    return foreign?.name ?? expected.find(({ text }) => texts.has(text))?.name ?? null;
  } finally {
    model.close();
  }
}
