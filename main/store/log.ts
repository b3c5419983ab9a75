import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Sync } from '../kernel/ports.ts';
import type { Db } from './database.ts';

const idleMsMax = 20_000;
/** Above what the thread lets the log grow to. If there is no thread, commits move the log. */
const pagesMax = 10_000;

/** The write-ahead log of an open database. */
export interface Log {
  /** Brings everything committed so far to disk: beside the event loop, or at once. */
  readonly sync: { readonly beside: () => Promise<void>; readonly now: () => void };
  /** Moves the log into the database, on a thread. Resolves afterwards, even if that failed. */
  readonly move: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * From now on, commits of `db` don't wait for the disk; `sync` does. SQLite still syncs the header of the log and every
 * checkpoint, so a crash loses the last commits at most. SQLite locks the other two files, not the log, so the log can be
 * opened a second time.
 */
export function openLog(db: Db, path: string, { beside, now }: Sync): Log {
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${pagesMax}`);
  const file = openSync(`${path}-wal`, 'r+');
  const mover = new LogMover(
    () => new Worker(new URL('./log-worker.ts', import.meta.url), { workerData: path }),
  );
  return {
    sync: { beside: () => beside(file), now: () => now(file) },
    move: () => mover.move(),
    async close() {
      await mover.stop();
      closeSync(file);
    },
  };
}

/** Has a thread under load only, because each costs megabytes. */
export class LogMover {
  readonly #start: () => Worker;
  #worker: Worker | null = null;
  /** Settles the move that is running; there is one at a time. */
  #done: () => void = () => {};
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  move(): Promise<void> {
    clearTimeout(this.#idleTimer);
    return new Promise((resolve) => {
      this.#done = () => {
        this.#idleTimer = setTimeout(() => void this.stop(), idleMsMax).unref();
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

  /** A move that is running ends, too. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
    this.#done();
    clearTimeout(this.#idleTimer);
  }
}
