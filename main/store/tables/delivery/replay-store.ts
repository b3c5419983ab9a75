import type { Db } from '../../database.ts';

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
      prune: db.prepare('DELETE FROM federation_transport_replay_cache WHERE expires_at <= ?'),
    };
  }

  add(signature: Buffer, expiresAt: number): void {
    this.#statements.add.run(signature, expiresAt);
  }

  unexpired(now: number): { signature: Buffer; expires_at: number }[] {
    return this.#statements.all.all(now);
  }

  prune(now: number): void {
    this.#statements.prune.run(now);
  }
}
