import type { Defer } from '../kernel/ports.ts';
import type { Db } from './database.ts';
import type { DiskWatch } from './disk-watch.ts';

/** The transaction that a job runs in. */
export interface Tx {
  /** Runs `then` once the transaction is on disk, before the job's promise settles; not at all if it is undone. */
  readonly afterCommit: (then: () => void) => void;
}

/** What jobs have in common that are run together; gives a value for each. */
type Run<T, V> = (tx: Tx, items: readonly T[]) => readonly V[];

interface Job {
  readonly run: Run<never, unknown>;
  readonly item: unknown;
  readonly settle: (value: never) => void;
  readonly fail: (error: unknown) => void;
}

const oneByOne: Run<(tx: Tx) => unknown, unknown> = (tx, jobs) => jobs.map((job) => job(tx));

/** Jobs in their order; those next to each other that have the same `run` with one call. */
function runInOrder(jobs: readonly Job[], tx: Tx): unknown[] {
  const values: unknown[] = [];
  for (let at = 0; at < jobs.length; at = values.length) {
    const run = jobs[at]?.run as Run<unknown, unknown>;
    const end = jobs.findIndex((job, i) => i > at && job.run !== run);
    const items = jobs.slice(at, end < 0 ? jobs.length : end).map((job) => job.item);
    values.push(...run(tx, items));
  }
  return values;
}

/** One transaction's worth of jobs, so that a burst cannot keep readers and the event loop waiting. */
const jobsPerCommitMax = 256;

/**
 * The only one who writes. Jobs that came while the last commit ran go into one transaction together (group commit
 * without a timer): many events share one sync to disk, and each promise settles when its job is on disk.
 */
export class Writer {
  #queue: Job[] = [];
  #scheduled = false;
  #closed = false;
  readonly #db: Db;
  readonly #defer: Defer;
  readonly #onRollback: () => void;
  readonly #onHookError: (error: unknown) => void;
  readonly #disk: Pick<DiskWatch, 'note' | 'worked'> | null;
  readonly #transaction: (jobs: readonly Job[], tx: Tx) => unknown[];
  #idleWaiters: (() => void)[] = [];

  /**
   * `onRollback` forgets whatever was remembered of rows that are not there after all. `onHookError` receives what an
   * `afterCommit` threw: by then the rows are on disk, so the job has not failed.
   */
  constructor(
    db: Db,
    defer: Defer,
    onRollback: () => void,
    onHookError: (error: unknown) => void,
    disk: Pick<DiskWatch, 'note' | 'worked'> | null = null,
  ) {
    this.#disk = disk;
    this.#db = db;
    this.#defer = defer;
    this.#onRollback = onRollback;
    this.#onHookError = onHookError;
    this.#transaction = db.transaction(runInOrder).immediate;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Runs `job` inside a transaction. Resolves with its value after the commit; a throw undoes this job alone. */
  write<T>(job: (tx: Tx) => T): Promise<T> {
    return this.#add(oneByOne, job) as Promise<T>;
  }

  /**
   * For jobs that are cheaper together: `run` is given those that share a transaction and stand next to each other in
   * the queue, and gives a value for each, in their order. Otherwise each is like a job of `write`.
   */
  together<T, V>(run: (tx: Tx, items: readonly T[]) => readonly V[]): (item: T) => Promise<V> {
    return (item) => this.#add(run, item);
  }

  #add<T, V>(run: Run<T, V>, item: T): Promise<V> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise<V>((settle, fail) => {
      this.#queue.push({ run, item, settle: settle as (value: never) => void, fail });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#defer(() => this.#commit());
  }

  #commit(): void {
    this.#scheduled = false;
    const jobs = this.#queue.splice(0, jobsPerCommitMax);
    if (this.#queue.length > 0) this.#schedule();
    if (jobs.length > 0) this.#commitTogether(jobs);
    if (this.#queue.length === 0) for (const wake of this.#idleWaiters.splice(0)) wake();
  }

  #commitTogether(jobs: readonly Job[]): void {
    let values: unknown[];
    const hooks: (() => void)[] = [];
    try {
      values = this.#transaction(jobs, { afterCommit: (then) => hooks.push(then) });
    } catch (error) {
      this.#onRollback();
      this.#disk?.note(error);
      const [only] = jobs;
      if (jobs.length === 1 && only) only.fail(error);
      // One bad job must not take its neighbours with it: each gets a transaction of its own.
      else for (const job of jobs) this.#commitTogether([job]);
      return;
    }
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

  /**
   * Moves everything in the write-ahead log into the database and cuts the log to nothing. False if a reader still
   * needs the log; it is not waited for.
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

  /** Resolves when everything queued up to now is on disk. */
  idle(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** What a finished job writes next, at once, still gets to disk. */
  async close(): Promise<void> {
    do await this.idle();
    while (this.#queue.length > 0);
    this.#closed = true;
    this.#db.close();
  }
}
