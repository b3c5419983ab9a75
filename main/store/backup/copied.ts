/** Answers questions of the drill and the restore about the copy of a backup's database, on their threads. */
import { DatabaseMissingError, type Db } from '../database.ts';
import type { NotCopied } from '../thread.ts';

/** A key with which the database's server signed. */
export interface OwnKey {
  readonly server: string;
  readonly keyId: string;
  readonly publicKey: string;
}

/**
 * `problem`: why a node couldn't start with it, as SQLite says it; null if it is empty. `notCopied`: why that couldn't
 * be tested.
 */
export type Unusable = { readonly problem: string | null } | { readonly notCopied: NotCopied };

export const ownKeysIn = (db: Db): OwnKey[] =>
  db
    .prepare(
      `SELECT server_name AS server, key_id AS keyId, public_key AS publicKey
       FROM federation_server_keys WHERE source = 'own'`,
    )
    .all() as OwnKey[];

export const problemOf = (error: unknown): Unusable => ({
  problem: error instanceof DatabaseMissingError ? null : (error as Error).message,
});
