import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { SpokenError } from '../../shared/words/refusal.ts';
import { foreignPart } from './expected-schema.ts';
import { migrate, refuseUnknownSchema, upTo } from './migrate.ts';
import { currentSchema, schemas } from './migrations/index.ts';
import { makeTables, openSqlite, requireRoomForIndex } from './open-file.ts';

export type Db = Database;

/** A name in SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** There is no database, or an empty one, where one with data is expected; nothing was created. */
export class DatabaseMissingError extends SpokenError {
  constructor(path: string) {
    super((words) => words.start.failure.databaseMissing({ path }));
  }
}
/** The file is only the copy of a database that nobody named; nothing was changed. */
export class DatabaseElsewhereError extends SpokenError {
  constructor(path: string) {
    super((words) => words.start.failure.databaseForgotten({ folder: dirname(path) }));
  }
}
/** The file is damaged or not a database; nothing was changed. */
export class DatabaseDamagedError extends SpokenError {
  constructor(path: string, reason: string) {
    super((words) => words.start.failure.databaseDamaged({ path, reason }));
  }
}
/** The file has parts that this program didn't make, so they could do anything; nothing was changed. */
export class DatabaseForeignSchemaError extends SpokenError {
  constructor(path: string, part: string) {
    super((words) => words.start.failure.databaseForeignSchema({ path, part: plainText(part, 80) }));
  }
}

/**
 * Overwrites deleted, replaced and moved data in the file, so that an erased text can't be found there. For each
 * connection that writes rows: without it, a table that outgrows its first page leaves the first rows there a second time.
 */
export function overwriteReplaced(db: Db): void {
  db.pragma('secure_delete = ON');
}

/**
 * Opens (and migrates) the node's database. Durable: a returned commit survives a power failure. `synchronous` is per
 * connection and must be set on every open, because a WAL database otherwise opens with NORMAL. `mustHoldData`: throws
 * DatabaseMissingError instead of creating a new one.
 */
export function openDatabase(path: string, mustHoldData = false): Db {
  const fresh = path === ':memory:' || !existsSync(path);
  // SQLite waits for ever at a pipe.
  const there = fresh ? null : statSync(path);
  if (there !== null && !there.isFile() && !there.isDirectory())
    throw new DatabaseDamagedError(path, 'not a regular file');
  if (mustHoldData && (there === null || there.size === 0)) throw new DatabaseMissingError(path);
  requireRoomForIndex(path);
  const db = openSqlite(path);
  try {
    // Before anything else: it can't be changed once the file has a page. `Space` removes the free pages.
    if (fresh) db.pragma('auto_vacuum = INCREMENTAL');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 5000');
    overwriteReplaced(db);
    // 8 MB instead of 16. The system caches the rest of the file, and can drop it.
    db.pragma('cache_size = -8000');
    // Checkpoints less often, because each one makes a commit wait for two more syncs.
    db.pragma('wal_autocheckpoint = 4000');
    if (mustHoldData && db.pragma('user_version', { simple: true }) === 0)
      throw new DatabaseMissingError(path);
    if (!fresh) {
      const schema = Number(db.pragma('user_version', { simple: true }));
      refuseUnknownSchema(schemas, path, schema);
      refuseForeignSchema(db, path, schema);
      refuseDamaged(db, path);
    }
    migrate(schemas, db, path);
    return db;
  } catch (error) {
    db.close();
    if (
      error instanceof SQLite.SqliteError &&
      (error.code === 'SQLITE_NOTADB' || error.code.startsWith('SQLITE_CORRUPT'))
    )
      throw new DatabaseDamagedError(path, error.message);
    throw error;
  }
}

/**
 * Reports every error of a statement, handled or not: a page that can't be read is met by any of them, and
 * most callers only log that their work failed.
 */
export function reportErrors(db: Db, report: (error: unknown) => void): Db {
  const watched =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return call(...args);
      } catch (error) {
        report(error);
        throw error;
      }
    };
  const { prepare, pragma } = db;
  db.pragma = watched(pragma.bind(db));
  db.prepare = ((sql: string) => {
    const statement = prepare.call(db, sql) as SQLite.Statement<unknown[]>;
    const { run, get, all, iterate } = statement;
    return Object.assign(statement, {
      run: watched(run.bind(statement)),
      get: watched(get.bind(statement)),
      all: watched(all.bind(statement)),
      iterate: watched((...args: unknown[]) => {
        const rows = iterate.apply(statement, args);
        return Object.assign(rows, { next: watched(rows.next.bind(rows)) });
      }),
    });
  }) as Db['prepare'];
  return db;
}

/** Throws DatabaseElsewhereError if what this file has is not all there is. */
export function refuseCopy(db: Db, path: string): void {
  if (!isCopy(db)) return;
  db.close();
  throw new DatabaseElsewhereError(path);
}

const isCopy = (db: Db): boolean => db.prepare('SELECT 1 FROM copy_state').get() !== undefined;

/** Whether a file that isn't open is the copy of a database on a server. Throws if it is damaged. */
export function isCopyAt(path: string): boolean {
  const db = openSqlite(path, { fileMustExist: true });
  try {
    return isCopy(db);
  } finally {
    db.close();
  }
}

/** Before anything is read or migrated. */
function refuseForeignSchema(db: Db, path: string, schema: number): void {
  const part = foreignPart(db, upTo(schemas, schema));
  if (part !== null) throw new DatabaseForeignSchemaError(path, part);
}

/** Checks all pages of a file of up to 100 MB. For a larger one, that would delay every start. */
function refuseDamaged(db: Db, path: string): void {
  const pages = Number(db.pragma('page_count', { simple: true }));
  const verdict = pages > 25_000 ? 'ok' : db.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw new DatabaseDamagedError(path, String(verdict));
}

/** Creates the tables of a schema in an empty file, for a copy that gets its rows from elsewhere. */
export function createFile(path: string, schema = currentSchema): Db {
  requireRoomForIndex(path);
  const db = openSqlite(path);
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma('journal_mode = WAL');
  overwriteReplaced(db);
  const run = db.transaction(() => {
    for (const sql of upTo(schemas, schema)) db.exec(sql);
    db.pragma(`user_version = ${schema}`);
  });
  makeTables(db, run);
  return db;
}
