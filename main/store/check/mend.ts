import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { diskTroubleOf } from '../disk-watch.ts';

/**
 * Copies all rows into a new file and rebuilds the indexes, which repairs damaged indexes and damaged free space.
 * Returns the path; `null` if some rows can't be read.
 */
export function copyRowByRow(path: string): string | null {
  const copy = `${path}.repaired`;
  rmSync(copy, { force: true });
  const db = new SQLite(path, { fileMustExist: true });
  try {
    copyRows(db, copy);
    chmodSync(copy, 0o600);
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
function copyRows(db: SQLite.Database, to: string): void {
  const schema = db
    .prepare<[], { type: string; name: string; sql: string }>(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  const tables = schema.filter(({ type }) => type === 'table');
  const version = Number(db.pragma('user_version', { simple: true }));
  const target = new SQLite(to);
  try {
    target.pragma('auto_vacuum = INCREMENTAL');
    target.exec(tables.map(({ sql }) => sql).join(';\n'));
    db.pragma('foreign_keys = OFF');
    db.prepare('ATTACH ? AS copy').run(to);
    db.transaction(() => {
      for (const name of [...tables.map((table) => table.name), 'sqlite_sequence']) {
        const quoted = `"${name.replaceAll('"', '""')}"`;
        db.exec(`INSERT INTO copy.${quoted} SELECT * FROM main.${quoted} NOT INDEXED WHERE true`);
      }
    })();
    db.exec('DETACH copy');
    for (const { type, sql } of schema) if (type !== 'table') target.exec(sql);
    target.pragma(`user_version = ${version}`);
  } finally {
    target.close();
  }
}

/** Replaces the database by the copy. The damaged file stays next to it, under the returned name. */
export function replaceWith(copy: string, path: string, now: number): string {
  const kept = `${path}.damaged-${new Date(now).toISOString().replaceAll(':', '-')}`;
  for (const end of ['-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, kept + end);
  renameSync(path, kept);
  renameSync(copy, path);
  return kept;
}

/** What SQLite finds wrong with a database, at most 100 lines. */
export function damageIn(path: string): string[] {
  const db = new SQLite(path, { fileMustExist: true });
  try {
    const rows = db.pragma('integrity_check(100)') as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } catch (error) {
    if (diskTroubleOf(error) !== 'damaged') throw error;
    return [(error as Error).message];
  } finally {
    db.close();
  }
}
