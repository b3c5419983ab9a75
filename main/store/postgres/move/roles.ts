/** What a database and a file say of themselves (truth.ts), as they store it. */
import { randomBytes } from 'node:crypto';
import { type Db, openDatabase } from '../../database.ts';
import { openSqlite } from '../../open-file.ts';
import type { DatabaseAddress } from '../address.ts';
import { connectTo, type Session, schemaName } from '../connect.ts';
import { createTables, stateTables, type Table } from '../schema.ts';
import type { DatabaseRole, FileRole } from './truth.ts';

export const newName = (): string => randomBytes(8).toString('hex');

export interface Described {
  readonly role: DatabaseRole;
  /** The number of its schema; null if it has none. */
  readonly schema: number | null;
  readonly token: number;
  /** Whose data it has; null if nobody's. */
  readonly server: string | null;
}

interface StateRow {
  readonly id: string;
  readonly schema: number;
  readonly token: number;
  readonly role: 'filling' | 'truth' | 'left';
  readonly leaving: string | null;
}

/** Reads only. */
export async function describeDatabase(session: Session): Promise<Described> {
  const nothing = { schema: null, token: 0, server: null };
  const found = await session.query<{ name: string }>(
    'SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1)::oid',
    [schemaName],
  );
  const names = found.map(({ name }) => name);
  if (names.length === 0) return { role: { role: 'empty' }, ...nothing };
  if (!names.includes('node_state')) return { role: { role: 'foreign' }, ...nothing };
  const [state] = await session.query<StateRow>('SELECT id, schema, token, role, leaving FROM node_state');
  if (state === undefined) return { role: { role: 'empty' }, ...nothing };
  const { id, schema, token, leaving } = state;
  return {
    role:
      state.role === 'left'
        ? { role: 'left', database: id, leaving: leaving ?? '' }
        : { role: state.role, database: id },
    ...{ schema, token, server: await serverIn(session, names) },
  };
}

async function serverIn(session: Session, names: readonly string[]): Promise<string | null> {
  if (!names.includes('federation_server_keys')) return null;
  const [own] = await session.query<{ server: string }>(
    "SELECT server_name AS server FROM federation_server_keys WHERE source = 'own' LIMIT 1",
  );
  return own?.server ?? null;
}

/** A node that leads on a database holds this lock, and so does one that moves data into it. */
export const lockKey = 0x70617261;

export async function tryLock(session: Session): Promise<boolean> {
  const [row] = await session.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [lockKey]);
  return row?.got === true;
}

/** A database as a move creates it. */
export interface NewDatabase {
  readonly id: string;
  readonly schema: number;
  readonly version: number;
  readonly stamp: string;
  readonly token: number;
}

/** In a transaction: replaces what an earlier move left there. No node uses it until `openForUse`. */
export async function createForFilling(
  session: Session,
  tables: readonly Table[],
  { id, schema, version, stamp, token }: NewDatabase,
): Promise<void> {
  await session.query(`DROP SCHEMA IF EXISTS ${schemaName} CASCADE; CREATE SCHEMA ${schemaName}`);
  await session.query(stateTables);
  await session.query(createTables(tables));
  await session.query(
    `INSERT INTO node_state (id, schema, version, stamp, token, role) VALUES ($1, $2, $3, $4, $5, 'filling')`,
    [id, schema, version, stamp, token],
  );
}

/** Repeats what the file has decided: this database is the truth. `isLed`: by the node of this process. */
export async function openForUse(session: Session, id: string, isLed = false): Promise<void> {
  await session.query(
    `UPDATE node_state SET role = 'truth', beat = CASE WHEN $2 THEN clock_timestamp() ELSE beat END
     WHERE id = $1 AND role = 'filling'`,
    [id, isLed],
  );
}

/** Decides a move back: from now on no node writes here. False if another node writes here now; nothing has changed. */
export async function leave(
  session: Session,
  { token, version, leaving }: { token: number; version: number; leaving: string },
): Promise<boolean> {
  const left = await session.query(
    `UPDATE node_state SET role = 'left', leaving = $3, token = token + 1, leader = NULL, beat = NULL
     WHERE token = $1 AND version = $2 AND role = 'truth' RETURNING token`,
    [token, version, leaving],
  );
  return left.length === 1;
}

/** Ends the session with this name, one way or the other. Waits until it has ended, `waitMs` at most. */
export const endSession = (session: Session, name: string, waitMs = 5_000): Promise<unknown> =>
  session.query(
    `SELECT pg_terminate_backend(pid, $2) FROM pg_stat_activity
     WHERE application_name = $1 AND usename = current_user`,
    [name, waitMs],
  );

/** Whether a `leave` that the session with this name sent was carried out. */
export async function hasLeft(address: DatabaseAddress, name: string, leaving: string): Promise<boolean> {
  const session = await connectTo(address);
  try {
    await endSession(session, name);
    const { role } = await describeDatabase(session);
    return role.role === 'left' && role.leaving === leaving;
  } finally {
    await session.close();
  }
}

export function roleOfFile(db: Db): FileRole {
  const has = db.prepare("SELECT 1 FROM main.sqlite_master WHERE name = 'copy_state'").get() !== undefined;
  const copy =
    has &&
    db
      .prepare<[], { database: string; leaving: string | null }>(
        'SELECT database, leaving FROM main.copy_state',
      )
      .get();
  return copy ? { role: 'copy', ...copy } : { role: 'truth' };
}

/** The role of a file that isn't open; null if it doesn't exist. Changes nothing. */
export function roleOfFileAt(path: string): FileRole | null {
  let db: Db;
  try {
    db = openSqlite(path, { fileMustExist: true });
  } catch {
    return null;
  }
  try {
    return roleOfFile(db);
  } finally {
    db.close();
  }
}

/** Synced with everything before it, however the other commits of this connection are. */
function record(db: Db, write: () => void): void {
  const before = Number(db.pragma('synchronous', { simple: true }));
  db.pragma('synchronous = FULL');
  try {
    db.transaction(write).immediate();
  } finally {
    db.pragma(`synchronous = ${before}`);
  }
}

/** Decides a move to PostgreSQL: from now on the file is a copy of this database. */
export const becomeCopy = (db: Db, database: string, version: number, stamp: string): void =>
  record(db, () => {
    db.prepare(
      'INSERT OR REPLACE INTO main.copy_state (one, database, version, stamp) VALUES (1, ?, ?, ?)',
    ).run(...[database, version, stamp]);
  });

/** Before a database is left: by which move. Null if it wasn't. */
export const noteLeaving = (db: Db, leaving: string | null): void =>
  record(db, () => {
    db.prepare('UPDATE main.copy_state SET leaving = ?').run(leaving);
  });

/** Repeats what the database has decided: this file is the truth. */
export const becomeTruth = (db: Db): void =>
  record(db, () => {
    db.prepare('DELETE FROM main.copy_state').run();
  });

/** The same for a file that isn't open. */
export function becomeTruthAt(path: string): void {
  const db = openDatabase(path, true);
  try {
    becomeTruth(db);
  } finally {
    db.close();
  }
}
