import { randomBytes } from 'node:crypto';
import { DatabaseNotInUseError, type Db } from '../database.ts';
import { refuseUnknownSchema } from '../migrate.ts';
import { currentSchema, schemas } from '../migrations/index.ts';
import type { DatabaseAddress } from './address.ts';
import type { Changes } from './changes.ts';
import {
  connectTo,
  DatabaseFencedError,
  DatabaseUnreachableError,
  type Session,
  schemaName,
} from './connect.ts';
import { copyToDatabase, type OnRows } from './copying.ts';
import { createTables, dropTables, stateTables, type Table, tablesOf, versionChannel } from './schema.ts';

/** The database no longer has what the copy lacks, so everything has to be copied. */
export class CopyTooOldError extends Error {}

/** A version of the database. `stamp` is its random name: a restored database may have another with the same number. */
export interface Version {
  readonly version: number;
  readonly stamp: string;
}

/** The row of `node_state`. */
export interface DatabaseState extends Version {
  readonly id: string;
  readonly schema: number;
  readonly token: number;
}

const newName = (): string => randomBytes(8).toString('hex');

/** Null if the database has no tables of a node. Throws the refusals of `refuseUnknownSchema`, and DatabaseNotInUseError. */
export async function stateOf(session: Session, address: DatabaseAddress): Promise<DatabaseState | null> {
  const [made] = await session.query<{ has: boolean }>(
    `SELECT to_regclass('${schemaName}.node_state') IS NOT NULL AS has`,
  );
  if (!made?.has) return null;
  const [state] = await session.query<DatabaseState & { readonly role: 'filling' | 'truth' | 'left' }>(
    'SELECT id, schema, version, stamp, token, role FROM node_state',
  );
  if (state === undefined) return null;
  refuseUnknownSchema(schemas, String(address), state.schema);
  if (state.role !== 'truth') throw new DatabaseNotInUseError(state.role, String(address));
  return state;
}

