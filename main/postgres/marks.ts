/**
 * Decides who holds the truth: the file node.db, or PostgreSQL (docs/decisions/0068-one-write-decides-a-move.md). Each
 * says what it is. The one that gives the truth away says so first, in one commit, and that commit decides.
 */
import { type Db, openDatabase } from '../store/database.ts';
import type { DatabaseAddress } from './address.ts';
import { connectTo, type Session, schemaName } from './connect.ts';
import { type CopyState, localFileAt } from './copy.ts';
import { notInUse } from './failure.ts';

/** The mark of node.db, if it is a copy. */
export type CopyMark = Pick<CopyState, 'database' | 'leaving'>;

/** The mark of a PostgreSQL database. */
export type DatabaseMark =
  | { readonly role: 'empty' }
  /** Something that no Paracord Node made. */
  | { readonly role: 'foreign' }
  /** A move began to fill it and hasn't been decided. */
  | { readonly role: 'filling'; readonly database: string }
  | { readonly role: 'truth'; readonly database: string }
  /** The move with this ID returned the truth to the file. */
  | { readonly role: 'left'; readonly database: string; readonly leaving: string };

export type Verdict =
  | 'file'
  | 'database'
  /** The truth is in PostgreSQL, which doesn't know yet: its mark has to be changed before it is used. */
  | 'open-database'
  /** The truth is in the file, which doesn't know yet: the mark has to be removed before it is used. */
  | 'free-file'
  /** The copy belongs to another database, or to one that was emptied. */
  | 'another-database'
  /** The data was moved to the file of another data folder. */
  | 'moved-elsewhere';

/** Who holds the truth for the owner of this file, whatever was interrupted. `copy`: what the file is a copy of; null if it is none. */
export function whoHoldsIt(copy: CopyMark | null, database: DatabaseMark): Verdict {
  if (copy === null) return 'file';
  if (database.role === 'empty' || database.role === 'foreign') return 'another-database';
  if (database.database !== copy.database) return 'another-database';
  switch (database.role) {
    case 'filling':
      return 'open-database';
    case 'truth':
      return 'database';
    case 'left':
      return database.leaving === copy.leaving ? 'free-file' : 'moved-elsewhere';
  }
}

/** Whether a move may fill this database. */
type Target = 'fill' | 'not-empty' | 'in-use' | 'other-server';

/** `server`: whose data the database has, `own`: who moves. An unfinished or abandoned copy of our own is replaced. */
export function targetFor({ role }: DatabaseMark, server: string | null, own: string | null): Target {
  if (role === 'empty') return 'fill';
  if (role === 'foreign') return 'not-empty';
  if (server !== own && server !== null) return 'other-server';
  return role === 'truth' ? 'in-use' : 'fill';
}

/**
 * Before anything else on the file and the database of a data folder: where the data is. Finishes a move that was
 * interrupted between its two writes. `isRemembered`: nobody named the database for this start. The caller holds the lock
 * of the data folder.
 */
export async function whereDataIs(
  path: string,
  address: DatabaseAddress,
  isRemembered: boolean,
): Promise<'file' | 'database'> {
  const file = localFileAt(path);
  const copy = file?.copy ?? null;
  // The address is remembered before a move is decided. A database that was named must be used, or refused.
  if (copy === null) return isRemembered && file?.hasData ? 'file' : 'database';
  const session = await connectTo(address);
  try {
    const { mark } = await describeDatabase(session);
    switch (whoHoldsIt(copy, mark)) {
      case 'open-database':
        await openForUse(session, copy.database);
        return 'database';
      case 'free-file':
        becomeTruthAt(path);
        return 'file';
      case 'moved-elsewhere':
        throw notInUse('left', address);
      default:
        return 'database';
    }
  } finally {
    await session.close();
  }
}

interface Described {
  readonly mark: DatabaseMark;
  /** The number of its schema; null if it has none. */
  readonly schema: number | null;
  /** The server whose data it has; null without data. */
  readonly server: string | null;
}

/** Reads only. */
export async function describeDatabase(session: Session): Promise<Described> {
  const found = await session.query<{ name: string }>(
    'SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1)::oid',
    [schemaName],
  );
  const has = (name: string) => found.some((each) => each.name === name);
  const nothing = { schema: null, server: null };
  if (found.length === 0) return { mark: { role: 'empty' }, ...nothing };
  if (!has('node_state')) return { mark: { role: 'foreign' }, ...nothing };
  const [state] = await session.query<{
    readonly id: string;
    readonly schema: number;
    readonly role: 'filling' | 'truth' | 'left';
    readonly leaving: string | null;
  }>('SELECT id, schema, role, leaving FROM node_state');
  if (state === undefined) return { mark: { role: 'empty' }, ...nothing };
  const { id: database, schema, role, leaving } = state;
  const [own] = has('federation_server_keys') ? await session.query<{ server: string }>(ownServer) : [];
  const mark = role === 'left' ? { role, database, leaving: leaving ?? '' } : { role, database };
  return { mark, schema, server: own?.server ?? null };
}

/** The server whose data is in these tables, for both engines. */
export const ownServer =
  "SELECT server_name AS server FROM federation_server_keys WHERE source = 'own' LIMIT 1";

/** Repeats what the file has decided: this database is the truth. */
export async function openForUse(session: Session, id: string): Promise<void> {
  await session.query(`UPDATE node_state SET role = 'truth' WHERE id = $1 AND role = 'filling'`, [id]);
}

/** Decides a move back: from now on no node writes here. False if another node has led here since. */
export async function leave(session: Session, token: number, leaving: string): Promise<boolean> {
  const left = await session.query(
    `UPDATE node_state SET role = 'left', leaving = $2, token = token + 1, leader = NULL, beat = NULL
     WHERE token = $1 AND role = 'truth' RETURNING token`,
    [token, leaving],
  );
  return left.length === 1;
}

/** Synced, with everything before it, whatever this connection does for its other commits. */
function record(db: Db, write: () => void): void {
  db.pragma('synchronous = FULL');
  db.transaction(write).immediate();
}

/** Decides a move to PostgreSQL: from now on the file is a copy of this database. */
export const becomeCopy = (db: Db, database: string, version: number, stamp: string): void =>
  record(db, () => {
    db.prepare(
      'INSERT OR REPLACE INTO main.copy_state (one, database, version, stamp) VALUES (1, ?, ?, ?)',
    ).run(database, version, stamp);
  });

/** Before a database is left: notes which move leaves it. This also syncs what the file still lacks on disk. */
export const noteLeaving = (db: Db, leaving: string): void =>
  record(db, () => {
    db.prepare('UPDATE main.copy_state SET leaving = ?').run(leaving);
  });

/** Repeats what the database has decided: this file is the truth. */
export const becomeTruth = (db: Db): void =>
  record(db, () => {
    db.prepare('DELETE FROM main.copy_state').run();
  });

function becomeTruthAt(path: string): void {
  const db = openDatabase(path, true);
  try {
    becomeTruth(db);
  } finally {
    db.close();
  }
}
