import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createFile, type Db, openDatabase, quoted } from '../store/database.ts';
import { DatabaseServerError } from '../store/engine.ts';
import { emptyLog } from '../store/log.ts';
import { currentSchema } from '../store/migrations/index.ts';
import { openSqlite } from '../store/open-file.ts';
import { emptySearch, isOfSearch } from '../store/search-tables.ts';
import type { DatabaseAddress } from './address.ts';
import { type Changes, changesApplier } from './changes.ts';
import { connectTo, DatabaseUnreachableError, type Session } from './connect.ts';
import { copyFromDatabase, type OnRows } from './copying.ts';
import { tablesOf } from './schema.ts';
import {
  CopyTooOldError,
  changesAfter,
  copierName,
  createDatabase,
  type DatabaseState,
  requiredState,
  stateOf,
  type Version,
} from './state.ts';

/** The database that a file is a copy of, and its version. */
export interface CopyState extends Version {
  readonly database: string;
  /** The ID of a move back from the database that may have been decided. */
  readonly leaving: string | null;
}

export interface CopyOptions {
  readonly address: DatabaseAddress;
  /** The file of the copy, `node.db` in the data folder. This process has the folder to itself. */
  readonly path: string;
  /** Called while everything is copied from the database, or its tables are rebuilt. */
  readonly onRows?: OnRows;
}

/** Limits each statement of a copy, because a server that has gone never answers. */
const copyingMs = 20_000;

/** Null if the database isn't a copy. */
function copyStateOf(db: Db): CopyState | null {
  const has = db.prepare("SELECT 1 FROM main.sqlite_master WHERE name = 'copy_state'").get() !== undefined;
  return (
    (has &&
      db.prepare<[], CopyState>('SELECT database, leaving, version, stamp FROM main.copy_state').get()) ||
    null
  );
}

interface LocalFile {
  readonly schema: number;
  readonly copy: CopyState | null;
  readonly hasData: boolean;
}

/** Describes the file at `path`; null if it doesn't exist. Changes nothing. */
export function localFileAt(path: string): LocalFile | null {
  if (!existsSync(path)) return null;
  const db = openSqlite(path, { fileMustExist: true });
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'copy_state'")
      .pluck()
      .all()
      .filter((name) => !isOfSearch(name));
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
 * Before anything else on a database: creates its tables if it is empty and this data folder has no data either. Throws a
 * failure if the folder has data of its own; nothing is overwritten on either side.
 */
export async function prepareDatabase(
  session: Session,
  { address, path }: CopyOptions,
): Promise<DatabaseState> {
  const file = localFileAt(path);
  const state = await stateOf(session, address);
  if (state !== null) {
    refuseForeign(file, state, { address, path });
    return state;
  }
  if (file?.hasData)
    throw new DatabaseServerError('USAGE', 'usage', ({ start: { failure } }) =>
      failure.databaseElsewhere({ database: String(address), folder: dirname(path) }),
    );
  const empty = createFile(':memory:');
  try {
    return await createDatabase(session, address, empty);
  } finally {
    empty.close();
  }
}

function refuseForeign(file: LocalFile | null, { id }: DatabaseState, { address, path }: CopyOptions): void {
  if (file?.hasData && file.copy?.database !== id)
    throw new DatabaseServerError('USAGE', 'usage', ({ start: { failure } }) =>
      failure.databaseOther({ database: String(address), folder: dirname(path) }),
    );
}

/** The file node.db as a copy of the database, open. */
export class Copy {
  readonly db: Db;
  /** The database is older than the copy was, so it was restored from a backup. */
  readonly isRestored: boolean;
  readonly #putVersion;
  #at: Version;
  #apply: ((changes: Changes, inside: () => void) => void) | null = null;

  constructor(db: Db, isRestored = false) {
    const at = copyStateOf(db);
    if (at === null) throw new Error('the file is not a copy');
    this.db = db;
    this.isRestored = isRestored;
    this.#at = at;
    // A power cut may take the last rows of the copy: the database has them.
    db.pragma('synchronous = NORMAL');
    this.#putVersion = db.prepare<[number, string]>('UPDATE main.copy_state SET version = ?, stamp = ?');
  }

  get version(): number {
    return this.#at.version;
  }

  /** Runs in the transaction that makes this version, or before it is committed. */
  putVersion({ version, stamp }: Version): void {
    this.#putVersion.run(version, stamp);
  }

  /** After the commit of what `putVersion` wrote. */
  reached({ version, stamp }: Version): void {
    this.#at = { version, stamp };
  }

  /**
   * Applies what the copy lacks. True if that was anything. Throws CopyTooOldError if the database no longer has all of
   * it, or has another history.
   */
  async follow(session: Session): Promise<boolean> {
    const first = this.version;
    for (;;) {
      const [state] = await session.query<Version>('SELECT version, stamp FROM node_state');
      if (state === undefined) throw new DatabaseUnreachableError('it has no tables of a node');
      const { version, stamp } = this.#at;
      if (state.version < version || (state.version === version && state.stamp !== stamp))
        throw new CopyTooOldError();
      if (state.version === version) return version > first;
      const next = await changesAfter(session, this.#at);
      if (next.length === 0) throw new CopyTooOldError();
      this.#apply ??= changesApplier(this.db, tablesOf(this.db));
      for (const each of next) {
        this.#apply(each.changes, () => {
          emptySearch(this.db);
          this.putVersion(each);
        });
        this.reached(each);
      }
    }
  }

  /** Empties the write-ahead log, which may contain a text that the leader has erased. False if a reader needs it. */
  forget(): boolean {
    return emptyLog(this.db);
  }
}

