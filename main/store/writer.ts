import { type Meter, noMeter } from '../kernel/meter.ts';
import type { Defer } from '../kernel/ports.ts';
import type { Db } from './database.ts';
import type { DiskWatch } from './disk-watch.ts';

/** The transaction that a job runs in. */
export interface Tx {
  /** Runs `then` once the transaction is on disk, before the job's promise settles; not at all if it is rolled back. */
  readonly afterCommit: (then: () => void) => void;
}

/**
 * Prepares jobs that are run together: reads what they need and decides. The function it returns writes, inside the
 * transaction, and returns a value for each job.
 */
type Prepare<T, V> = (items: readonly T[]) => Maybe<(tx: Tx) => readonly V[]>;

/** If the database engine is synchronous, everything happens in one turn. */
type Maybe<T> = T | Promise<T>;

const then = <T, V>(value: Maybe<T>, next: (value: T) => Maybe<V>): Maybe<V> =>
  value instanceof Promise ? value.then(next) : next(value);

interface Failed {
  readonly error: unknown;
}

interface Job {
  /** Null for a job that is a function of the transaction. */
  readonly prepare: Prepare<never, unknown> | null;
  readonly item: unknown;
  readonly settle: (value: never) => void;
  readonly fail: (error: unknown) => void;
}

/** The most jobs in one transaction, so that a burst doesn't block readers and the event loop. */
const jobsPerCommitMax = 256;

/**
 * The only writer. Jobs that arrive during a commit share the next transaction (group commit without a timer): many
 * events need only one sync to disk, and each promise settles when its job is on disk.
 */
export class Writer {
  #queue: Job[] = [];
  #scheduled = false;
  /** Jobs are being prepared, and nothing else is written until they are done. */
  #isBusy = false;
  #closed = false;
  readonly #db: Db;
  readonly #defer: Defer;
  readonly #onRollback: () => void;
  readonly #onHookError: (error: unknown) => void;
  readonly #disk: Pick<DiskWatch, 'note' | 'worked'> | null;
  readonly #transaction: (run: (tx: Tx) => readonly unknown[], tx: Tx) => readonly unknown[];
  readonly #meter: Meter;
  #idleWaiters: (() => void)[] = [];

  /**
   * `onRollback` clears caches of rows that don't exist after all. `onHookError` receives errors of `afterCommit`: by
   * then the rows are on disk, so the job has not failed.
   */
  constructor(
    db: Db,
    defer: Defer,
    onRollback: () => void,
    onHookError: (error: unknown) => void,
    disk: Pick<DiskWatch, 'note' | 'worked'> | null = null,
    meter: Meter = noMeter,
  ) {
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
  write<T>(job: (tx: Tx) => T): Promise<T> {
    return this.#add(null, job) as Promise<T>;
  }

  /**
   * For jobs that are cheaper together: `prepare` gets those next to each other in the queue. Nothing is written
   * between its reads and the run of the function it resolves with, so what it read is still valid. Otherwise each is
   * like a job of `write`.
   */
  together<T, V>(prepare: Prepare<T, V>): (item: T) => Promise<V> {
    return (item) => this.#add(prepare, item) as Promise<V>;
  }

  #add(prepare: Job['prepare'], item: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise((settle, fail) => {
      this.#queue.push({ prepare, item, settle, fail });
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
    this.#commitPlain(this.#takePlain());
    const prepare = this.#queue[0]?.prepare ?? null;
    if (prepare === null) this.#endTurn();
    // It reads what earlier jobs wrote, so it is prepared after their commit.
    else this.#turnPrepared(prepare);
  }

  #endTurn(): void {
    if (this.#queue.length > 0) this.#schedule();
    else for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  /** Takes jobs from the front of the queue, up to one of another kind. */
  #take(prepare: Job['prepare']): Job[] {
    const other = this.#queue.findIndex((job) => job.prepare !== prepare);
    return this.#queue.splice(0, Math.min(other < 0 ? this.#queue.length : other, jobsPerCommitMax));
  }

  #takePlain(): Job[] {
    return this.#take(null);
  }

  #turnPrepared(prepare: Prepare<never, unknown>): void {
    this.#isBusy = true;
    const jobs = this.#take(prepare);
    const first = this.#commitPrepared(prepare, jobs);
    const all = then(first, (failed) => failed && this.#commitApart(prepare, jobs, failed));
    void then(all, () => {
      this.#isBusy = false;
      this.#endTurn();
    });
  }

  #commitPrepared(prepare: Prepare<never, unknown>, jobs: readonly Job[]): Maybe<Failed | null> {
    try {
      const decided = this.#meter.begin('decide');
      const ready = prepare(jobs.map((job) => job.item) as never[]);
      const commit = (run: (tx: Tx) => readonly unknown[]): Failed | null => {
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
    return jobs.reduce<Maybe<void>>(
      (before, job) =>
        then(before, () =>
          then(this.#commitPrepared(prepare, [job]), (failed) => {
            if (failed) job.fail(failed.error);
          }),
        ),
      undefined,
    );
  }

  #commitPlain(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    const failed = this.#commit(jobs, (tx) => jobs.map((job) => (job.item as (tx: Tx) => unknown)(tx)));
    const [only] = jobs;
    if (failed && jobs.length === 1 && only) only.fail(failed.error);
    else if (failed) for (const job of jobs) this.#commitPlain([job]);
  }

  /** Returns the error; null if the jobs are on disk, and settled. */
  #commit(jobs: readonly Job[], run: (tx: Tx) => readonly unknown[]): Failed | null {
    let values: readonly unknown[];
    const hooks: (() => void)[] = [];
    const committed = this.#meter.begin('commit');
    try {
      values = this.#transaction(run, { afterCommit: (then) => hooks.push(then) });
    } catch (error) {
      this.#onRollback();
      this.#disk?.note(error);
      return { error };
    }
    committed();
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
    return null;
  }

  /**
   * Moves everything from the write-ahead log into the database and empties the log. False if a reader still needs the
   * log; it doesn't wait for that.
   */
  emptyLog(): boolean {
    if (this.#closed) return true;
    const timeout = Number(this.#db.pragma('busy_timeout', { simple: true }));
    this.#db.pragma('busy_timeout = 0');
    try {
      const [result] = this.#db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
      return result?.busy === 0;
    } finally {
      this.#db.pragma(`busy_timeout = ${timeout}`);
    }
  }

  /** Moves what no reader needs from the write-ahead log into the database. The log keeps its size. */
  moveLog(): void {
    if (!this.#closed) this.#db.pragma('wal_checkpoint(PASSIVE)');
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
    this.#db.close();
  }
}
