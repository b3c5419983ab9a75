import type { Db } from '../database.ts';

export interface PasskeyRow {
  /** The browser's name for the passkey, in base64url. */
  readonly id: string;
  readonly user_id: string;
  /** The host name at which it works. */
  readonly rp_id: string;
  readonly public_key: Buffer;
  /** How often it was used, as it counts itself. Many always say 0. */
  readonly counter: number;
  readonly device: string;
  readonly created_at: number;
  readonly last_used_at: number;
}

/** Passkeys of people. Changes are made in a transaction of the caller. */
export class PasskeyStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare('INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
      byId: db.prepare<[string], PasskeyRow>('SELECT * FROM passkeys WHERE id = ?'),
      of: db.prepare<[string], PasskeyRow>(
        'SELECT * FROM passkeys WHERE user_id = ? ORDER BY last_used_at DESC, id',
      ),
      used: db.prepare('UPDATE passkeys SET counter = ?, last_used_at = ? WHERE id = ?'),
      usedAt: db.prepare<[string], { found: 1 }>(
        'SELECT 1 AS found FROM passkeys WHERE rp_id = ? AND last_used_at > created_at LIMIT 1',
      ),
      remove: db.prepare('DELETE FROM passkeys WHERE user_id = ? AND id = ?'),
      removeOf: db.prepare('DELETE FROM passkeys WHERE user_id = ?'),
      hosts: db.prepare<[], { rp_id: string; people: number }>(
        'SELECT rp_id, count(DISTINCT user_id) AS people FROM passkeys GROUP BY rp_id ORDER BY rp_id',
      ),
    };
  }

  add(row: PasskeyRow): void {
    const { id, user_id, rp_id, public_key, counter, device, created_at, last_used_at } = row;
    this.#statements.add.run(id, user_id, rp_id, public_key, counter, device, created_at, last_used_at);
  }

  byId(id: string): PasskeyRow | undefined {
    return this.#statements.byId.get(id);
  }

  /** The last one used first. */
  of(userId: string): PasskeyRow[] {
    return this.#statements.of.all(userId);
  }

  used(id: string, counter: number, now: number): void {
    this.#statements.used.run(counter, now, id);
  }

  /** Whether somebody has logged in at this host name with a passkey. */
  isUsedAt(host: string): boolean {
    return this.#statements.usedAt.get(host) !== undefined;
  }

  /** False if the user has no such passkey. */
  remove(userId: string, id: string): boolean {
    return this.#statements.remove.run(userId, id).changes > 0;
  }

  removeOf(userId: string): void {
    this.#statements.removeOf.run(userId);
  }

  /** How many people have a passkey for each host name. */
  hosts(): { readonly rp_id: string; readonly people: number }[] {
    return this.#statements.hosts.all();
  }
}
