import type { Db } from '../database.ts';
import type { Writer } from '../writer.ts';

export interface SessionRow {
  /** SHA-256, hex, of the value of the cookie. */
  readonly hash: string;
  /** Such as “Firefox” and “Android”, as far as they are known. */
  readonly browser: string | null;
  readonly system: string | null;
  readonly created_at: number;
  readonly last_used_at: number;
}

/** Browsers that are logged in to the console. */
export class SessionStore {
  readonly #statements;
  readonly #writer: Writer;

  constructor(db: Db, writer: Writer) {
    this.#writer = writer;
    this.#statements = {
      add: db.prepare(
        'INSERT INTO console_sessions (hash, browser, system, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)',
      ),
      used: db.prepare('UPDATE console_sessions SET last_used_at = ? WHERE hash = ?'),
      remove: db.prepare('DELETE FROM console_sessions WHERE hash = ?'),
      prune: db.prepare('DELETE FROM console_sessions WHERE last_used_at < ?'),
      clear: db.prepare('DELETE FROM console_sessions'),
      all: db.prepare<[], SessionRow>('SELECT * FROM console_sessions'),
    };
  }

  all(): SessionRow[] {
    return this.#statements.all.all();
  }

  /** Adds one, and deletes those not used since `before`. */
  add({ hash, browser, system, created_at, last_used_at }: SessionRow, before: number): Promise<void> {
    return this.#writer.write(() => {
      this.#statements.prune.run(before);
      this.#statements.add.run(hash, browser, system, created_at, last_used_at);
    });
  }

  /** Call it in a transaction. */
  clear(): void {
    this.#statements.clear.run();
  }

  used(hash: string, now: number): Promise<void> {
    return this.#writer.write(() => void this.#statements.used.run(now, hash));
  }

  remove(hash: string): Promise<void> {
    return this.#writer.write(() => void this.#statements.remove.run(hash));
  }
}

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly user_id: string;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

/** Tokens of bots and bridges; each acts as one local user. */
export class TokenStore {
  readonly #statements;
  readonly #writer: Writer;

  constructor(db: Db, writer: Writer) {
    this.#writer = writer;
    this.#statements = {
      add: db.prepare<[string, string, string, string, number]>(
        'INSERT INTO access_tokens (id, name, user_id, hash, created_at) VALUES (?, ?, ?, ?, ?)',
      ),
      all: db.prepare<[], TokenRow>('SELECT * FROM access_tokens ORDER BY created_at, id'),
      byHash: db.prepare<[string], TokenRow>('SELECT * FROM access_tokens WHERE hash = ?'),
      used: db.prepare<[number, string]>('UPDATE access_tokens SET last_used_at = ? WHERE id = ?'),
      remove: db.prepare<[string]>('DELETE FROM access_tokens WHERE id = ?'),
    };
  }

  add({ id, name, user_id, hash, created_at }: Omit<TokenRow, 'last_used_at'>): Promise<void> {
    return this.#writer.write(() => void this.#statements.add.run(id, name, user_id, hash, created_at));
  }

  /** Oldest first. */
  all(): TokenRow[] {
    return this.#statements.all.all();
  }

  byHash(hash: string): TokenRow | undefined {
    return this.#statements.byHash.get(hash);
  }

  used(id: string, at: number): Promise<void> {
    return this.#writer.write(() => void this.#statements.used.run(at, id));
  }

  /** False if the ID is unknown. */
  remove(id: string): Promise<boolean> {
    return this.#writer.write(() => this.#statements.remove.run(id).changes > 0);
  }
}
