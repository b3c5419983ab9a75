import { join } from 'node:path';
import { type Sentence, SpokenError } from '../../shared/words/refusal.ts';
import type { Db } from './database.ts';

/** The place of the data, as it may be shown. */
export interface DatabasePlace {
  readonly engine: 'sqlite' | 'postgresql';
  /** The path of the file, or host and name of the database. */
  readonly name: string;
  /** Everything is in the file of the data folder alone. */
  readonly isFile: boolean;
}

/** In the data folder: names the database server, if everything is stored there. */
export const serverFileIn = (dataDir: string): string => join(dataDir, 'database.json');

/** A database on a server, which commits what this node writes. The file of the data folder is its copy, and is read. */
export interface Engine {
  /** Open. The store closes it before the engine. */
  readonly copy: Db;
  readonly place: DatabasePlace;
  /** The database is older than the copy was, so it was restored from a backup. */
  readonly isRestored: boolean;
  /** Why nothing can be written any more; null while it can. */
  readonly lost: Error | null;
  /** Runs `run` in a transaction of the copy, which stays open until the database has committed. */
  readonly transaction: <T>(run: () => T) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** The exit code with which a program ends that can't use its database server. */
type ServerExit =
  | 'usage'
  | 'dataFolderInUse'
  | 'databaseNewer'
  | 'identityDiffers'
  | 'databaseUnreachable'
  | 'databaseLost';

/** A database server can't be used, or no longer. */
export class DatabaseServerError extends SpokenError {
  readonly code: string;
  readonly exit: ServerExit;

  constructor(code: string, exit: ServerExit, sentence: Sentence) {
    super(sentence);
    this.code = code;
    this.exit = exit;
  }
}
