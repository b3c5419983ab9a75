import type { Defer } from '../kernel/ports.ts';
import type { Db } from './database.ts';

/** The transaction that a job runs in. */
export interface Tx {
  /** Runs `then` once the transaction is on disk, before the job's promise settles; not at all if it is undone. */
  readonly afterCommit: (then: () => void) => void;
}

interface Job {
  readonly run: (tx: Tx) => unknown;
  readonly settle: (value: never) => void;
  readonly fail: (error: unknown) => void;
}

/** One transaction's worth of jobs, so that a burst cannot keep readers and the event loop waiting. */
const jobsPerCommitMax = 256;

/**
 * The only one who writes. Jobs that came while the last commit ran go into one transaction together (group commit
 * without a timer): many events share one sync to disk, and each promise settles when its job is on disk.
 */
export class Writer {
  private queue: Job[] = [];
  private scheduled = false;
  private closed = false;
  private readonly db: Db;
  private readonly defer: Defer;
  private readonly onRollback: () => void;
  private readonly onHookError: (error: unknown) => void;
  private readonly transaction: (jobs: readonly Job[], tx: Tx) => unknown[];
  private idleWaiters: (() => void)[] = [];

  /**
   * `onRollback` forgets whatever was remembered of rows that are not there after all. `onHookError` receives what an
   * `afterCommit` threw: by then the rows are on disk, so the job has not failed.
   */
  constructor(db: Db, defer: Defer, onRollback: () => void, onHookError: (error: unknown) => void) {
    this.db = db;
    this.defer = defer;
    this.onRollback = onRollback;
    this.onHookError = onHookError;
    this.transaction = db.transaction((jobs: readonly Job[], tx: Tx) =>
      jobs.map((job) => job.run(tx)),
    ).immediate;
  }

  get length(): number {
    return this.queue.length;
  }

  /** Runs `job` inside a transaction. Resolves with its value after the commit; a throw undoes this job alone. */
  write<T>(job: (tx: Tx) => T): Promise<T> {
    if (this.closed) return Promise.reject(new Error('the store is closed'));
    return new Promise<T>((settle, fail) => {
      this.queue.push({ run: job, settle: settle as (value: never) => void, fail });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.defer(() => this.commit());
  }

  private commit(): void {
    this.scheduled = false;
    const jobs = this.queue.splice(0, jobsPerCommitMax);
    if (this.queue.length > 0) this.schedule();
    if (jobs.length > 0) this.commitTogether(jobs);
    if (this.queue.length === 0) for (const wake of this.idleWaiters.splice(0)) wake();
  }

  private commitTogether(jobs: readonly Job[]): void {
    let values: unknown[];
    const hooks: (() => void)[] = [];
    try {
      values = this.transaction(jobs, { afterCommit: (then) => hooks.push(then) });
    } catch (error) {
      this.onRollback();
      const [only] = jobs;
      if (jobs.length === 1 && only) only.fail(error);
      // One bad job must not take its neighbours with it: each gets a transaction of its own.
      else for (const job of jobs) this.commitTogether([job]);
      return;
    }
    for (const then of hooks) {
      try {
        then();
      } catch (error) {
        this.onHookError(error);
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
    if (this.closed) return true;
    const timeout = Number(this.db.pragma('busy_timeout', { simple: true }));
    this.db.pragma('busy_timeout = 0');
    try {
      const [result] = this.db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
      return result?.busy === 0;
    } finally {
      this.db.pragma(`busy_timeout = ${timeout}`);
    }
  }

  /** Resolves when everything queued up to now is on disk. */
  idle(): Promise<void> {
    if (this.queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** What a finished job writes next, at once, still gets to disk. */
  async close(): Promise<void> {
    do await this.idle();
    while (this.queue.length > 0);
    this.closed = true;
    this.db.close();
  }
}
