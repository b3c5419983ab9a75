import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Db } from '../store/database.ts';
import type { DatabasePlace, Engine } from '../store/engine.ts';
import { currentSchema } from '../store/migrations/index.ts';
import { ChangeCapture, type Changes } from './changes.ts';
import { DatabaseFencedError } from './connect.ts';
import { type Copy, type CopyOptions, openCopy } from './copy.ts';
import type { Lead } from './lead.ts';
import { tablesOf } from './schema.ts';
import { CopyTooOldError, newName, pruneChanges, requiredState, upgradeDatabase } from './state.ts';

const pruneMs = 30_000;

/**
 * A PostgreSQL database, as the node that leads it writes to it (docs/decisions/0066-postgresql-and-a-copy.md). Everything
 * is read from the copy.
 */
export class PostgresEngine implements Engine {
  readonly copy: Db;
  readonly place: DatabasePlace;
  readonly isRestored: boolean;
  lost: Error | null = null;
  readonly #lead: Lead;
  readonly #of: Copy;
  readonly #capture: ChangeCapture;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  #prunedAt = Number.NEGATIVE_INFINITY;

  private constructor({ address }: CopyOptions, lead: Lead, copy: Copy) {
    this.copy = copy.db;
    this.isRestored = copy.isRestored;
    this.place = { engine: 'postgresql', name: String(address), isFile: false };
    this.#of = copy;
    this.#lead = lead;
    this.#capture = new ChangeCapture(copy.db, tablesOf(copy.db));
    this.#begin = copy.db.prepare('BEGIN IMMEDIATE');
    this.#commit = copy.db.prepare('COMMIT');
    this.#rollback = copy.db.prepare('ROLLBACK');
    lead.onEnd(() => {
      this.lost = refusal('SERVICE_UNAVAILABLE', said('control.stopping'), { retryAfterSeconds: 2 });
    });
  }

  /**
   * Brings the copy up to date with what the leaders before wrote, and the tables of the database up to this program.
   * `copy`: one that is open already.
   */
  static async open(options: CopyOptions, lead: Lead, copy: Copy | null): Promise<PostgresEngine> {
    const { address, onRows } = options;
    const { session, token } = lead;
    let opened = copy;
    try {
      await opened?.follow(session);
    } catch (error) {
      opened?.db.close();
      opened = null;
      if (!(error instanceof CopyTooOldError)) throw error;
    }
    opened ??= await openCopy(session, options);
    try {
      if ((await requiredState(session, address)).schema === currentSchema)
        return new PostgresEngine(options, lead, opened);
      const version = await upgradeDatabase(address, opened, token, onRows);
      opened.putVersion(version);
      opened.reached(version);
      return new PostgresEngine(options, lead, opened);
    } catch (error) {
      opened.db.close();
      throw error;
    }
  }

  /**
   * Runs `run` in a transaction of the copy, sends what it changed to the database, and commits the copy once the
   * database has committed. Until then, readers in this process see what may be rolled back.
   */
  async transaction<T>(run: () => T): Promise<T> {
    if (this.lost !== null) throw this.lost;
    try {
      this.#begin.run();
      const value = run();
      const changes = this.#capture.collect();
      if (changes === null) this.#commit.run();
      else await this.#send(changes);
      this.#pruneSometimes(performance.now());
      return value;
    } catch (error) {
      // SQLite itself rolls back after some errors.
      if (this.copy.inTransaction) this.#rollback.run();
      throw this.lost ?? error;
    }
  }

  async #send(changes: Changes): Promise<void> {
    const { session, token } = this.#lead;
    const next = { version: this.#of.version + 1, stamp: newName() };
    const params = [token, next.version, next.stamp, JSON.stringify(changes)];
    try {
      await session.query('SELECT pn_commit($1, $2, $3, $4)', params);
    } catch (error) {
      // Otherwise the error is about what was to be written, and nothing was.
      if (error instanceof DatabaseFencedError || !session.isOpen) this.#lead.end(error as Error);
      throw error;
    }
    try {
      this.#of.putVersion(next);
      this.#commit.run();
    } catch (error) {
      // The database has it, the copy doesn't. The next start brings it into the copy.
      this.#lead.end(error as Error);
      throw error;
    }
    this.#of.reached(next);
    this.#capture.committed();
  }

  /** Prunes even if a transaction changed nothing, because a quiet node must not keep what a change erased. */
  #pruneSometimes(now: number): void {
    if (now - this.#prunedAt < pruneMs) return;
    this.#prunedAt = now;
    // A failure because of the connection ends the lead.
    pruneChanges(this.#lead.session).catch(() => {});
  }

  /** Ends the lead. The copy is closed by the store. */
  close(): Promise<void> {
    return this.#lead.resign();
  }
}
