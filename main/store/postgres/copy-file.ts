import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { createFile, currentSchema, type Db } from '../database.ts';
import type { DatabaseAddress } from './address.ts';
import { connectTo, type Session } from './connect.ts';
import { copyFromDatabase, type OnRows } from './copying.ts';
import { createDatabase, type DatabaseState, inTransaction, stateOf } from './database-state.ts';
import { quoted, tablesOf } from './schema.ts';

/** The database no longer has what the copy lacks, so everything has to be copied. */
export class CopyTooOldError extends Error {}
/** An older program works on this database. A node can't follow it; it can upgrade the database as its leader. */
export class DatabaseOlderError extends Error {}
/** The file and the database both have data, and the file isn't a copy of the database. Neither was changed. */
export class ForeignDataError extends Error {
  /** `empty`: the database has no data yet, so that of the file can be moved to it. */
  readonly database: 'empty' | 'other';

  constructor(database: 'empty' | 'other') {
    super('the data folder has data that is not in the database');
    this.database = database;
  }
}

/** Which version of which database a file is a copy of. */
export interface CopyState {
  readonly database: string;
  readonly version: number;
  readonly stamp: string;
}

/** Null if the database isn't a copy. */
export function copyStateOf(db: Db): CopyState | null {
  const has = db.prepare("SELECT 1 FROM main.sqlite_master WHERE name = 'copy_state'").get() !== undefined;
  return (
    (has && db.prepare<[], CopyState>('SELECT database, version, stamp FROM main.copy_state').get()) || null
  );
}

interface LocalFile {
  readonly schema: number;
  readonly copy: CopyState | null;
  readonly hasData: boolean;
}

/** What the file at `path` is; null if it doesn't exist. Changes nothing. */
export function localFileAt(path: string): LocalFile | null {
  if (!existsSync(path)) return null;
  const db = new SQLite(path, { fileMustExist: true });
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'copy_state'")
      .pluck()
      .all();
    const hasRow = (name: string): boolean =>
      db.prepare(`SELECT 1 FROM main.${quoted(name)} LIMIT 1`).get() !== undefined;
    return {
      schema: Number(db.pragma('user_version', { simple: true })),
      copy: copyStateOf(db),
      hasData: tables.some(hasRow),
    };
  } finally {
    db.close();
  }
}

/**
 * Before anything else on a database: creates its tables if it is empty and this data folder has no data either. Throws
 * ForeignDataError if the folder has data of its own; nothing is overwritten on either side.
 */
export async function prepareDatabase(address: DatabaseAddress, path: string): Promise<DatabaseState> {
  const session = await connectTo(address);
  try {
    const file = localFileAt(path);
    const state = await stateOf(session, address);
    if (state === null && file?.hasData) throw new ForeignDataError('empty');
    if (state !== null) refuseForeign(file, state);
    if (state !== null) return state;
    const empty = createFile(':memory:', currentSchema);
    try {
      return await createDatabase(session, address, empty);
    } finally {
      empty.close();
    }
  } finally {
    await session.close();
  }
}

function refuseForeign(file: LocalFile | null, { id }: DatabaseState): void {
  if (file?.hasData && file.copy?.database !== id) throw new ForeignDataError('other');
}

/**
 * Makes the file a copy of the database that can catch up with it: if the file can't, by copying everything into a new
 * one. Returns whether the database is an older one than the file was a copy of.
 */
export async function bringCopy(
  session: Session,
  state: DatabaseState,
  path: string,
  onRows?: OnRows,
): Promise<boolean> {
  const file = localFileAt(path);
  refuseForeign(file, state);
  const relation = await relationOf(session, file, state);
  if (relation !== 'usable') await copyAnew(session, path, onRows);
  return relation === 'other';
}

/** `other`: the database doesn't have the version that the file has, and never had. */
async function relationOf(
  session: Session,
  file: LocalFile | null,
  state: DatabaseState,
): Promise<'usable' | 'old' | 'other'> {
  const copy = file?.copy ?? null;
  if (copy === null || copy.database !== state.id) return 'old';
  if (copy.version > state.version) return 'other';
  const [next] = await session.query<{ before: string }>(
    'SELECT before FROM node_changes WHERE version = $1',
    [copy.version + 1],
  );
  const stamp = copy.version === state.version ? state.stamp : next?.before;
  if (stamp === undefined) return 'old';
  if (stamp !== copy.stamp) return 'other';
  const isCurrent = copy.version === state.version || state.schema === currentSchema;
  return file?.schema === state.schema && isCurrent ? 'usable' : 'old';
}

async function copyAnew(session: Session, path: string, onRows?: OnRows): Promise<void> {
  const target = `${path}.copying`;
  const remove = (file: string) => {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  };
  remove(target);
  try {
    await inTransaction(
      session,
      async () => {
        const [state] = await session.query<DatabaseState>(
          'SELECT id, schema, version, stamp FROM node_state',
        );
        if (state === undefined) throw new Error('the database has no state');
        const db = createFile(target, state.schema);
        try {
          chmodSync(target, 0o600);
          await copyFromDatabase(session, db, tablesOf(db), onRows);
          db.prepare('INSERT INTO copy_state (one, database, version, stamp) VALUES (1, ?, ?, ?)').run(
            ...[state.id, state.version, state.stamp],
          );
        } finally {
          db.close();
        }
      },
      'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    );
    remove(path);
    renameSync(target, path);
  } catch (error) {
    remove(target);
    throw error;
  }
}
