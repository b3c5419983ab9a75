import { randomBytes } from 'node:crypto';
import { fdatasync, fdatasyncSync } from 'node:fs';
import { promisify } from 'node:util';

/** The node gets these from the outside world, so that a test can control them: time, randomness, deferring, syncing. */

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /**
   * Calls back once after `ms`, but after 24.8 days at the latest; the returned function cancels it. Never keeps the
   * process alive.
   */
  after(ms: number, callback: () => void): () => void;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  bytes(length: number): Buffer;
}

/** Runs a job after the current one: `setImmediate` in production, a microtask with a virtual clock. */
export type Defer = (job: () => void) => void;

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: Defer;
  readonly sync?: Sync;
}

/** Brings what was written to an open file to disk. */
export interface Sync {
  /** Syncs while the event loop keeps running. */
  readonly beside: (file: number) => Promise<void>;
  /** Syncs at once, which is faster if nothing else is to be done. */
  readonly now: (file: number) => void;
}

const timerMsMax = 2 ** 31 - 1;

/** The real clock and real randomness. */
export const systemPorts: Ports = {
  clock: {
    now: () => Date.now(),
    after(ms, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(ms, 0), timerMsMax));
      timer.unref();
      return () => clearTimeout(timer);
    },
  },
  random: {
    next: () => Math.random(),
    bytes: (length) => randomBytes(length),
  },
  defer: (job) => {
    setImmediate(job);
  },
  sync: { beside: promisify(fdatasync), now: fdatasyncSync },
};
