import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import SQLite, { type Database, type Options } from 'better-sqlite3';

/**
 * The only way to open a file with SQLite. Whatever a schema that others wrote computes, it may only use functions
 * without effects. Who else may read the file doesn't depend on the folder or the umask.
 */
export function openSqlite(path: string, options: Options = {}): Database {
  if (path !== ':memory:' && options.readonly !== true) keepPrivate(path, options.fileMustExist === true);
  const db = new SQLite(path, options);
  db.pragma('trusted_schema = OFF');
  return db;
}

/** SQLite gives a log the mode of its database. What fails here is reported by SQLite, if it is a problem. */
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
