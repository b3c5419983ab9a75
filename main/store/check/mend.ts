import { existsSync, renameSync, rmSync } from 'node:fs';
import type SQLite from 'better-sqlite3';
import { overwriteReplaced, quoted } from '../database.ts';
import { diskTroubleOf } from '../disk-watch.ts';
import { makeTables, openSqlite } from '../open-file.ts';
import { isOfSearch } from '../search-tables.ts';

/** Called with 0 first, and after each step. */
export type OnStep = (done: number, total: number) => void;

/**
 * Copies all rows into a new file and rebuilds the indexes, which repairs damaged indexes and damaged free space.
 * Returns the path; `null` if some rows can't be read.
 */
export function copyRowByRow(path: string, onTable: OnStep): string | null {
  const copy = `${path}.repaired`;
  rmSync(copy, { force: true });
  const db = openSqlite(path, { fileMustExist: true });
  try {
    copyRows(db, copy, onTable);
    return copy;
  } catch (error) {
    rmSync(copy, { force: true });
    if (diskTroubleOf(error) === 'damaged') return null;
    throw error;
  } finally {
    db.close();
  }
}

/** Reads each table from its first row to its last. `VACUUM INTO` would copy the pages of indexes unchanged. */
function copyRows(db: SQLite.Database, to: string, onTable: OnStep): void {
  const schema = db
    .prepare<[], { type: string; name: string; sql: string }>(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  const tables = schema.filter(({ type }) => type === 'table');
  // The index of words stays empty. The node makes it again when it runs.
  const names = [...tables.map((table) => table.name).filter((name) => !isOfSearch(name)), 'sqlite_sequence'];
  const others = schema.filter(({ type }) => type !== 'table');
  const total = names.length + others.length;
  let done = 0;
  onTable(done, total);
  const version = Number(db.pragma('user_version', { simple: true }));
  const target = openSqlite(to);
  try {
    target.pragma('auto_vacuum = INCREMENTAL');
    overwriteReplaced(target);
    // An attached database takes the setting of the one that attaches it.
    overwriteReplaced(db);
    // A virtual table makes its own tables.
    const made = tables.filter(({ name }) => !name.startsWith('search_index_'));
    makeTables(target, () => target.exec(made.map(({ sql }) => sql).join(';\n')));
    db.pragma('foreign_keys = OFF');
    db.prepare('ATTACH ? AS copy').run(to);
    db.transaction(() => {
      for (const name of names) {
        const table = quoted(name);
        db.exec(`INSERT INTO copy.${table} SELECT * FROM main.${table} NOT INDEXED WHERE true`);
        onTable(++done, total);
      }
    })();
    db.exec('DETACH copy');
    for (const { sql } of others) {
      target.exec(sql);
      onTable(++done, total);
    }
    target.pragma(`user_version = ${version}`);
  } finally {
    target.close();
  }
}

/** Replaces the database by the copy. The damaged file stays next to it, under the returned name. */
export function replaceWith(copy: string, path: string, now: number): string {
  const kept = setAside(path, now);
  renameSync(copy, path);
  return kept;
}

/** Gives a damaged database another name, which is returned. */
export function setAside(path: string, now: number): string {
  const kept = `${path}.damaged-${new Date(now).toISOString().replaceAll(':', '-')}`;
  for (const end of ['-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, kept + end);
  renameSync(path, kept);
  return kept;
}

const linesMax = 100;

/** Lists the damage that SQLite finds in a database, in at most 100 lines. */
export function damageIn(path: string, onTable: OnStep): string[] {
  const db = openSqlite(path, { fileMustExist: true });
  const lines = new Set<string>();
  const look = (pragma: string): void => {
    for (const line of linesOf(db, pragma)) if (line !== 'ok') lines.add(line);
  };
  try {
    const names = db
      .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all();
    // Each table with its indexes, one after the other, because a check of everything says nothing until it ends.
    const checks = ['sqlite_schema', ...names.map(({ name }) => name)].map(
      (name) => `integrity_check(${quoted(name)})`,
    );
    // A page that belongs to two tables, or to none.
    checks.push(`quick_check(${linesMax})`);
    onTable(0, checks.length);
    for (const [at, check] of checks.entries()) {
      look(check);
      onTable(at + 1, checks.length);
    }
    return [...lines].slice(0, linesMax);
  } catch (error) {
    if (diskTroubleOf(error) !== 'damaged') throw error;
    return [...lines, (error as Error).message].slice(0, linesMax);
  } finally {
    db.close();
  }
}

/** A page that can't be read makes the check itself fail. */
function linesOf(db: SQLite.Database, pragma: string): string[] {
  try {
    return (db.pragma(pragma) as Record<string, string>[]).flatMap((row) => Object.values(row));
  } catch (error) {
    if (diskTroubleOf(error) !== 'damaged') throw error;
    return [(error as Error).message];
  }
}
