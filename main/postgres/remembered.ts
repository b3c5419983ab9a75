import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as v from 'valibot';
import { writeFileAtomically } from '../identity/vault.ts';
import { DataFolderUnusableError } from '../store/data-lock.ts';
import { DatabaseServerError, serverFileIn } from '../store/engine.ts';
import { DatabaseAddress, DatabaseAddressError } from './address.ts';

/** Readable for its owner only, because the URL may contain a password. */
const DatabaseFile = v.object({ url: v.string() });

/**
 * The database that this data folder was last used with; `null` for SQLite. Throws a failure if the file names
 * none, and DataFolderUnusableError if this user may not read the folder.
 */
export function rememberedDatabase(dataDir: string): DatabaseAddress | null {
  const path = serverFileIn(dataDir);
  if (!existsSync(path)) return null;
  const text = textOf(path, dataDir);
  try {
    return new DatabaseAddress(v.parse(DatabaseFile, JSON.parse(text)).url);
  } catch {
    // The message of a JSON error quotes the file.
    throw new DatabaseServerError('USAGE', 'usage', ({ start: { failure } }) =>
      failure.databaseFileWrong({ path }),
    );
  }
}

function textOf(path: string, dataDir: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DataFolderUnusableError(dataDir, error as Error);
  }
}

/** Reads the address in a flag, or in its variable. The error doesn't quote it, because it may contain a password. */
export function addressIn(flag: string): DatabaseAddress {
  try {
    return new DatabaseAddress(flag);
  } catch (error) {
    if (!(error instanceof DatabaseAddressError)) throw error;
    throw new DatabaseServerError('USAGE', 'usage', (words) => `--database: ${error.sentence(words)}`);
  }
}

/** Makes starts without `--database` use this one, or SQLite for `null`. Does nothing if it is known already. */
export function rememberDatabase(dataDir: string, address: DatabaseAddress | null): void {
  const path = serverFileIn(dataDir);
  if (address === null) {
    rmSync(path, { force: true });
    return;
  }
  const text = `${JSON.stringify({ url: address.url })}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileAtomically(path, text);
}
