import { randomBytes } from 'node:crypto';

/** What the node asks of the world around it, so that a test can own each: clock, timers, randomness, waiting. */

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls back once after `ms`; the returned function takes the call back. Never keeps the process alive. */
  after(ms: number, callback: () => void): () => void;
}

export interface Random {
  /** In [0, 1). */
  next(): number;
  bytes(length: number): Buffer;
}

/** Runs a job after what is going on now; `setImmediate` in life, a microtask under a virtual clock. */
export type Defer = (job: () => void) => void;

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: Defer;
}

const timerMsMax = 2 ** 31 - 1;

/** The real clock, the real dice. */
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
};