/**
 * Opens the file as a copy that has everything; if it can't follow, by copying everything into a new one, however long
 * that takes. The database has the schema of this program, or an older one, which the caller upgrades.
 */
export async function openCopy(session: Session, options: CopyOptions): Promise<Copy> {
  const state = await requiredState(session, options.address);
  const file = localFileAt(options.path);
  refuseForeign(file, state, options);
  const relation = await relationOf(session, file, state);
  if (relation !== 'usable') await copyAnew(session, options);
  const copy = new Copy(openDatabase(options.path), relation === 'other');
  try {
    await copy.follow(session);
    return copy;
  } catch (error) {
    copy.db.close();
    throw error;
  }
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
  const { address, path } = options;
  const target = `${path}.copying`;
  const remove = (file: string) => {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  };
  remove(target);
  // Keeps what is committed meanwhile from being pruned; see `pruneChanges`.
  const copying = await connectTo(address, { statementMs: copyingMs, name: copierName });
  try {
    await copyTo(target, copying, session, options);
    remove(path);
    renameSync(target, path);
  } catch (error) {
    remove(target);
    if (error instanceof CopyTooOldError)
      throw new DatabaseUnreachableError('another of its servers took over while it was copied', error);
    throw error;
  } finally {
    await copying.close();
  }
}

async function copyTo(
  target: string,
  copying: Session,
  session: Session,
  { onRows }: CopyOptions,
): Promise<void> {
  await copying.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const [state] = await copying.query<DatabaseState>('SELECT id, schema, version, stamp FROM node_state');
  if (state === undefined) throw new Error('the database has no state');
  const db = createFile(target, state.schema);
  try {
    // A copy that a power cut damages isn't used: it only gets its name at the end.
    db.pragma('synchronous = NORMAL');
    await copyFromDatabase(copying, db, tablesOf(db), onRows);
    await copying.query('COMMIT');
    db.prepare('INSERT INTO copy_state (one, database, version, stamp) VALUES (1, ?, ?, ?)').run(
      ...[state.id, state.version, state.stamp],
    );
    await new Copy(db).follow(session);
  } finally {
    db.close();
  }
}
