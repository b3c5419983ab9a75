import { randomBytes } from 'node:crypto';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { type Db, openDatabase } from '../database.ts';
import { currentSchema } from '../migrations/index.ts';
import type { DatabaseAddress } from './address.ts';
import { ChangeCapture, type Changes, changesApplier } from './changes.ts';
import {
  CopyBehindError,
  connectTo,
  DatabaseFencedError,
  DatabaseUnreachableError,
  type Session,
} from './connect.ts';
import { bringCopy, type CopyOptions, copyStateOf, DatabaseOlderError } from './copy-file.ts';
import { CopyLog } from './copy-log.ts';
import { CopyTooOldError, changesAfter, pruneChanges, stateOf, upgradeDatabase } from './database-state.ts';
import type { ToLeave } from './move/moving.ts';
import { endSession, hasLeft, leave, openForUse } from './move/roles.ts';
import { tablesOf } from './schema.ts';

/** What happens beneath the store. */
export interface SharedDatabaseEvents {
  /** A transaction of the copy begins. Until it is `settled`, the copy has rows that may be rolled back. */
  readonly opening: () => void;
  readonly settled: () => void;
  /** Changes that this process did not make were applied to the copy. What was read from it before may be wrong. */
  readonly applied: () => void;
  /** A transaction is committed; `sentAt` is the monotonic time (`performance.now()`) at which it was sent. */
  readonly committed: (sentAt: number) => void;
  /** Another node has a higher token. This one never writes again. */
  readonly fenced: () => void;
}

/** For each statement of a copy: a server that has gone never answers. */
const copyingMs = 20_000;
const retryMs = 500;
const pruneMs = 30_000;
/** Why a copy that was made just now can't be used. */
const notFollowed = 'another of its servers took over, or too much changed while it was copied';
const onlyReads = () => refusal('SERVICE_UNAVAILABLE', said('standby.reads_only'), { retryAfterSeconds: 2 });

/**
 * A PostgreSQL database and this node's copy of it (docs/decisions/0066-postgresql-and-a-copy.md). Everything is read
 * from the copy. One node, the leader, writes: see `transaction`.
 */
