import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';
import { lockDataFolder } from '../store/data-lock.ts';
import { type Db, openDatabase } from '../store/database.ts';
import { DatabaseServerError } from '../store/engine.ts';
import { currentSchema } from '../store/migrations/index.ts';
import { DatabaseAddress, DatabaseAddressError } from './address.ts';
import { connectTo, type Session } from './connect.ts';
import { openCopy } from './copy.ts';
import { type Digests, digestsIn, digestsOf, type OnRows } from './copying.ts';
import { databaseFailure } from './failure.ts';
import { Lead, tryLock } from './lead.ts';
import {
  becomeCopy,
  becomeTruth,
  describeDatabase,
  leave,
  noteLeaving,
  openForUse,
  ownServer,
  targetFor,
  whereDataIs,
} from './marks.ts';
import { inUse } from './open.ts';
import { rememberDatabase, rememberedDatabase } from './remembered.ts';
import { tablesOf } from './schema.ts';
import { createDatabase, newName } from './state.ts';

export interface Moved {
  readonly to: 'postgresql' | 'sqlite';
  /** The place of the data now, without a password. */
  readonly place: string;
  readonly tables: number;
  readonly rows: number;
  /** Says what was kept of the old place. */
  readonly kept: Said;
}

interface Moving {
  readonly dataDir: string;
  /** `sqlite`, or the address of an empty database. */
  readonly to: string;
  readonly clock: Clock;
  readonly onRows: OnRows;
}

/**
 * Moves the data of a stopped node to PostgreSQL, or back to its file. Throws a refusal or failure with a sentence;
 * then the data is where it was. The purpose of each step, and the write that decides:
 * docs/decisions/0068-one-write-decides-a-move.md.
 */
export async function moveData({ dataDir, to, clock, onRows }: Moving): Promise<Moved> {
  const path = join(dataDir, 'node.db');
  if (!existsSync(path))
    throw new DatabaseServerError('NOT_FOUND', 'usage', ({ start }) => start.repair.nothing({ path }));
  const address = to === 'sqlite' ? null : addressFor(to);
  const lock = lockDataFolder(dataDir);
  try {
    const from = rememberedDatabase(dataDir);
    const isOnFile = from === null || (await whereDataIs(path, from, true)) === 'file';
    const place = isOnFile ? path : String(from);
    if (isOnFile ? address === null : String(address) === place)
      throw refusal('CONFLICT', said('move.here_already', { place }));
    if (!isOnFile && address !== null) throw refusal('CONFLICT', said('move.only_to_file', { place }));
    if (address !== null)
      return await toDatabase(path, address, onRows, (it) => rememberDatabase(dataDir, it));
    const moved = await toFile(path, from as DatabaseAddress, clock, onRows);
    rememberDatabase(dataDir, null);
    return moved;
  } finally {
    lock.release();
  }
}

function addressFor(to: string): DatabaseAddress {
  try {
    return new DatabaseAddress(to);
  } catch (error) {
    if (!(error instanceof DatabaseAddressError)) throw error;
    throw refusal(
      'BAD_REQUEST',
      error.said.code === 'database_address.scheme' ? said('move.where') : error.said,
    );
  }
}

async function toDatabase(
  path: string,
  address: DatabaseAddress,
  onRows: OnRows,
  remember: (address: DatabaseAddress | null) => void,
): Promise<Moved> {
  const place = String(address);
  const session = await connected(address);
  const db = openDatabase(path, true);
  try {
    await refuseWrongTarget(session, db, place);
    const { id, version, stamp } = await createDatabase(session, address, db, 'filling', onRows);
    const counted = await compared(address, db, place);
    // Until the move is decided, a start uses the file all the same (marks.ts).
    remember(address);
    becomeCopy(db, id, version, stamp);
    // PostgreSQL is the truth from here on. If it doesn't learn that now, it will at the next start.
    await openForUse(session, id).catch(() => {});
    return { to: 'postgresql', place, ...counted, kept: said('move.kept_file', { path }) };
  } catch (error) {
    remember(null);
    throw explained(error, address);
  } finally {
    db.close();
    await session.close();
  }
}

async function toFile(path: string, address: DatabaseAddress, clock: Clock, onRows: OnRows): Promise<Moved> {
  const place = String(address);
  const session = await connected(address);
  let db: Db | null = null;
  try {
    if (!(await tryLock(session))) throw inUse(address);
    const lead = await Lead.begin(session, 'move-data', clock);
    db = (await openCopy(session, { address, path, onRows })).db;
    const counted = await compared(address, db, path);
    const leaving = newName();
    noteLeaving(db, leaving);
    if (!(await leave(session, lead.token, leaving))) throw inUse(address);
    becomeTruth(db);
    await lead.resign();
    return { to: 'sqlite', place: path, ...counted, kept: said('move.kept_database', { place }) };
  } catch (error) {
    throw explained(error, address);
  } finally {
    db?.close();
    await session.close();
  }
}

/** Statements have no time limit: nobody waits for this node. */
async function connected(address: DatabaseAddress): Promise<Session> {
  try {
    return await connectTo(address, { statementMs: 0 });
  } catch (error) {
    throw explained(error, address);
  }
}

/** Refuses with a sentence, before anything is changed. From then on, `session` holds the database's lock. */
async function refuseWrongTarget(session: Session, db: Db, place: string): Promise<void> {
  const { mark, schema, server } = await describeDatabase(session);
  if (schema !== null && schema > currentSchema)
    throw refusal('CONFLICT', said('move.newer', { place, schema, known: currentSchema }));
  const own = db.prepare<[], { server: string }>(ownServer).get()?.server ?? null;
  const target = targetFor(mark, server, own);
  if (own === null && server !== null && target !== 'not-empty')
    throw refusal('CONFLICT', said('move.lacks_identity', { place, server }));
  if (target === 'not-empty') throw refusal('CONFLICT', said('move.foreign', { place }));
  if (target === 'in-use') throw refusal('CONFLICT', said('move.in_use', { place }));
  if (target === 'other-server')
    throw refusal('CONFLICT', said('move.other_server', { place, server: server ?? '' }));
  if (!(await tryLock(session))) throw refusal('CONFLICT', said('move.busy', { place }));
}

/** Refuses if one of the two has a row that the other one lacks. In a session of its own, which only reads. */
async function compared(
  address: DatabaseAddress,
  db: Db,
  place: string,
): Promise<{ readonly tables: number; readonly rows: number }> {
  const tables = tablesOf(db);
  const here = await digestsOf(db, tables);
  const session = await connected(address);
  let there: Digests;
  try {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    there = await digestsIn(session, tables);
  } finally {
    await session.close();
  }
  const table = Object.keys(here).find(
    (name) => here[name]?.count !== there[name]?.count || here[name]?.digest !== there[name]?.digest,
  );
  if (table !== undefined) throw refusal('INTERNAL_ERROR', said('move.differs', { place, table }));
  return {
    tables: tables.length,
    rows: Object.values(here).reduce((sum, { count }) => sum + count, 0),
  };
}

function explained(error: unknown, address: DatabaseAddress): unknown {
  if ((error as { said?: Said }).said !== undefined) return error;
  return databaseFailure(error, address);
}
