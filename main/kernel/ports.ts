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