export class SharedDatabase {
  /** For the store, which closes it. */
  readonly copy: Db;
  /** The database is older than the copy was, so it was restored from a backup. */
  readonly isRestored: boolean;
  readonly #options: CopyOptions;
  readonly #capture: ChangeCapture;
  readonly #copyLog: CopyLog;
  readonly #apply: (changes: Changes, inside: () => void) => void;
  readonly #putVersion;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  readonly #handlers: { [K in keyof SharedDatabaseEvents]: SharedDatabaseEvents[K][] } = {
    opening: [],
    settled: [],
    applied: [],
    committed: [],
    fenced: [],
  };
  #session: Session;
  #version: number;
  #stamp: string;
  #token: number | null = null;
  /**
   * `behind`: the session is new, or the copy lacks the last transaction, so the copy must catch up before the next one.
   */
  #condition: 'ready' | 'behind' | 'lost' | 'fenced' | 'closed' = 'ready';
  #trouble: Error | null = null;
  #reachable = Promise.withResolvers<void>();
  /** One at a time: a NOTIFY may arrive while a poll is still applying. */
  #catchingUp: Promise<unknown> = Promise.resolve();
  #cancelRetry: () => void = () => {};
  #prunedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    options: CopyOptions,
    session: Session,
    copy: Db,
    isRestored: boolean,
    capture?: ChangeCapture,
  ) {
    this.#options = options;
    this.#session = session;
    this.copy = copy;
    this.isRestored = isRestored;
    this.#copyLog = new CopyLog(copy, options.clock);
    const state = copyStateOf(copy);
    if (state === null) throw new Error(`${options.path} is not a copy`);
    this.#version = state.version;
    this.#stamp = state.stamp;
    // What the copy loses in a power cut is in the database.
    copy.pragma('synchronous = NORMAL');
    const tables = tablesOf(copy);
    this.#capture = capture ?? new ChangeCapture(copy, tables);
    this.#apply = changesApplier(copy, tables);
    this.#putVersion = copy.prepare<[number, string]>('UPDATE main.copy_state SET version = ?, stamp = ?');
    this.#begin = copy.prepare('BEGIN IMMEDIATE');
    this.#commit = copy.prepare('COMMIT');
    this.#rollback = copy.prepare('ROLLBACK');
    session.onLost(() => this.#lose(new DatabaseUnreachableError('the connection broke')));
  }

  /**
   * Connects and brings the copy up to the version of the database, by copying everything if it must. With a `token`,
   * this node is the leader, and upgrades the tables of the database if they are older than the program. Without one, it
   * only follows, and that is DatabaseOlderError. Throws DatabaseTooNewError, DatabaseUnreachableError and the refusals
   * of `prepareDatabase`, which has to be called before.
   */
  static async open(options: CopyOptions, token: number | null): Promise<SharedDatabase> {
    const { address, path, onRows } = options;
    const copying = await connectTo(address, { statementMs: copyingMs });
    try {
      const state = await stateOf(copying, address);
      if (state === null) throw new DatabaseUnreachableError('it has no tables of a node');
      if (token !== null && state.token !== token) throw new DatabaseFencedError();
      if (token === null && state.schema < currentSchema) throw new DatabaseOlderError();
      const isRestored = await bringCopy(copying, state, options);
      const copy = openDatabase(path);
      try {
        if (token !== null && state.schema < currentSchema)
          await upgradeDatabase(address, copy, token, onRows);
        const session = await connectTo(address);
        const database = new SharedDatabase(options, session, copy, isRestored);
        await database.#fit();
        database.#token = token;
        return database;
      } catch (error) {
        copy.close();
        throw error;
      }
    } catch (error) {
      throw error instanceof CopyTooOldError ? new DatabaseUnreachableError(notFollowed, error) : error;
    } finally {
      await copying.close();
    }
  }

  get address(): DatabaseAddress {
    return this.#options.address;
  }

  /** After a move: `copy` has just become the copy of the database, and `capture` has nothing left to send. */
  static adopt(
    options: CopyOptions,
    copy: Db,
    { session, capture, token }: { session: Session; capture: ChangeCapture; token: number },
  ): SharedDatabase {
    const database = new SharedDatabase(options, session, copy, false, capture);
    database.#token = token;
    return database;
  }

  /** For a move back to the file (move/moving.ts). While nothing is written. */
  get toLeave(): ToLeave {
    return {
      address: this.#options.address,
      leave: async (leaving) =>
        this.#token !== null &&
        (await leave(this.#session, { token: this.#token, version: this.#version, leaving })),
      hasLeft: (leaving) => hasLeft(this.#options.address, this.#session.name, leaving),
    };
  }

  /** After a move back: the copy is a file of its own again, and stays open. */
  async release(): Promise<void> {
    this.#capture.end();
    this.copy.pragma('synchronous = FULL');
    await this.close();
  }

  /** Of the copy. */
  get version(): number {
    return this.#version;
  }

  /** The leader's fencing token; null if this node only follows. */
  get token(): number | null {
    return this.#token;
  }

  /** For a leader that can't reach the database: why. */
  get trouble(): Error | null {
    return this.#trouble;
  }

  on<K extends keyof SharedDatabaseEvents>(event: K, handler: SharedDatabaseEvents[K]): void {
    this.#handlers[event].push(handler);
  }

  /** A follower becomes the leader: it catches up with everything that leaders before it wrote, then it may write. */
  async lead(token: number): Promise<void> {
    await this.catchUp();
    this.#token = token;
    this.#condition = 'ready';
  }

  /** After `bringCopy`, which had another session: a primary that was replaced may have answered there. */
  async #fit(): Promise<void> {
    try {
      await this.catchUp();
    } catch (error) {
      await this.#session.close();
      throw error;
    }
  }

  /**
   * Applies to the copy what it lacks. Returns its version afterwards. Not while a transaction is open. Throws
   * CopyTooOldError if the database no longer has all of it; then `open` again.
   */
  catchUp(): Promise<number> {
    const caughtUp = this.#catchingUp.then(() => this.#catchUp());
    this.#catchingUp = caughtUp.catch(() => {});
    return caughtUp;
  }

  async #catchUp(): Promise<number> {
    const state = await stateOf(this.#session, this.#options.address);
    if (state === null) throw new DatabaseUnreachableError('it has no tables of a node');
    if (this.#token !== null && state.token !== this.#token) this.#fence();
    try {
      if (state.version < this.#version) throw new CopyTooOldError();
      if (state.version === this.#version && state.stamp !== this.#stamp) throw new CopyTooOldError();
      while (this.#version < state.version) await this.#applyNext();
    } catch (error) {
      // Only another leader, or a restored database, has what the copy of the leader can't get.
      if (error instanceof CopyTooOldError && this.#token !== null) this.#fence();
      throw error;
    }
    return this.#version;
  }

  async #applyNext(): Promise<void> {
    const next = await changesAfter(this.#session, { version: this.#version, stamp: this.#stamp });
    if (next.length === 0) throw new CopyTooOldError();
    for (const { version, stamp, changes } of next) {
      this.#apply(changes, () => this.#putVersion.run(version, stamp));
      this.#version = version;
      this.#stamp = stamp;
    }
    this.#capture.reset();
    if (this.#token === null) this.#copyLog.changed();
    for (const applied of this.#handlers.applied) applied();
  }

  /**
   * Before anything is read for a decision, and before `transaction`. Null if nothing has to be waited for. Rejects at
   * once if the database can't be reached now, or another node is the leader.
   */
  ready(): Promise<void> | null {
    switch (this.#condition) {
      case 'ready':
        return this.#token === null ? Promise.reject(onlyReads()) : null;
      case 'behind':
        return this.catchUp().then(() => {
          if (this.#condition === 'behind') this.#condition = 'ready';
        });
      case 'fenced':
        return Promise.reject(new DatabaseFencedError());
      default:
        return Promise.reject(this.#trouble ?? new DatabaseUnreachableError('the connection is closed'));
    }
  }

  /** Resolves when it is worthwhile to try `ready` again. Never, if another node is the leader. */
  whenReachable(): Promise<void> {
    if (this.#condition === 'behind')
      return new Promise((resolve) => void this.#options.clock.after(retryMs, resolve));
    if (this.#condition === 'lost') return this.#reachable.promise;
    return this.#condition === 'ready' && this.#token !== null ? Promise.resolve() : new Promise(() => {});
  }

  /**
   * Runs `run` in a transaction of the copy, sends what it changed to the database, and commits the copy once the
   * database has committed. Until then, readers in this process see what may be rolled back. If this rejects with
   * DatabaseUnreachableError, the database may have committed nevertheless; then `ready` brings it into the copy.
   */
  async transaction<T>(run: () => T): Promise<T> {
    if (this.#token === null) throw new DatabaseFencedError();
    if (this.#condition !== 'ready') throw this.#trouble ?? new CopyBehindError();
    for (const opening of this.#handlers.opening) opening();
    try {
      this.#begin.run();
      const value = run();
      const changes = this.#capture.collect();
      if (changes === null) this.#commit.run();
      else await this.#send(this.#token, changes);
      this.#pruneSometimes(performance.now());
      return value;
    } catch (error) {
      // SQLite itself rolls back after some errors.
      if (this.copy.inTransaction) this.#rollback.run();
      throw error;
    } finally {
      for (const settled of this.#handlers.settled) settled();
    }
  }

  async #send(token: number, changes: Changes): Promise<void> {
    const version = this.#version + 1;
    const stamp = randomBytes(8).toString('hex');
    const sentAt = performance.now();
    const params = [token, version, stamp, JSON.stringify(changes)];
    try {
      await this.#session.query('SELECT pn_commit($1, $2, $3, $4)', params);
    } catch (error) {
      if (error instanceof DatabaseFencedError) this.#fence();
      else if (this.#session.isOpen && (error as { code?: string }).code === 'DATABASE_UNREACHABLE')
        this.#condition = 'behind';
      throw error;
    }
    try {
      this.#putVersion.run(version, stamp);
      this.#commit.run();
    } catch (error) {
      // The database has it, the copy doesn't.
      this.#condition = 'behind';
      throw error;
    }
    this.#version = version;
    this.#stamp = stamp;
    this.#capture.committed();
    for (const committed of this.#handlers.committed) committed(sentAt);
  }

  /** Also if a transaction changed nothing, because a quiet node must not keep what a change erased. */
  #pruneSometimes(now: number): void {
    if (now - this.#prunedAt < pruneMs) return;
    this.#prunedAt = now;
    // If this fails because of the connection, the next transaction finds out.
    pruneChanges(this.#session).catch(() => {});
  }

  #fence(): never {
    this.#condition = 'fenced';
    this.#token = null;
    for (const fenced of this.#handlers.fenced) fenced();
    throw new DatabaseFencedError();
  }

  #lose(trouble: Error): void {
    if (this.#condition === 'closed' || this.#condition === 'fenced' || this.#condition === 'lost') return;
    this.#condition = 'lost';
    this.#trouble = trouble;
    this.#reachable = Promise.withResolvers();
    void this.#reach();
  }

  /** Until the database can be reached again. */
  async #reach(): Promise<void> {
    try {
      const session = await connectTo(this.#options.address);
      // What the old session sent must have ended, one way or the other, before this node reads whether it was committed.
      await endSession(session, this.#session.name);
      // If the connection broke right after a move here was decided.
      await openForUse(session, copyStateOf(this.copy)?.database ?? '');
      if (this.#condition !== 'lost') return void session.close();
      this.#session = session;
      this.#condition = 'behind';
      this.#trouble = null;
      session.onLost(() => this.#lose(new DatabaseUnreachableError('the connection broke')));
      this.#reachable.resolve();
    } catch (error) {
      if (this.#condition !== 'lost') return;
      this.#trouble = error as Error;
      this.#cancelRetry = this.#options.clock.after(retryMs, () => void this.#reach());
    }
  }

  /** Another session got no answer, so it is no use waiting for one here either. */
  readonly doubt = (): void => this.#session.abandon();

  /** Closes the connection. The copy is closed by the store. */
  async close(): Promise<void> {
    this.#condition = 'closed';
    this.#cancelRetry();
    this.#copyLog.stop();
    this.#reachable.resolve();
    await this.#session.close();
  }
}
