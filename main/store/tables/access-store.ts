import type { Db } from '../database.ts';
import { Queries } from '../queries.ts';
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
export class SessionStore extends Queries {
  readonly #writer: Writer;

  readonly #add = this.run(
    `INSERT INTO console_sessions (hash, browser, system, created_at, last_used_at)
     VALUES ($hash, $browser, $system, $created_at, $last_used_at)`,
  );
  readonly #used = this.run('UPDATE console_sessions SET last_used_at = ? WHERE hash = ?');
  readonly #remove = this.run('DELETE FROM console_sessions WHERE hash = ?');
  readonly #prune = this.run('DELETE FROM console_sessions WHERE last_used_at < ?');

  readonly all = this.rows<[], SessionRow>('SELECT * FROM console_sessions');

  /** Call it in a transaction. */
  readonly clear = this.run<[]>('DELETE FROM console_sessions');

  constructor(db: Db, writer: Writer) {
    super(db);
    this.#writer = writer;
  }

  /** Adds one, and deletes those not used since `before`. */
  add(session: SessionRow, before: number): Promise<void> {
    return this.#writer.write(() => {
      this.#prune(before);
      this.#add(session);
    });
  }

  used(hash: string, now: number): Promise<void> {
    return this.#writer.write(() => this.#used(now, hash));
  }

  remove(hash: string): Promise<void> {
    return this.#writer.write(() => this.#remove(hash));
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
export class TokenStore extends Queries {
  readonly #writer: Writer;

  readonly #add = this.run(
    'INSERT INTO access_tokens (id, name, user_id, hash, created_at) VALUES ($id, $name, $user_id, $hash, $created_at)',
  );
  readonly #used = this.run<[number, string]>('UPDATE access_tokens SET last_used_at = ? WHERE id = ?');
  readonly #remove = this.changed<[string]>('DELETE FROM access_tokens WHERE id = ?');

  /** Oldest first. */
  readonly all = this.rows<[], TokenRow>('SELECT * FROM access_tokens ORDER BY created_at, id');

  readonly byHash = this.row<[hash: string], TokenRow>('SELECT * FROM access_tokens WHERE hash = ?');

  constructor(db: Db, writer: Writer) {
    super(db);
    this.#writer = writer;
  }

  add(token: Omit<TokenRow, 'last_used_at'>): Promise<void> {
    return this.#writer.write(() => this.#add(token));
  }

  used(id: string, at: number): Promise<void> {
    return this.#writer.write(() => this.#used(at, id));
  }

  /** False if the ID is unknown. */
  remove(id: string): Promise<boolean> {
    return this.#writer.write(() => this.#remove(id));
  }
}
