import type { Role } from '../../../shared/api/roles.ts';
import type { Db } from '../database.ts';
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
export class AccountStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      put: db.prepare(
        `INSERT INTO accounts (user_id, role, password, created_at, expires_at, removed_at, reset_by, reset_at, joined_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET role = excluded.role, password = excluded.password,
           expires_at = excluded.expires_at, removed_at = excluded.removed_at, reset_by = excluded.reset_by,
           reset_at = excluded.reset_at`,
      ),
      all: db.prepare<[], AccountRow>('SELECT * FROM accounts ORDER BY created_at, user_id'),
      byUserId: db.prepare<[string], AccountRow>('SELECT * FROM accounts WHERE user_id = ?'),
    };
  }

  put(row: AccountRow): void {
    const { user_id, role, password, created_at, expires_at, removed_at, reset_by, reset_at, joined_by } =
      row;
    this.#statements.put.run(
      ...[user_id, role, password, created_at, expires_at, removed_at, reset_by, reset_at, joined_by],
    );
  }

  /** Oldest first. */
  all(): AccountRow[] {
    return this.#statements.all.all();
  }

  byUserId(userId: string): AccountRow | undefined {
    return this.#statements.byUserId.get(userId);
  }
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
export class AccountSessionStore {
  readonly #statements;
  readonly #writer: Writer;

  constructor(db: Db, writer: Writer) {
    this.#writer = writer;
    this.#statements = {
      add: db.prepare('INSERT INTO account_sessions VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL)'),
      byHash: db.prepare<[string], AccountSessionRow>('SELECT * FROM account_sessions WHERE hash = ?'),
      of: db.prepare<[string], AccountSessionRow>(
        'SELECT * FROM account_sessions WHERE user_id = ? ORDER BY last_used_at DESC, id',
      ),
      used: db.prepare('UPDATE account_sessions SET last_used_at = ? WHERE hash = ?'),
      remove: db.prepare('DELETE FROM account_sessions WHERE hash = ?'),
      prune: db.prepare('DELETE FROM account_sessions WHERE last_used_at < ?'),
      clear: db.prepare('DELETE FROM account_sessions'),
      pushShown: db.prepare('UPDATE account_sessions SET push_shown_at = ? WHERE id = ?'),
      shownAt: db.prepare<[string], { found: 1 }>(
        'SELECT 1 AS found FROM account_sessions WHERE host = ? AND push_shown_at IS NOT NULL LIMIT 1',
      ),
      setPush: db.prepare('UPDATE account_sessions SET push = ? WHERE id = ?'),
      setMeasured: db.prepare('UPDATE account_sessions SET push_measured = ? WHERE id = ?'),
      byEndpoint: db.prepare<[string, string], AccountSessionRow>(
        "SELECT * FROM account_sessions WHERE id <> ? AND json_extract(push, '$.endpoint') = ?",
      ),
      byId: db.prepare<[string], AccountSessionRow>('SELECT * FROM account_sessions WHERE id = ?'),
      pushed: db.prepare<[], AccountSessionRow>(
        "SELECT * FROM account_sessions WHERE json_extract(push, '$.endpoint') IS NOT NULL",
      ),
    };
  }

  /** Adds one, and deletes those not used since `before`. Call it in a transaction. */
  add(row: Omit<AccountSessionRow, 'push' | 'push_measured' | 'push_shown_at'>, before: number): void {
    const { hash, id, user_id, device, host, created_at, last_used_at } = row;
    this.#statements.prune.run(before);
    this.#statements.add.run(hash, id, user_id, device, host, created_at, last_used_at);
  }

  byHash(hash: string): AccountSessionRow | undefined {
    return this.#statements.byHash.get(hash);
  }

  byId(id: string): AccountSessionRow | undefined {
    return this.#statements.byId.get(id);
  }

  /** Those that are notified by a push service. */
  pushed(): AccountSessionRow[] {
    return this.#statements.pushed.all();
  }

  /** Call it in a transaction. `endpoint`: the browser has another login now, so the previous one is not notified there. */
  setPush(id: string, push: string, endpoint: string | null): void {
    const { byEndpoint, setPush } = this.#statements;
    if (endpoint !== null) for (const other of byEndpoint.all(id, endpoint)) setPush.run(null, other.id);
    setPush.run(push, id);
  }

  /** Call it in a transaction. */
  setMeasured(id: string, measured: string): void {
    this.#statements.setMeasured.run(measured, id);
  }

  /** Call it in a transaction. */
  pushShown(id: string, now: number): void {
    this.#statements.pushShown.run(now, id);
  }

  /** Whether a device that logged in at this host has shown a test. */
  hasShownAt(host: string): boolean {
    return this.#statements.shownAt.get(host) !== undefined;
  }

  /** The last one used first. */
  of(userId: string): AccountSessionRow[] {
    return this.#statements.of.all(userId);
  }

  used(hash: string, now: number): Promise<void> {
    return this.#writer.write(() => void this.#statements.used.run(now, hash));
  }

  /** Call it in a transaction. */
  remove(hash: string): void {
    this.#statements.remove.run(hash);
  }

  /** Call it in a transaction. */
  clear(): void {
    this.#statements.clear.run();
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
export class PeopleLinkStore {
  readonly #statements;

  constructor(db: Db) {
    this.#statements = {
      add: db.prepare('INSERT INTO people_links VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
      open: db.prepare<[number], PeopleLinkRow>(
        'SELECT * FROM people_links WHERE uses_left > 0 AND expires_at > ? ORDER BY made_at DESC, id',
      ),
      byHash: db.prepare<[string], PeopleLinkRow>('SELECT * FROM people_links WHERE hash = ?'),
      use: db.prepare('UPDATE people_links SET uses_left = uses_left - 1 WHERE hash = ?'),
      remove: db.prepare('DELETE FROM people_links WHERE id = ?'),
      prune: db.prepare('DELETE FROM people_links WHERE expires_at <= ? OR uses_left <= 0'),
      forUser: db.prepare('DELETE FROM people_links WHERE user_id = ? OR made_by = ?'),
      clear: db.prepare('DELETE FROM people_links'),
    };
  }

  /** Adds one, and deletes those that can no longer be used. */
  add(row: PeopleLinkRow, now: number): void {
    const { hash, id, purpose, made_by, made_at, expires_at, uses_left, user_id } = row;
    this.#statements.prune.run(now);
    this.#statements.add.run(
      ...[hash, id, purpose, made_by, made_at, expires_at, uses_left, user_id],
      ...[row.role, row.rooms, row.guest_ms, row.note, row.people],
    );
  }

  /** Those that can be used at this time, newest first. */
  open(now: number): PeopleLinkRow[] {
    return this.#statements.open.all(now);
  }

  byHash(hash: string): PeopleLinkRow | undefined {
    return this.#statements.byHash.get(hash);
  }

  use(hash: string): void {
    this.#statements.use.run(hash);
  }

  remove(id: string): void {
    this.#statements.remove.run(id);
  }

  /** Deletes those that the user made, and those that are for the user. */
  removeOf(userId: string): void {
    this.#statements.forUser.run(userId, userId);
  }

  clear(): void {
    this.#statements.clear.run();
  }
}
