import type { Role } from '../../../shared/api/roles.ts';
import type { Db } from '../database.ts';
import { Queries } from '../queries.ts';
import type { Writer } from '../writer.ts';

export interface AccountRow {
  readonly user_id: string;
  readonly role: Role;
  /** The hash, as libsodium writes it; null until a password is chosen. */
  readonly password: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly removed_at: number | null;
  readonly reset_by: string | null;
  readonly reset_at: number | null;
  /** The ID of the link that made it. */
  readonly joined_by: string | null;
}

/** People who can log in. Changes are made in a transaction of the caller. */
export class AccountStore extends Queries {
  readonly put = this.run<[account: AccountRow]>(`
    INSERT INTO accounts (user_id, role, password, created_at, expires_at, removed_at, reset_by, reset_at, joined_by)
    VALUES ($user_id, $role, $password, $created_at, $expires_at, $removed_at, $reset_by, $reset_at, $joined_by)
    ON CONFLICT DO UPDATE SET role = excluded.role, password = excluded.password,
      expires_at = excluded.expires_at, removed_at = excluded.removed_at, reset_by = excluded.reset_by,
      reset_at = excluded.reset_at`);

  /** Oldest first. */
  readonly all = this.rows<[], AccountRow>('SELECT * FROM accounts ORDER BY created_at, user_id');

  readonly byUserId = this.row<[userId: string], AccountRow>('SELECT * FROM accounts WHERE user_id = ?');
}

export interface AccountSessionRow {
  /** SHA-256, hex, of the value of the cookie. */
  readonly hash: string;
  readonly id: string;
  readonly user_id: string;
  readonly device: string;
  /** The name in the address at which it logged in; its cookie is sent to no other. */
  readonly host: string;
  readonly created_at: number;
  readonly last_used_at: number;
  /** How it is notified, and how far that came (main/people/push/push-state.ts), as JSON. */
  readonly push: string | null;
  readonly push_measured: string | null;
  /** When it last showed a test. */
  readonly push_shown_at: number | null;
}

/** Browsers that people logged in with. */
export class AccountSessionStore extends Queries {
  readonly #writer: Writer;

  readonly #add = this.run(
    `INSERT INTO account_sessions
     VALUES ($hash, $id, $user_id, $device, $host, $created_at, $last_used_at, NULL, NULL, NULL)`,
  );
  readonly #used = this.run('UPDATE account_sessions SET last_used_at = ? WHERE hash = ?');
  readonly #prune = this.run('DELETE FROM account_sessions WHERE last_used_at < ?');
  readonly #pushShown = this.run('UPDATE account_sessions SET push_shown_at = ? WHERE id = ?');
  readonly #setPush = this.run('UPDATE account_sessions SET push = ? WHERE id = ?');
  readonly #setMeasured = this.run('UPDATE account_sessions SET push_measured = ? WHERE id = ?');
  readonly #byEndpoint = this.rows<[string, string], AccountSessionRow>(
    "SELECT * FROM account_sessions WHERE id <> ? AND json_extract(push, '$.endpoint') = ?",
  );

  readonly byHash = this.row<[hash: string], AccountSessionRow>(
    'SELECT * FROM account_sessions WHERE hash = ?',
  );

  readonly byId = this.row<[id: string], AccountSessionRow>('SELECT * FROM account_sessions WHERE id = ?');

  /** Sessions that are notified by a push service. */
  readonly pushed = this.rows<[], AccountSessionRow>(
    "SELECT * FROM account_sessions WHERE json_extract(push, '$.endpoint') IS NOT NULL",
  );

  /** Whether a device that logged in at this host has shown a test. */
  readonly hasShownAt = this.has<[host: string]>(
    'SELECT 1 AS found FROM account_sessions WHERE host = ? AND push_shown_at IS NOT NULL LIMIT 1',
  );

  /** The last one used first. */
  readonly of = this.rows<[userId: string], AccountSessionRow>(
    'SELECT * FROM account_sessions WHERE user_id = ? ORDER BY last_used_at DESC, id',
  );

  /** Call it in a transaction. */
  readonly remove = this.run<[hash: string]>('DELETE FROM account_sessions WHERE hash = ?');

  /** Call it in a transaction. */
  readonly clear = this.run<[]>('DELETE FROM account_sessions');

  constructor(db: Db, writer: Writer) {
    super(db);
    this.#writer = writer;
  }

  /** Adds one, and deletes those not used since `before`. Call it in a transaction. */
  add(row: Omit<AccountSessionRow, 'push' | 'push_measured' | 'push_shown_at'>, before: number): void {
    this.#prune(before);
    this.#add(row);
  }

  /** Call it in a transaction. `endpoint`: the browser has another login now, so the previous one is not notified there. */
  setPush(id: string, push: string, endpoint: string | null): void {
    if (endpoint !== null) for (const other of this.#byEndpoint(id, endpoint)) this.#setPush(null, other.id);
    this.#setPush(push, id);
  }

  /** Call it in a transaction. */
  setMeasured(id: string, measured: string): void {
    this.#setMeasured(measured, id);
  }

  /** Call it in a transaction. */
  pushShown(id: string, now: number): void {
    this.#pushShown(now, id);
  }

  used(hash: string, now: number): Promise<void> {
    return this.#writer.write(() => this.#used(now, hash));
  }
}

export interface PeopleLinkRow {
  /** SHA-256, hex, of the secret. */
  readonly hash: string;
  readonly id: string;
  readonly purpose: 'join' | 'reset' | 'device';
  readonly made_by: string;
  readonly made_at: number;
  readonly expires_at: number;
  readonly uses_left: number;
  readonly user_id: string | null;
  readonly role: Role | null;
  /** A JSON list of room IDs. */
  readonly rooms: string | null;
  readonly guest_ms: number | null;
  readonly note: string | null;
  /** A JSON list of user IDs, for a child. */
  readonly people: string | null;
}

/** Secrets that let people in. Changes are made in a transaction of the caller. */
export class PeopleLinkStore extends Queries {
  readonly #add = this.run(
    `INSERT INTO people_links VALUES ($hash, $id, $purpose, $made_by, $made_at, $expires_at, $uses_left, $user_id,
     $role, $rooms, $guest_ms, $note, $people)`,
  );
  readonly #prune = this.run('DELETE FROM people_links WHERE expires_at <= ? OR uses_left <= 0');
  readonly #forUser = this.run('DELETE FROM people_links WHERE user_id = ? OR made_by = ?');

  /** Links that can be used at this time, newest first. */
  readonly open = this.rows<[now: number], PeopleLinkRow>(
    'SELECT * FROM people_links WHERE uses_left > 0 AND expires_at > ? ORDER BY made_at DESC, id',
  );

  readonly byHash = this.row<[hash: string], PeopleLinkRow>('SELECT * FROM people_links WHERE hash = ?');

  readonly use = this.run<[hash: string]>('UPDATE people_links SET uses_left = uses_left - 1 WHERE hash = ?');

  readonly remove = this.run<[id: string]>('DELETE FROM people_links WHERE id = ?');

  readonly clear = this.run<[]>('DELETE FROM people_links');

  /** Adds one, and deletes those that can no longer be used. */
  add(row: PeopleLinkRow, now: number): void {
    this.#prune(now);
    this.#add(row);
  }

  /** Deletes those that the user made, and those that are for the user. */
  removeOf(userId: string): void {
    this.#forUser(userId, userId);
  }
}
