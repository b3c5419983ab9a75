import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { SpokenError } from '../../../shared/words/refusal.ts';
import { writeFileAtomically } from '../../identity/vault.ts';
import { DataFolderUnusableError } from '../../store/data-lock.ts';
import { DatabaseAddress } from '../../store/postgres/address.ts';
import type { StartFlags } from '../flags.ts';

const DatabaseFile = v.object({ url: v.string() });

/** database.json is there, but doesn't name a database. */
export class DatabaseFileError extends SpokenError {}

/** In the data folder, readable for its owner only, because the URL may contain a password. */
const fileIn = (dataDir: string): string => join(dataDir, 'database.json');

/**
 * The database that this data folder was last used with; `null` for SQLite. Throws DatabaseFileError, and
 * DataFolderUnusableError if this user may not read the folder.
 */
export function rememberedDatabase(dataDir: string): DatabaseAddress | null {
  const path = fileIn(dataDir);
  if (!existsSync(path)) return null;
  const text = textOf(path, dataDir);
  try {
    return new DatabaseAddress(v.parse(DatabaseFile, JSON.parse(text)).url);
  } catch {
    // The message of a JSON error quotes the file.
    throw new DatabaseFileError(({ start: { failure } }) => failure.databaseFileWrong({ path }));
  }
}

function textOf(path: string, dataDir: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DataFolderUnusableError(dataDir, error as Error);
  }
}

/** The database that a start with these flags uses, if its data is not in the file. Throws as `rememberedDatabase`. */
export const databaseOf = ({ database, dataDir }: Pick<StartFlags, 'database' | 'dataDir'>) =>
  database ?? rememberedDatabase(resolve(dataDir));

/** From now on, starts without `--database` use this one; with `null`, SQLite. Does nothing if it is known already. */
export function rememberDatabase(dataDir: string, address: DatabaseAddress | null): void {
  const path = fileIn(dataDir);
  if (address === null) {
    rmSync(path, { force: true });
    return;
  }
  const text = `${JSON.stringify({ url: address.url })}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileAtomically(path, text);
}
