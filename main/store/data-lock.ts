import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';

/** Another node works in this data folder. */
export class DataFolderInUseError extends Error {}

/**
 * Takes a data folder for this process. SQLite's own file lock does it: the system gives it back when the process
 * ends, however it ends, so no stale lock can keep a node from starting.
 */
export function lockDataFolder(dataDir: string): { release(): void } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = new SQLite(join(dataDir, 'lock'));
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new DataFolderInUseError(
        `The data folder ${dataDir} is in use by another node. Stop that one, or start this one with another --data-dir.`,
      );
    throw error;
  }
  return { release: () => void lock.close() };
}
