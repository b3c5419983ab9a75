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
      slice: db.prepare<[Buffer, number], { signature: Buffer }>(
        'SELECT signature FROM federation_transport_replay_cache WHERE signature > ? ORDER BY signature LIMIT ?',
      ),
      prune: db.prepare(
        `DELETE FROM federation_transport_replay_cache
         WHERE signature > ? AND signature <= ? AND expires_at <= ?`,
      ),
    };
  }

  add(signature: Buffer, expiresAt: number): void {
    this.#statements.add.run(signature, expiresAt);
  }

  unexpired(now: number): { signature: Buffer; expires_at: number }[] {
    return this.#statements.all.all(now);
  }

  /**
   * Removes the expired ones among the next thousands after this one, in the order of signatures. Returns where to
   * continue; null at the end.
   */
  prune(now: number, after: Buffer): Buffer | null {
    const last = this.#statements.slice.all(after, prunedTogether).at(-1)?.signature;
    if (last === undefined) return null;
    this.#statements.prune.run(after, last, now);
    return last;
  }
}
