import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import type { Clock } from '../../kernel/ports.ts';
import { createFile, type Db } from '../database.ts';
import { currentSchema } from '../migrations/index.ts';
import { openSqlite } from '../open-file.ts';
import type { DatabaseAddress } from './address.ts';
import { connectTo, type Session } from './connect.ts';
import { copyFromDatabase, type OnRows } from './copying.ts';
import { createDatabase, type DatabaseState, stateOf, type Version } from './database-state.ts';
import { KeptChanges } from './kept-changes.ts';
import { quoted, tablesOf } from './schema.ts';

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
export interface CopyState extends Version {
  readonly database: string;
}

export interface CopyOptions {
  readonly address: DatabaseAddress;
  /** The file of the copy, `node.db` in the data folder. This process has the folder to itself. */
  readonly path: string;
  readonly clock: Pick<Clock, 'after'>;
  /** While everything is copied from the database, or a newer program rebuilds its tables. */
  readonly onRows?: OnRows;
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
  const db = openSqlite(path, { fileMustExist: true });
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
    const empty = createFile(':memory:');
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
 * one, however long that takes. `session` is for nothing else; close it afterwards. Returns whether the database is an
 * older one than the file was a copy of.
 */
export async function bringCopy(
  session: Session,
  state: DatabaseState,
  options: CopyOptions,
): Promise<boolean> {
  const file = localFileAt(options.path);
  refuseForeign(file, state);
  const relation = await relationOf(session, file, state);
  if (relation !== 'usable') await copyAnew(session, options);
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

/** Copies everything into a new file, with what is committed meanwhile, and puts it in the place of the old one. */
async function copyAnew(session: Session, options: CopyOptions): Promise<void> {
  const { path } = options;
  const target = `${path}.copying`;
  const remove = (file: string) => {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  };
  remove(target);
  try {
    await copyTo(target, session, options);
    remove(path);
    renameSync(target, path);
  } catch (error) {
    remove(target);
    throw error;
  }
}

async function copyTo(target: string, session: Session, options: CopyOptions): Promise<void> {
  const { address, clock, onRows = () => {} } = options;
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const [state] = await session.query<DatabaseState>('SELECT id, schema, version, stamp FROM node_state');
  if (state === undefined) throw new Error('the database has no state');
  const db = createFile(target, state.schema);
  try {
    chmodSync(target, 0o600);
    // A copy that a power cut damages isn't used: it only gets its name at the end.
    db.pragma('synchronous = NORMAL');
    const kept = new KeptChanges(await connectTo(address), db, state, clock);
    try {
      const tables = tablesOf(db);
      await copyFromDatabase(session, db, tables, (done, total) => {
        kept.check();
        onRows(done, total);
      });
      await session.query('COMMIT');
      db.prepare('INSERT INTO copy_state (one, database, version, stamp) VALUES (1, ?, ?, ?)').run(
        ...[state.id, state.version, state.stamp],
      );
      const putVersion = db.prepare<[number, string]>('UPDATE main.copy_state SET version = ?, stamp = ?');
      await kept.apply(tables, ({ version, stamp }) => putVersion.run(version, stamp));
    } finally {
      await kept.end();
    }
  } finally {
    db.close();
  }
}
