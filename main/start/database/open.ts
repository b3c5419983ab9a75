import { join } from 'node:path';
import type { NodeConfig } from '../../config.ts';
import { KeyVault, type SecretBox } from '../../identity/vault.ts';
import type { Ports } from '../../kernel/ports.ts';
import { moveIntoPlace } from '../../store/backup/restore.ts';
import { type DataLock, lockDataFolder } from '../../store/data-lock.ts';
import type { DatabaseAddress } from '../../store/postgres/address.ts';
import { connectTo, type Session } from '../../store/postgres/connect.ts';
import {
  DatabaseOlderError,
  ForeignDataError,
  localFileAt,
  prepareDatabase,
} from '../../store/postgres/copy-file.ts';
import { lookAt, takeToken } from '../../store/postgres/database-state.ts';
import { whereDataIs } from '../../store/postgres/move/opening.ts';
import { tryLock } from '../../store/postgres/move/roles.ts';
import { SharedDatabase } from '../../store/postgres/shared-database.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { databaseFailure } from './database-failure.ts';

export interface Opening {
  readonly address: DatabaseAddress;
  /** The owner named it for this start. Otherwise it is where the data was before. */
  readonly isGiven: boolean;
  readonly config: Pick<NodeConfig, 'dataDir' | 'newDatabase'>;
  readonly ports: Pick<Ports, 'clock'>;
  readonly parts: { readonly secretBox?: SecretBox };
}

/**
 * Where the data of this folder is. Throws CommandFailure, before anything has changed, if the database can't be used, or
 * must not be used for this folder.
 */
export async function whereToOpen(opening: Opening): Promise<'file' | 'database'> {
  const { address, isGiven, config } = opening;
  const path = join(config.dataDir, 'node.db');
  try {
    const lock = lockDataFolder(config.dataDir);
    try {
      if ((await whereDataIs(path, address, !isGiven)) === 'file') return 'file';
      // As at every start (compose.ts), but before the file is opened.
      moveIntoPlace(config.dataDir);
      if ((await whereDataIs(path, address, !isGiven)) === 'file') return 'file';
      const file = localFileAt(path);
      await refuseForeign(opening, file === null || !file.hasData);
      return 'database';
    } finally {
      lock.release();
    }
  } catch (error) {
    throw explainedOpening(error, opening);
  }
}

/** Opens the database as its leader, until the lock is released. Throws CommandFailure if a node leads there now. */
export async function openAlone(
  opening: Opening,
): Promise<{ readonly database: SharedDatabase; readonly lock: DataLock }> {
  const { address, config, ports } = opening;
  const path = join(config.dataDir, 'node.db');
  const lock = lockDataFolder(config.dataDir);
  let session: Session | null = null;
  try {
    await prepareDatabase(address, path);
    const leading = await becomeLeader(address);
    session = leading.session;
    const database = await SharedDatabase.open({ address, path, clock: ports.clock }, leading.token);
    const release = () => {
      void leading.session.close();
      lock.release();
    };
    return { database, lock: { release } };
  } catch (error) {
    await session?.close();
    lock.release();
    throw explainedOpening(error, opening);
  }
}

/** Only one node may, as long as its session is open. */
async function becomeLeader(address: DatabaseAddress): Promise<{ token: number; session: Session }> {
  const session = await connectTo(address);
  try {
    if (await tryLock(session)) return { token: await takeToken(session), session };
    throw new CommandFailure('DATABASE_IN_USE', exitCodes.dataFolderInUse, ({ start: { failure } }) =>
      failure.databaseInUse({ database: String(address) }),
    );
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The identity of another server must not get this data, and the data of this one must not seem to be lost. */
async function refuseForeign({ address, config, parts }: Opening, isNewHere: boolean): Promise<void> {
  const { dataDir: folder, newDatabase = false } = config;
  const server = new KeyVault(folder, parts.secretBox ?? null).load()?.server_name;
  if (server === undefined) return;
  const looked = await lookAt(address);
  const database = String(address);
  if (looked.server !== null && looked.server !== server) {
    const owner = looked.server;
    throw new CommandFailure('IDENTITY_FOREIGN', exitCodes.identityDiffers, ({ start: { failure } }) =>
      failure.databaseForeign({ database, folder, owner, server }),
    );
  }
  if (looked.server === null && isNewHere && !newDatabase)
    throw new CommandFailure('DATABASE_MISSING', exitCodes.databaseNewer, ({ start: { failure } }) =>
      failure.databaseEmpty({ database, folder }),
    );
}

/** Every error of opening a database, as a sentence and an exit code. */
export function explainedOpening(error: unknown, { address, config }: Opening): unknown {
  if (!(error instanceof Error) || error instanceof CommandFailure) return error;
  const [database, folder] = [String(address), config.dataDir];
  if (error instanceof ForeignDataError)
    return new CommandFailure('USAGE', exitCodes.usage, ({ start: { failure } }) =>
      error.database === 'empty'
        ? failure.databaseElsewhere({ database, folder })
        : failure.databaseOther({ database, folder }),
    );
  // It may be started again and again until the older nodes have stopped.
  if (error instanceof DatabaseOlderError)
    return new CommandFailure('DATABASE_OLDER', exitCodes.databaseUnreachable, ({ start: { failure } }) =>
      failure.databaseOlder({ database }),
    );
  return databaseFailure(error, address);
}
