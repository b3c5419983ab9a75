/** If the database engine is synchronous, everything happens in one turn. */
export type Maybe<T> = T | Promise<T>;

/** Goes on with `value`: at once, unless it is a promise. */
export const andThen = <T, V>(value: Maybe<T>, next: (value: T) => Maybe<V>): Maybe<V> =>
  value instanceof Promise ? value.then(next) : next(value);

/** The transaction that a job runs in. */
export interface Tx {
  /** Runs `then` once the transaction is on disk, before the job's promise settles; not at all if it is rolled back. */
  readonly afterCommit: (then: () => void) => void;
}

/**
 * Prepares jobs that are run together: reads what they need and decides. The function it returns writes, inside the
 * transaction, and returns a value for each job.
 */
export type Prepare<T, V> = (items: readonly T[]) => Maybe<(tx: Tx) => readonly V[]>;

export const oneByOne = (jobs: readonly Job[], run: (job: Job) => Maybe<void>): Maybe<void> =>
  jobs.reduce<Maybe<void>>((before, job) => andThen(before, () => run(job)), undefined);

export const failAll = (jobs: readonly Job[], error: unknown): void => {
  for (const job of jobs) job.fail(error);
};

export interface Failed {
  readonly error: unknown;
}

export interface Job {
  /** Null for a job that is a function of the transaction. */
  readonly prepare: Prepare<never, unknown> | null;
  readonly item: unknown;
  /** Nobody waits for it. */
  readonly isUnhurried: boolean;
  readonly settle: (value: never) => void;
  readonly fail: (error: unknown) => void;
}

/** A transaction that is committed. Its jobs settle when it is on disk. */
export interface Committed {
  readonly jobs: readonly Job[];
  readonly values: readonly unknown[];
  readonly hooks: readonly (() => void)[];
  /** Ends the measured time. */
  readonly onDisk: () => void;
}

/** Whether there is only one job, and somebody waits for it. */
export const isOneHurried = ([first, ...others]: readonly Committed[]): boolean =>
  others.length === 0 && first?.jobs.length === 1 && first.jobs[0]?.isUnhurried === false;
