import { randomBytes } from 'node:crypto';
import type { Db } from '../store/database.ts';
import { refuseUnknownSchema } from '../store/migrate.ts';
import { currentSchema, schemas } from '../store/migrations/index.ts';
import type { DatabaseAddress } from './address.ts';
import type { Changes } from './changes.ts';
import {
  applicationName,
  connectTo,
  DatabaseFencedError,
  DatabaseUnreachableError,
  type Session,
  schemaName,
} from './connect.ts';
import { copyToDatabase, type OnRows } from './copying.ts';
import { notInUse } from './failure.ts';
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
}

export const newName = (): string => randomBytes(8).toString('hex');

/** Null if the database has no tables of a node. Throws the refusals of `refuseUnknownSchema`, and a failure if a move owns it. */
export async function stateOf(session: Session, address: DatabaseAddress): Promise<DatabaseState | null> {
  const [made] = await session.query<{ has: boolean }>(
    `SELECT to_regclass('${schemaName}.node_state') IS NOT NULL AS has`,
  );
  if (!made?.has) return null;
  const [state] = await session.query<DatabaseState & { readonly role: 'filling' | 'truth' | 'left' }>(
    'SELECT id, schema, version, stamp, role FROM node_state',
  );
  if (state === undefined) return null;
  refuseUnknownSchema(schemas, String(address), state.schema);
  if (state.role !== 'truth') throw notInUse(state.role, address);
  return state;
}

/** Works as `stateOf`, where there have to be tables. */
export async function requiredState(session: Session, address: DatabaseAddress): Promise<DatabaseState> {
  const state = await stateOf(session, address);
  if (state === null) throw new DatabaseUnreachableError('it has no tables of a node');
  return state;
}

async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('BEGIN');
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
 * Creates the tables with all rows of `db`, whose schema must be the current one. Returns the state; that of the database
 * as it is if another process was faster. With `role` `filling`, it replaces what an earlier move left there, and no node
 * uses it before `openForUse` (marks.ts).
 */
export async function createDatabase(
  session: Session,
  address: DatabaseAddress,
  db: Db,
  role: 'truth' | 'filling' = 'truth',
  onRows?: OnRows,
): Promise<DatabaseState> {
  const tables = tablesOf(db);
  const state = { id: newName(), schema: currentSchema, version: 1, stamp: newName() };
  return inTransaction(session, async () => {
    await session.query(`SELECT pg_advisory_xact_lock(hashtext('${schemaName}'))`);
    if (role === 'filling') await session.query(`DROP SCHEMA IF EXISTS ${schemaName} CASCADE`);
    const existing = await stateOf(session, address);
    if (existing !== null) return existing;
    await session.query(`CREATE SCHEMA IF NOT EXISTS ${schemaName}`);
    await session.query(stateTables);
    await session.query(createTables(tables));
    await copyToDatabase(db, session, tables, onRows);
    await session.query(
      'INSERT INTO node_state (id, schema, version, stamp, token, role) VALUES ($1, $2, $3, $4, 0, $5)',
      [state.id, state.schema, state.version, state.stamp, role],
    );
    return state;
  });
}

/** The changes of one transaction of the leader. `before`: the stamp of the version before, on which a copy must be. */
interface LoggedChanges extends Version {
  readonly before: string;
  readonly changes: Changes;
}

/**
 * Reads what was committed after a version, in its order, at most 100 at a time. Empty if there is nothing newer, or if
 * the database no longer has it. Throws CopyTooOldError if it has only later ones, or those of another history.
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

/** A session that makes a copy says so, because the changes since its begin are kept until it ends. */
export const copierName = `${applicationName} copy`;

/**
 * Removes changes that copies no longer need: older than ten minutes, or beyond the last 20,000 or 256 MB. None while a
 * copy is made.
 */
export async function pruneChanges(session: Session): Promise<void> {
  await session.query(`
    DELETE FROM node_changes WHERE (at < now() - interval '10 minutes' OR version <= (
      SELECT coalesce(max(version), 0) FROM (
        SELECT version, row_number() OVER newer AS count, sum(pg_column_size(changes)) OVER newer AS bytes
        FROM node_changes WINDOW newer AS (ORDER BY version DESC)
      ) c WHERE count > 20000 OR bytes > 256000000))
      AND NOT EXISTS (SELECT 1 FROM pg_stat_activity
        WHERE application_name = '${copierName}' AND datname = current_database())`);
}

/**
 * Rebuilds the tables of an older program from the copy, which this one has migrated. Takes as long as it takes. Returns
 * the version that the copy has now.
 */
export async function upgradeDatabase(
  address: DatabaseAddress,
  { db, version: had }: { readonly db: Db; readonly version: number },
  token: number,
  onRows?: OnRows,
): Promise<Version> {
  const session = await connectTo(address, { statementMs: 0 });
  const tables: readonly Table[] = tablesOf(db);
  const stamp = newName();
  try {
    return await inTransaction(session, async () => {
      const old = await session.query<{ name: string }>(
        `SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename NOT LIKE 'node\\_%'`,
        [schemaName],
      );
      await session.query(dropTables(old.map(({ name }) => name)));
      await session.query(createTables(tables));
      await copyToDatabase(db, session, tables, onRows);
      await session.query('DELETE FROM node_changes');
      // The row is written last, because the leader's signs of life wait for it.
      const [state] = await session.query<{ version: number }>(
        `UPDATE node_state SET schema = $1, version = version + 1, stamp = $2
         WHERE token = $3 AND version = $4 RETURNING version`,
        [currentSchema, stamp, token, had],
      );
      if (state === undefined) throw new DatabaseFencedError();
      await session.query(`NOTIFY ${versionChannel}`);
      return { version: state.version, stamp };
    });
  } finally {
    await session.close();
  }
}
