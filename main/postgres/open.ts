import { hostname } from 'node:os';
import type { NodeConfig } from '../config.ts';
import { KeyVault } from '../identity/vault.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock, Ports } from '../kernel/ports.ts';
import type { NodeDeps } from '../node.ts';
import { moveIntoPlace } from '../store/backup/restore.ts';
import { DatabaseServerError } from '../store/engine.ts';
import type { DatabaseAddress } from './address.ts';
import { connectTo, type Session } from './connect.ts';
import { type Copy, localFileAt, prepareDatabase } from './copy.ts';
import type { OnRows } from './copying.ts';
import { PostgresEngine } from './engine.ts';
import { Lead, tryLock } from './lead.ts';
import { describeDatabase, whereDataIs } from './marks.ts';
import { waitForLead } from './wait.ts';

const progressMs = 5_000;

/** The database to open, and the node it is for. */
export interface Opening {
  /** The database that the flags name; otherwise the one that the data folder remembers. */
  readonly database: string | undefined;
  readonly config: NodeConfig;
  readonly ports: Ports;
  readonly deps: NodeDeps;
  /** Ends the wait for another node. Without it, another node that leads is a failure. */
  readonly signal: AbortSignal | null;
}

/** Whether the data is on the database, or was moved back to the file. */
export async function locateData(
  path: string,
  address: DatabaseAddress,
  opening: Opening,
): Promise<'file' | 'database'> {
  const isRemembered = opening.database === undefined;
  const place = await whereDataIs(path, address, isRemembered);
  // A restored copy moves into place as at every start (data-folder.ts), but before the file is opened.
  if (place === 'file' || !moveIntoPlace(opening.config.dataDir)) return place;
  return await whereDataIs(path, address, isRemembered);
}

/** Leads on the database, perhaps after a wait. */
export async function leadOn(
  address: DatabaseAddress,
  path: string,
  { config, ports: { clock }, deps, signal }: Opening,
): Promise<{ readonly engine: PostgresEngine; readonly lead: Lead }> {
  const { log } = deps;
  const options = { address, path, onRows: progressLog(log, clock) };
  const session = await connectTo(address);
  let copy: Copy | null = null;
  try {
    await refuseForeign(session, address, path, config, deps);
    await prepareDatabase(session, options);
    if (signal !== null)
      copy = await waitForLead(session, { ...options, clock, log, signal, control: config.control });
    else if (!(await tryLock(session))) throw inUse(address);
    const lead = await Lead.begin(session, hostname(), clock);
    log.info({ token: lead.token }, 'this node leads');
    const engine = await PostgresEngine.open(options, lead, copy);
    return { engine, lead };
  } catch (error) {
    if (copy?.db.open) copy.db.close();
    await session.close();
    throw error;
  }
}

export const inUse = (address: DatabaseAddress): DatabaseServerError =>
  new DatabaseServerError('DATABASE_IN_USE', 'dataFolderInUse', ({ start: { failure } }) =>
    failure.databaseInUse({ database: String(address) }),
  );

/** The identity of another server must not get this data, and the data of this one must not seem to be lost. */
async function refuseForeign(
  session: Session,
  address: DatabaseAddress,
  path: string,
  { dataDir: folder, newDatabase = false }: NodeConfig,
  { secretBox }: NodeDeps,
): Promise<void> {
  const server = new KeyVault(folder, secretBox ?? null).load()?.server_name;
  if (server === undefined) return;
  const { server: owner } = await describeDatabase(session);
  const database = String(address);
  if (owner !== null && owner !== server)
    throw new DatabaseServerError('IDENTITY_FOREIGN', 'identityDiffers', ({ start: { failure } }) =>
      failure.databaseForeign({ database, folder, owner, server }),
    );
  if (owner === null && !newDatabase && !localFileAt(path)?.hasData)
    throw new DatabaseServerError('DATABASE_MISSING', 'databaseNewer', ({ start: { failure } }) =>
      failure.databaseEmpty({ database, folder }),
    );
}

/** Logs from time to time how far copying is, so that nobody takes a long start for one that hangs. */
function progressLog(log: Pick<Log, 'info'>, clock: Pick<Clock, 'now'>): OnRows {
  let saidAt = clock.now();
  return (rows, of) => {
    if (clock.now() - saidAt < progressMs) return;
    saidAt = clock.now();
    log.info({ rows, of }, 'copying the database');
  };
}