/** Runs `work` in a transaction. */
export async function inTransaction<T>(
  session: Session,
  work: () => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  await session.query(begin);
  try {
    const value = await work();
    await session.query('COMMIT');
    return value;
  } catch (error) {
    if (session.isOpen) await session.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/**
 * Creates the tables in a database that has none yet, with all rows of `db`. Returns the state; that of the database as
 * it is if another process was faster. The schema of `db` must be the current one, and it must not change meanwhile.
 */
export async function createDatabase(
  session: Session,
  address: DatabaseAddress,
  db: Db,
  onRows?: OnRows,
): Promise<DatabaseState> {
  const tables = tablesOf(db);
  const state = { id: newName(), schema: currentSchema, version: 1, stamp: newName(), token: 0 };
  return inTransaction(session, async () => {
    await session.query(`SELECT pg_advisory_xact_lock(hashtext('${schemaName}'))`);
    const existing = await stateOf(session, address);
    if (existing !== null) return existing;
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${schemaName}`);
    await session.query(stateTables);
    await session.query(createTables(tables));
    await copyToDatabase(db, session, tables, onRows);
    await session.query(
      'INSERT INTO node_state (id, schema, version, stamp, token) VALUES ($1, $2, $3, $4, $5)',
      [state.id, state.schema, state.version, state.stamp, state.token],
    );
    return state;
  });
}

/** What a transaction of the leader changed. `before`: the stamp of the version before, on which a copy must be. */
interface LoggedChanges extends Version {
  readonly before: string;
  readonly changes: Changes;
}

/**
 * What was committed after a version, in its order, at most 100 at a time. Empty if there is nothing newer, or if the
 * database no longer has it. Throws CopyTooOldError if it has only later ones, or those of another history.
 */
export async function changesAfter(session: Session, at: Version): Promise<LoggedChanges[]> {
  const next = await session.query<LoggedChanges>(
    'SELECT version, stamp, before, changes FROM node_changes WHERE version > $1 ORDER BY version LIMIT 100',
    [at.version],
  );
  let last = at;
  for (const each of next) {
    if (each.version !== last.version + 1 || each.before !== last.stamp) throw new CopyTooOldError();
    last = each;
  }
  return next;
}

/** Removes changes that copies no longer need: older than ten minutes, or beyond the last 20,000 or 256 MB. */
export async function pruneChanges(session: Session): Promise<void> {
  await session.query(`
    DELETE FROM node_changes WHERE at < now() - interval '10 minutes' OR version <= (
      SELECT coalesce(max(version), 0) FROM (
        SELECT version, row_number() OVER newer AS count, sum(pg_column_size(changes)) OVER newer AS bytes
        FROM node_changes WINDOW newer AS (ORDER BY version DESC)
      ) c WHERE count > 20000 OR bytes > 256000000)`);
}

/**
 * A new token for a command that writes while no node leads. From now on every other token is refused. It sends no beats,
 * so the next node can lead as soon as the lock is free.
 */
export async function takeToken(session: Session): Promise<number> {
  const [row] = await session.query<{ token: number }>(
    `UPDATE node_state SET token = token + 1, leader = NULL, beat = NULL WHERE role = 'truth' RETURNING token`,
  );
  if (row === undefined) throw new DatabaseUnreachableError('it has no tables of a node');
  return row.token;
}

/** Rebuilds the tables of an older program from the copy, which this one has migrated. Takes as long as it takes. */
export async function upgradeDatabase(
  address: DatabaseAddress,
  copy: Db,
  token: number,
  onRows?: OnRows,
): Promise<void> {
  const session = await connectTo(address, { statementMs: 0 });
  try {
    await upgradeIn(session, copy, token, onRows);
  } finally {
    await session.close();
  }
}

/** Returns the version. */
async function refuseOthers(
  session: Session,
  token: number,
  had: number | undefined,
  lock: 'FOR UPDATE' | '' = '',
): Promise<number> {
  const [state] = await session.query<DatabaseState>(`SELECT * FROM node_state ${lock}`);
  if (state?.token !== token) throw new DatabaseFencedError();
  if (state.version !== had) throw new DatabaseUnreachableError('it changed while it was upgraded');
  return state.version;
}

async function upgradeIn(session: Session, copy: Db, token: number, onRows?: OnRows): Promise<void> {
  const tables: readonly Table[] = tablesOf(copy);
  const had = copy.prepare<[], { version: number }>('SELECT version FROM copy_state').get()?.version;
  const stamp = newName();
  const version = await inTransaction(session, async () => {
    await refuseOthers(session, token, had);
    const old = await session.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename NOT LIKE 'node\\_%'`,
      [schemaName],
    );
    await session.query(dropTables(old.map(({ name }) => name)));
    await session.query(createTables(tables));
    await copyToDatabase(copy, session, tables, onRows);
    await session.query('DELETE FROM node_changes');
    // Only now, as in `pn_commit`: the beats of this node wait for it.
    const next = (await refuseOthers(session, token, had, 'FOR UPDATE')) + 1;
    await session.query('UPDATE node_state SET schema = $1, version = $2, stamp = $3', [
      ...[currentSchema, next, stamp],
    ]);
    await session.query(`SELECT pg_notify('${versionChannel}', $1)`, [String(next)]);
    return next;
  });
  copy.prepare('UPDATE copy_state SET version = ?, stamp = ?').run(version, stamp);
}

/** What is in a database, before anything is changed there or here. */
export interface Looked {
  /** It has no tables of a node yet. */
  readonly isEmpty: boolean;
  /** Whose data it has; null if nobody's. */
  readonly server: string | null;
}

/** Throws DatabaseUnreachableError and DatabaseTooNewError. */
export async function lookAt(address: DatabaseAddress): Promise<Looked> {
  const session = await connectTo(address);
  try {
    if ((await stateOf(session, address)) === null) return { isEmpty: true, server: null };
    const [own] = await session.query<{ server: string }>(
      "SELECT server_name AS server FROM federation_server_keys WHERE source = 'own' LIMIT 1",
    );
    return { isEmpty: false, server: own?.server ?? null };
  } finally {
    await session.close();
  }
}
