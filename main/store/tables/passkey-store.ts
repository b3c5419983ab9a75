import { Queries } from '../queries.ts';

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
export class PasskeyStore extends Queries {
  readonly #used = this.run('UPDATE passkeys SET counter = ?, last_used_at = ? WHERE id = ?');

  readonly add = this.run<[passkey: PasskeyRow]>(`INSERT INTO passkeys
    VALUES ($id, $user_id, $rp_id, $public_key, $counter, $device, $created_at, $last_used_at)`);

  readonly byId = this.row<[id: string], PasskeyRow>('SELECT * FROM passkeys WHERE id = ?');

  /** The last one used first. */
  readonly of = this.rows<[userId: string], PasskeyRow>(
    'SELECT * FROM passkeys WHERE user_id = ? ORDER BY last_used_at DESC, id',
  );

  /** Whether somebody has logged in at this host name with a passkey. */
  readonly isUsedAt = this.has<[host: string]>(
    'SELECT 1 AS found FROM passkeys WHERE rp_id = ? AND last_used_at > created_at LIMIT 1',
  );

  /** False if the user has no such passkey. */
  readonly remove = this.changed<[userId: string, id: string]>(
    'DELETE FROM passkeys WHERE user_id = ? AND id = ?',
  );

  readonly removeOf = this.run<[userId: string]>('DELETE FROM passkeys WHERE user_id = ?');

  /** How many people have a passkey for each host name. */
  readonly hosts = this.rows<[], { rp_id: string; people: number }>(
    'SELECT rp_id, count(DISTINCT user_id) AS people FROM passkeys GROUP BY rp_id ORDER BY rp_id',
  );

  used(id: string, counter: number, now: number): void {
    this.#used(counter, now, id);
  }
}
