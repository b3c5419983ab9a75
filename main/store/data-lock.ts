import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { SaidError } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';

/** The folder cannot be made or written to; says why. */
export class DataFolderUnusableError extends SaidError {}
/** Another node works in this data folder. */
export class DataFolderInUseError extends SaidError {}

/**
 * Takes a data folder for this process. SQLite's own file lock does it: the system gives it back when the process
 * ends, however it ends, so no stale lock can keep a node from starting.
 */
export function lockDataFolder(dataDir: string): { release(): void } {
  const lock = openLock(dataDir);
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new DataFolderInUseError(said('data.in_use', { folder: dataDir }));
    throw error;
  }
  return { release: () => void lock.close() };
}

function openLock(dataDir: string): SQLite.Database {
  try {
    makeFolder(dataDir);
    return new SQLite(join(dataDir, 'lock'));
  } catch (error) {
    const detail = (error as Error).message;
    throw new DataFolderUnusableError(said('data.unusable', { folder: dataDir, detail }));
  }
}

/** Step by step: Node's own recursive form never comes back from a place where nothing can be made, such as /proc. */
export function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}
