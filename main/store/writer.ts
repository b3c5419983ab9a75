import { type Meter, noMeter } from '../kernel/meter.ts';
import type { Defer } from '../kernel/ports.ts';
import type { Db } from './database.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Engine } from './engine.ts';
import { emptyLog, type Log } from './log.ts';

/** The most jobs in one transaction, so that a burst doesn't block readers and the event loop. */
const jobsPerCommitMax = 256;

/** Estimates: pages that every commit writes, those for each job, and how many may be in the log. */
const pagesPerCommit = 8;
const pagesPerJob = 3;
const pagesUntilMoved = 4_000;

/** The transaction that a job runs in. */
export interface Tx {
  /** Runs `then` once the transaction is on disk, before the job's promise settles; not at all if it is rolled back. */
  readonly afterCommit: (then: () => void) => void;
}

interface Job {
  readonly run: (tx: Tx) => unknown;
  /** Says that nobody waits for the job. */
  readonly isUnhurried: boolean;
  readonly settle: (value: never) => void;
  readonly fail: (error: unknown) => void;
}

/** A transaction that is committed. Its jobs settle when it is on disk. */
interface Committed {
  readonly jobs: readonly Job[];
  readonly values: readonly unknown[];
  readonly hooks: readonly (() => void)[];
  /** Ends the measured time. */
  readonly onDisk: () => void;
}

interface Failed {
  readonly error: unknown;
}

/** If the database engine is synchronous, everything happens in one turn. */
type Maybe<T> = T | Promise<T>;

/** Goes on with `value`: at once, unless it is a promise. */
const andThen = <T, V>(value: Maybe<T>, next: (value: T) => Maybe<V>): Maybe<V> =>
  value instanceof Promise ? value.then(next) : next(value);

const failAll = (jobs: readonly Job[], error: unknown): void => {
  for (const job of jobs) job.fail(error);
};

/** Whether there is only one job, and somebody waits for it. */
const isOneHurried = ([first, ...others]: readonly Committed[]): boolean =>
  others.length === 0 && first?.jobs.length === 1 && first.jobs[0]?.isUnhurried === false;

/**
 * The only writer. Jobs that arrive while a transaction is written and synced to disk share the next one (group commit
 * without a timer): many events need only one sync, and each promise settles when its job is on disk. The event loop
 * runs on during the sync, so readers can see rows that are not on disk yet: answers wait for `onDisk`.
 */
export class Writer {
  readonly #queue: Job[] = [];
  #scheduled = false;
  /** Jobs are being committed or synced, or the rest of the log is being moved. Nothing else is written meanwhile. */
  #isBusy = false;
  #closed = false;
  readonly #db: Db;
  readonly #defer: Defer;
  readonly #onRollback: () => void;
  readonly #onHookError: (error: unknown) => void;
  readonly #disk: Pick<DiskWatch, 'note' | 'worked'> | null;
  readonly #transaction: (run: () => readonly unknown[]) => readonly unknown[];
  readonly #meter: Meter;
  readonly #log: Log | null;
  /** Null: the file alone stores the data, in the same turn. */
  readonly #engine: Pick<Engine, 'transaction' | 'lost'> | null;
  /** About how many pages were written to the log since it was last moved. */
  #pages = 0;
  #moving: Promise<void> | null = null;
  /** Pages that came while the log was moved are moved while nothing is written. */
  #isRestDue = false;
  #committed: Committed[] = [];
  /** While something is committed that may not be on disk yet. */
  #syncing: PromiseWithResolvers<void> | null = null;
  /** Why the last sync failed, or the engine is lost. Nothing is written until the log is safe again. */
  #syncError: Failed | null = null;
  #idleWaiters: (() => void)[] = [];

