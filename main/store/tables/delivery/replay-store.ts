import { Queries } from '../../queries.ts';

/** There may be a million, and deleting all at once would hold up everything else. */
const prunedTogether = 2_000;

/** Signatures of accepted requests, kept until their timestamp leaves the clock window. */
export class ReplayStore extends Queries {
  readonly #prune = this.changes<[number, number]>(`
    DELETE FROM federation_transport_replay_cache WHERE (expires_at, signature) IN (
      SELECT expires_at, signature FROM federation_transport_replay_cache WHERE expires_at <= ?
      ORDER BY expires_at LIMIT ?)`);

  readonly add = this.run<[signature: Buffer, expiresAt: number]>(
    'INSERT OR IGNORE INTO federation_transport_replay_cache (signature, expires_at) VALUES (?, ?)',
  );

  readonly unexpired = this.rows<[now: number], { signature: Buffer; expires_at: number }>(
    'SELECT signature, expires_at FROM federation_transport_replay_cache WHERE expires_at > ?',
  );

  /** Removes the expired ones that are oldest, a few thousand at most. Returns whether there may be more. */
  prune(now: number): boolean {
    return this.#prune(now, prunedTogether) === prunedTogether;
  }
}
