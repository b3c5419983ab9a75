import { chmodSync, closeSync, existsSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import SQLite, { type Database, type Options } from 'better-sqlite3';

/**
 * The only way to open a file with SQLite. Whatever a schema that others wrote computes, it may only use functions
 * without effects. The rights of other users don't depend on the folder or the umask.
 */
export function openSqlite(path: string, options: Options = {}): Database {
  if (path !== ':memory:' && options.readonly !== true) keepPrivate(path, options.fileMustExist === true);
  const db = new SQLite(path, options);
  db.pragma('trusted_schema = OFF');
  return db;
}

/** Makes tables without temporary files, which FTS5 would use: there may be no folder for them. */
export function makeTables(db: Database, make: () => void): void {
  db.pragma('temp_store = MEMORY');
  make();
  db.pragma('temp_store = DEFAULT');
}

/** SQLite gives a log the mode of its database. SQLite reports a failure here, if it is a problem. */
function keepPrivate(path: string, mustExist: boolean): void {
  try {
    if (!mustExist && !existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      const found = statSync(file, { throwIfNoEntry: false });
      // A database that was copied here from a read-only place isn't writable, either.
      if (found?.isFile() && (found.mode & 0o677) !== 0o600) chmodSync(file, 0o600);
    }
  } catch {}
}

const segmentBytes = 32_768;
/** A segment of the index holds so many pages of the log. */
const pagesPerSegment = 4096;
const pageBytes = 4096;

/**
 * Throws ENOSPC if the disk has no room for the index of the log. SQLite maps that file into memory, and the system
 * kills a process that writes to a mapped page for which there is no room.
 */
export function requireRoomForIndex(path: string): void {
  if (path === ':memory:') return;
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const segments = 1 + Math.ceil(sizeOf(`${path}-wal`) / (pageBytes * pagesPerSegment));
  const missing = (segments + 1) * segmentBytes - sizeOf(`${path}-shm`);
  const probe = `${path}.room`;
  try {
    if (missing > 0) fill(probe, missing);
  } catch (error) {
    // SQLite reports whatever else is wrong with the folder.
    if (['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(probe, { force: true });
  }
}

function fill(path: string, bytes: number): void {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let left = bytes; left > 0; ) left -= writeSync(file, Buffer.alloc(left));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