  /**
   * `onRollback` clears caches of rows that don't exist after all. `onHookError` receives errors of `afterCommit`: by
   * then the rows are on disk, so the job has not failed. Without `log`, each commit waits for its sync.
   */
  constructor(
    db: Db,
    defer: Defer,
    onRollback: () => void,
    onHookError: (error: unknown) => void,
    disk: Pick<DiskWatch, 'note' | 'worked'> | null = null,
    meter: Meter = noMeter,
    log: Log | null = null,
    engine: Pick<Engine, 'transaction' | 'lost'> | null = null,
  ) {
    this.#log = log;
    this.#engine = engine;
    this.#meter = meter;
    this.#disk = disk;
    this.#db = db;
    this.#defer = defer;
    this.#onRollback = onRollback;
    this.#onHookError = onHookError;
    this.#transaction = db.transaction((run: () => readonly unknown[]) => run()).immediate;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Runs `job` inside a transaction. Resolves with its value after the commit; an error rolls back this job alone. */
  write<T>(job: (tx: Tx) => T, isUnhurried = false): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise((settle, fail) => {
      this.#queue.push({ run: job, isUnhurried, settle, fail });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#isBusy) return;
    this.#scheduled = true;
    this.#defer(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    // The rest of the log began to be moved since.
    if (this.#isBusy) return;
    const jobs = this.#queue.splice(0, jobsPerCommitMax);
    if (this.#syncError && (this.#engine !== null || !this.#isLogSafe())) {
      failAll(jobs, this.#syncError.error);
      this.#endTurn();
      return;
    }
    this.#isBusy = true;
    void andThen(this.#commitAll(jobs), () => this.#bringToDisk());
  }

  /** Until then nothing else is decided or written, so every hook runs before the next decision. */
  #bringToDisk(): void {
    const committed = this.#committed;
    this.#committed = [];
    const sync = this.#log?.sync ?? null;
    if (committed.length === 0 || sync === null) this.#settle(committed);
    else if (this.#queue.length === 0 && isOneHurried(committed)) this.#bringOneToDisk(sync, committed);
    else
      sync.beside().then(
        () => this.#settle(committed),
        (error) => this.#failSync(committed, error),
      );
  }

  /** A single job is settled sooner without the way to another thread and back. */
  #bringOneToDisk(sync: NonNullable<Log['sync']>, committed: readonly Committed[]): void {
    try {
      sync.now();
    } catch (error) {
      this.#failSync(committed, error);
      return;
    }
    this.#settle(committed);
  }

  #settle(committed: readonly Committed[]): void {
    this.#syncing?.resolve();
    this.#syncing = null;
    for (const each of committed) this.#settleOne(each);
    this.#endTurn();
  }

  /** The rows can be read, but may be lost in a crash: they count as not written, and are if the log is lost. */
  #failSync(committed: readonly Committed[], error: unknown): void {
    this.#syncError = { error };
    this.#syncing?.reject(error);
    this.#syncing = null;
    this.#onRollback();
    this.#disk?.note(error);
    for (const { jobs } of committed) for (const job of jobs) job.fail(error);
    this.#endTurn();
  }

  /**
   * After a failed sync, a later one can succeed although pages of the log are lost. So the log is not used again until
   * all of it is in the database, and that is synced.
   */
  #isLogSafe(): boolean {
    try {
      if (!this.emptyLog()) return false;
      this.#syncError = null;
      return true;
    } catch (error) {
      this.#disk?.note(error);
      return false;
    }
  }

  #endTurn(): void {
    this.#isBusy = false;
    this.#moveIfLong();
    if (this.#isRestDue) this.#moveRest();
    else if (this.#queue.length > 0) this.#schedule();
    else for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  /** Most of the log is moved while writing continues. */
  #moveIfLong(): void {
    if (this.#log === null || this.#moving !== null || this.#closed || this.#pages < pagesUntilMoved) return;
    this.#moving = this.#log.move().then(() => {
      if (this.#closed) return;
      this.#isRestDue = true;
      if (!this.#isBusy) this.#moveRest();
    });
  }

  /** Pauses writing, because SQLite begins again at the start of the log only if all of it has been moved. */
  #moveRest(): void {
    this.#isRestDue = false;
    this.#isBusy = true;
    void this.#log?.move().then(() => {
      this.#pages = 0;
      this.#moving = null;
      this.#endTurn();
    });
  }

