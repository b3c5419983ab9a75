import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../kernel/ports.ts';
import { passed } from '../../kernel/timers.ts';
import type { Db } from '../database.ts';
import { type Changes, changesApplier } from './changes.ts';
import type { Session } from './connect.ts';
import { changesAfter, type Version } from './database-state.ts';
import type { Table } from './schema.ts';

const lookMs = 1_000;
/** Applied in one turn of the event loop. */
const turnMax = 20;

interface KeptRow extends Version {
  /** JSON of `Changes`. */
  readonly changes: string;
}

/**
 * Keeps what is committed while a copy is made. Copying may take longer than the database keeps changes (`pruneChanges`).
 * They are in a temporary table, which SQLite moves from memory to a file without a name as it grows.
 */
export class KeptChanges {
  readonly #session: Session;
  readonly #db: Db;
  readonly #ended = new AbortController();
  readonly #kept: Promise<void>;
  #trouble: unknown = null;

  /** From now on, with a session of its own. `from`: the version that is copied. */
  constructor(session: Session, db: Db, from: Version, clock: Pick<Clock, 'after'>) {
    this.#session = session;
    this.#db = db;
    db.exec(
      'CREATE TEMP TABLE kept (version INTEGER PRIMARY KEY, stamp TEXT NOT NULL, changes TEXT NOT NULL)',
    );
    this.#kept = this.#keep(from, clock).catch((error: unknown) => {
      if (!this.#ended.signal.aborted) this.#trouble = error;
    });
  }

  async #keep(from: Version, clock: Pick<Clock, 'after'>): Promise<void> {
    const { signal } = this.#ended;
    const put = this.#db.prepare<[number, string, string]>('INSERT INTO temp.kept VALUES (?, ?, ?)');
    for (let at = from; !signal.aborted; ) {
      const next = await changesAfter(this.#session, at);
      for (const { version, stamp, changes } of next) put.run(version, stamp, JSON.stringify(changes));
      at = next.at(-1) ?? at;
      if (next.length === 0) await passed(clock, lookMs, signal);
    }
  }

  /** Throws what went wrong so far. A copy that can't be brought up to date isn't worth finishing. */
  check(): void {
    if (this.#trouble !== null) throw this.#trouble;
  }

  /** Once everything is copied, with the version that was: brings the copy up to date, and goes on keeping meanwhile. */
  async apply(tables: readonly Table[], putVersion: (version: Version) => void): Promise<void> {
    const apply = changesApplier(this.#db, tables);
    const next = this.#db.prepare<[], KeptRow>(`SELECT * FROM temp.kept ORDER BY version LIMIT ${turnMax}`);
    const drop = this.#db.prepare<[number]>('DELETE FROM temp.kept WHERE version <= ?');
    for (let rows = next.all(); rows.length > 0; rows = next.all()) {
      this.check();
      for (const { changes, ...version } of rows)
        apply(JSON.parse(changes) as Changes, () => putVersion(version));
      drop.run(rows.at(-1)!.version);
      await setImmediate();
    }
    this.check();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#kept;
    await this.#session.close();
  }
}
