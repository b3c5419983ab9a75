import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Clock, Sync } from '../kernel/ports.ts';
import type { Db } from './database.ts';

const idleMsMax = 10_000;
/** Above what the thread lets the log grow to. If there is no thread, commits move the log. */
const pagesMax = 10_000;

/** The write-ahead log of an open database. */
export interface Log {
  /** Brings everything committed so far to disk: beside the event loop, or at once. Null if that isn't needed. */
  readonly sync: { readonly beside: () => Promise<void>; readonly now: () => void } | null;
  /** Moves the log into the database, on a thread. Resolves afterwards, even if that failed. */
  readonly move: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * From now on, commits of `db` don't wait for the disk; `sync` does. SQLite still syncs the header of the log and every
 * checkpoint, so a crash loses the last commits at most. SQLite locks the other two files, not the log, so the log can be
 * opened a second time.
 */
export function openLog(db: Db, path: string, sync: Sync | null, clock: Clock): Log {
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${pagesMax}`);
  const file = openSync(`${path}-wal`, 'r+');
  const mover = new LogMover(
    () => new Worker(new URL('./log-worker.ts', import.meta.url), { workerData: path }),
    clock,
  );
  return {
    sync: sync && { beside: () => sync.beside(file), now: () => sync.now(file) },
    move: () => mover.move(),
    async close() {
      await mover.stop();
      closeSync(file);
    },
  };
}

/**
 * Moves everything from the write-ahead log into the database and empties the log. False if a reader, or a transaction
 * that is open, still needs the log; it doesn't wait for that.
 */
export function emptyLog(db: Db): boolean {
  if (db.inTransaction) return false;
  const timeout = Number(db.pragma('busy_timeout', { simple: true }));
  db.pragma('busy_timeout = 0');
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    return result?.busy === 0;
  } finally {
    db.pragma(`busy_timeout = ${timeout}`);
  }
}

/** Has a thread under load only, because each costs megabytes. */
export class LogMover {
  readonly #start: () => Worker;
  readonly #clock: Clock;
  #worker: Worker | null = null;
  /** Settles the move that is running; there is one at a time. */
  #done: () => void = () => {};
  #cancelIdle: () => void = () => {};

  constructor(start: () => Worker, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  move(): Promise<void> {
    this.#cancelIdle();
    return new Promise((resolve) => {
      this.#done = () => {
        this.#cancelIdle();
        this.#cancelIdle = this.#clock.after(idleMsMax, () => void this.#endThread());
        resolve();
      };
      try {
        this.#worker ??= this.#begin();
        this.#worker.postMessage('move');
      } catch {
        // The system has no thread to spare.
        resolve();
      }
    });
  }

  #begin(): Worker {
    const worker = this.#start();
    worker.unref();
    worker.on('message', () => this.#done());
    worker.on('error', () => {});
    worker.once('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      this.#done();
    });
    return worker;
  }

  async #endThread(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  /** A move that is running ends, too. */
  async stop(): Promise<void> {
    await this.#endThread();
    this.#done();
    this.#cancelIdle();
  }
}