  /**
   * Resolves when everything that can be read now is on disk; rejects if that failed. Null if it already is. What is
   * read must not leave this process before: after a power cut, others would know what we don't.
   */
  onDisk(): Promise<void> | null {
    if (this.#syncError) return Promise.reject(this.#syncError.error);
    return this.#syncing?.promise ?? null;
  }

  /** One bad job must not fail its neighbors, so each gets its own transaction then. */
  #commitAll(jobs: readonly Job[]): Maybe<void> {
    return andThen(this.#commit(jobs), (failed) => {
      if (failed === null) return;
      if (jobs.length <= 1 || this.#engine?.lost) return failAll(jobs, failed.error);
      return jobs.reduce<Maybe<void>>(
        (before, job) => andThen(before, () => this.#commitAll([job])),
        undefined,
      );
    });
  }

  /** Returns the error; null if the transaction is committed. */
  #commit(jobs: readonly Job[]): Maybe<Failed | null> {
    const hooks: (() => void)[] = [];
    const tx: Tx = { afterCommit: (then) => hooks.push(then) };
    let onDisk = () => {};
    const run = (): readonly unknown[] => {
      const decided = this.#meter.begin('decide');
      const values = jobs.map((job) => job.run(tx));
      decided();
      onDisk = this.#meter.begin('commit');
      return values;
    };
    const committed = (values: readonly unknown[]): null => {
      this.#committed.push({ jobs, values, hooks, onDisk });
      this.#pages += pagesPerCommit + pagesPerJob * jobs.length;
      if (this.#log?.sync) this.#beSyncing();
      return null;
    };
    const failed = (error: unknown): Failed => {
      this.#onRollback();
      this.#disk?.note(error);
      return { error };
    };
    if (this.#engine !== null) {
      // Until it has committed, or failed to, what can be read may be undone.
      this.#beSyncing();
      return this.#engine.transaction(run).then(committed, (error) => {
        this.#syncing?.reject(error);
        this.#syncing = null;
        this.#noteLost();
        return failed(error);
      });
    }
    try {
      return committed(this.#transaction(run));
    } catch (error) {
      return failed(error);
    }
  }

  /** Keeps back everything that depends on the transaction: what was read during it may not be stored. */
  #noteLost(): void {
    const error = this.#engine?.lost ?? null;
    if (error !== null) this.#syncError = { error };
  }

  #beSyncing(): void {
    if (this.#syncing !== null) return;
    this.#syncing = Promise.withResolvers();
    this.#syncing.promise.catch(() => {});
  }

  #settleOne({ jobs, values, hooks, onDisk }: Committed): void {
    onDisk();
    this.#meter.together('commit', jobs.length);
    this.#disk?.worked();
    for (const then of hooks) {
      try {
        then();
      } catch (error) {
        this.#onHookError(error);
      }
    }
    jobs.forEach((job, i) => {
      job.settle(values[i] as never);
    });
  }

  /** See `emptyLog`; true if the store is closed. */
  emptyLog(): boolean {
    return this.#closed || emptyLog(this.#db);
  }

  /** Moves what no reader needs from the write-ahead log into the database. The log keeps its size. */
  moveLog(): void {
    if (!this.#closed && !this.#db.inTransaction) this.#db.pragma('wal_checkpoint(PASSIVE)');
  }

  /** Resolves when everything queued up to now is on disk. */
  idle(): Promise<void> {
    if (this.#queue.length === 0 && !this.#isBusy) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Closes the database. Also saves what a finished job writes right afterwards. */
  async close(): Promise<void> {
    do await this.idle();
    while (this.#queue.length > 0);
    this.#closed = true;
    await this.#log?.close();
    this.#db.close();
  }
}
