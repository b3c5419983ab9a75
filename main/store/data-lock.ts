import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { SpokenError } from '../../shared/words/refusal.ts';
import { loadNative, NativeModuleError } from '../kernel/native-module.ts';
import { openSqlite } from './open-file.ts';

/** The folder cannot be created or written to. */
export class DataFolderUnusableError extends SpokenError {
  constructor(folder: string, { message: reason }: Error) {
    super((words) => words.start.failure.dataFolderUnusable({ folder, reason }));
  }
}
/** Another node is using this data folder. */
export class DataFolderInUseError extends SpokenError {}

export interface DataLock {
  release(): void;
}

/**
 * Locks a data folder for this process with SQLite's file lock. The system releases it when the process ends, however
 * it ends, so no stale lock can keep a node from starting.
 */
export function lockDataFolder(dataDir: string): DataLock {
  const lock = openLock(dataDir);
  try {
    lock.pragma('busy_timeout = 0');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      throw new DataFolderInUseError((words) => words.start.failure.dataFolderInUse({ folder: dataDir }));
    throw error;
  }
  return { release: () => void lock.close() };
}

function openLock(dataDir: string): SQLite.Database {
  try {
    makeFolder(dataDir);
    return loadNative(() => openSqlite(join(dataDir, 'lock')));
  } catch (error) {
    // SQLite itself could not be loaded: no folder is to blame.
    if (error instanceof NativeModuleError) throw error;
    throw new DataFolderUnusableError(dataDir, error as Error);
  }
}

/**
 * Step by step, because Node's recursive version never returns for a place where nothing can be created, such as /proc.
 */
export function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another node may have created it meanwhile, for a folder beside ours.
    if (!existsSync(dir)) throw error;
  }
}
