import type { Db } from '../../database.ts';

/** There may be a million, and deleting all at once would hold up everything else. */
const prunedTogether = 2_000;

/** Signatures of accepted requests, kept until their timestamp leaves the clock window. */
export class ReplayStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare(
        'INSERT OR IGNORE INTO federation_transport_replay_cache (signature, expires_at) VALUES (?, ?)',
      ),
      all: db.prepare<[number], { signature: Buffer; expires_at: number }>(
        'SELECT signature, expires_at FROM federation_transport_replay_cache WHERE expires_at > ?',
      ),
      prune: db.prepare<[number, number]>(
        `DELETE FROM federation_transport_replay_cache WHERE (expires_at, signature) IN (
           SELECT expires_at, signature FROM federation_transport_replay_cache WHERE expires_at <= ?
           ORDER BY expires_at LIMIT ?)`,
      ),
    };
  }

  add(signature: Buffer, expiresAt: number): void {
    this.#statements.add.run(signature, expiresAt);
  }

  unexpired(now: number): { signature: Buffer; expires_at: number }[] {
    return this.#statements.all.all(now);
  }

  /** Removes the expired ones that are oldest, a few thousand at most. Returns whether there may be more. */
  prune(now: number): boolean {
    return this.#statements.prune.run(now, prunedTogether).changes === prunedTogether;
  }
}
