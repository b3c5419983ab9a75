import { type Meter, noMeter } from '../kernel/meter.ts';
import type { Defer } from '../kernel/ports.ts';
import {
  andThen,
  type Committed,
  type Failed,
  failAll,
  isOneHurried,
  type Job,
  type Maybe,
  oneByOne,
  type Prepare,
  type Tx,
} from './batch/jobs.ts';
import type { Db } from './database.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Engine } from './engine.ts';
import { emptyLog, type Log } from './log.ts';

export type { Tx };

/** The most jobs in one transaction, so that a burst doesn't block readers and the event loop. */
const jobsPerCommitMax = 256;

/** Estimates: pages that every commit writes, those for each job, and how many may be in the log. */
const pagesPerCommit = 8;
const pagesPerJob = 3;
const pagesUntilMoved = 4_000;

/**
 * The only writer. Jobs that arrive while a transaction is written and synced to disk share the next one (group commit
 * without a timer): many events need only one sync, and each promise settles when its job is on disk. The event loop
 * runs on during the sync, so readers can see what is not on disk yet: what leaves this process waits for `onDisk`.
 */
export class Writer {
  #queue: Job[] = [];
  #scheduled = false;
  /** Jobs are being prepared or synced, or the rest of the log is being moved. Nothing else is written meanwhile. */
  #isBusy = false;
  #closed = false;
  readonly #db: Db;
  readonly #defer: Defer;
  readonly #onRollback: () => void;
  readonly #onHookError: (error: unknown) => void;
  readonly #disk: Pick<DiskWatch, 'note' | 'worked'> | null;
  readonly #transaction: (run: (tx: Tx) => readonly unknown[], tx: Tx) => readonly unknown[];
  readonly #meter: Meter;
  readonly #log: Log | null;
  /** Null: the file alone stores the data, in the same turn. */
  readonly #engine: Pick<Engine, 'transaction' | 'lost'> | null;
  /** About how many pages were written to the log since it was last moved. */
  #pages = 0;
  #moving: Promise<void> | null = null;
  /** What came while the log was moved is moved while nothing is written. */
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
    this.#transaction = db.transaction((run: (tx: Tx) => readonly unknown[], tx: Tx) => run(tx)).immediate;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Runs `job` inside a transaction. Resolves with its value after the commit; an error rolls back this job alone. */
  write<T>(job: (tx: Tx) => T, isUnhurried = false): Promise<T> {
    return this.#add(null, job, isUnhurried) as Promise<T>;
  }

  /**
   * For jobs that are cheaper together: `prepare` gets those next to each other in the queue. Nothing is written
   * between its reads and the run of the function it resolves with, so what it read is still valid. Otherwise each is
   * like a job of `write`.
   */
  together<T, V>(prepare: Prepare<T, V>): (item: T) => Promise<V> {
    return (item) => this.#add(prepare, item) as Promise<V>;
  }

  #add(prepare: Job['prepare'], item: unknown, isUnhurried = false): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise((settle, fail) => {
      this.#queue.push({ prepare, item, isUnhurried, settle, fail });
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
    const prepare = this.#queue[0]?.prepare ?? null;
    const jobs = this.#take(prepare);
    if (this.#syncError && (this.#engine !== null || !this.#isLogSafe())) {
      failAll(jobs, this.#syncError.error);
      this.#endTurn();
      return;
    }
    this.#isBusy = true;
    const all =
      prepare === null
        ? this.#commitPlain(jobs)
        : andThen(
            this.#commitPrepared(prepare, jobs),
            (failed) => failed && this.#commitApart(prepare, jobs, failed),
          );
    void andThen(all, () => this.#bringToDisk());
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

  /** Only if nothing is written until all of it is moved does SQLite begin again at the start of the log. */
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

  /** Takes jobs from the front of the queue, up to one of another kind. */
  #take(prepare: Job['prepare']): Job[] {
    const other = this.#queue.findIndex((job) => job.prepare !== prepare);
    return this.#queue.splice(0, Math.min(other < 0 ? this.#queue.length : other, jobsPerCommitMax));
  }

  #commitPrepared(prepare: Prepare<never, unknown>, jobs: readonly Job[]): Maybe<Failed | null> {
    try {
      const decided = this.#meter.begin('decide');
      const ready = prepare(jobs.map((job) => job.item) as never[]);
      const commit = (run: (tx: Tx) => readonly unknown[]): Maybe<Failed | null> => {
        decided();
        return this.#commit(jobs, run);
      };
      return ready instanceof Promise ? ready.then(commit, (error) => ({ error })) : commit(ready);
    } catch (error) {
      return { error };
    }
  }

  /** One bad job must not fail its neighbors, so each gets its own transaction. */
  #commitApart(prepare: Prepare<never, unknown>, jobs: readonly Job[], together: Failed): Maybe<void> {
    const [only] = jobs;
    if (jobs.length === 1 && only) return only.fail(together.error);
    if (this.#engine?.lost) return failAll(jobs, together.error);
    return oneByOne(jobs, (job) =>
      andThen(this.#commitPrepared(prepare, [job]), (failed) => {
        if (failed) job.fail(failed.error);
      }),
    );
  }

  #commitPlain(jobs: readonly Job[]): Maybe<void> {
    if (jobs.length === 0) return;
    const [only] = jobs;
    return andThen(
      this.#commit(jobs, (tx) => jobs.map((job) => (job.item as (tx: Tx) => unknown)(tx))),
      (failed) => {
        if (failed === null) return;
        if (jobs.length === 1 && only) return only.fail(failed.error);
        if (this.#engine?.lost) return failAll(jobs, failed.error);
        return oneByOne(jobs, (job) => this.#commitPlain([job]));
      },
    );
  }

  /** Returns the error; null if the transaction is committed. */
  #commit(jobs: readonly Job[], run: (tx: Tx) => readonly unknown[]): Maybe<Failed | null> {
    const hooks: (() => void)[] = [];
    const onDisk = this.#meter.begin('commit');
    const tx: Tx = { afterCommit: (then) => hooks.push(then) };
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
      return this.#engine
        .transaction(() => run(tx))
        .then(committed, (error) => {
          this.#syncing?.reject(error);
          this.#syncing = null;
          this.#noteLost();
          return failed(error);
        });
    }
    try {
      return committed(this.#transaction(run, tx));
    } catch (error) {
      return failed(error);
    }
  }

  /** What was read during the transaction may not be stored, so nothing that depends on it leaves any more. */
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

  /** What a finished job writes right afterwards is still saved. */
  async close(): Promise<void> {
    do await this.idle();
    while (this.#queue.length > 0);
    this.#closed = true;
    await this.#log?.close();
    this.#db.close();
  }
}
