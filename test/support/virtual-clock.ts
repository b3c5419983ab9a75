import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../main/kernel/ports.ts';

interface Timer {
  at: number;
  readonly callback: () => void;
}

/** A clock that stands still until the test advances it. Then it fires what is due, in order, one after the other. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = Date.UTC(2025, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(ms, 0), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass. Promises and immediates that a timer starts finish before the next timer fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let timer = this.#next(end); timer !== null; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
      await this.settle();
    }
    this.#now = end;
  }

  /** Lets everything that is already running finish without time passing. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 2; turns++) await turn();
  }

  /** The computer is asleep: wall time passes, but timers stop and fire late. */
  sleep(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  /** Someone sets the wall clock, which doesn't affect timers. */
  setWallClock(nowMs: number): void {
    const by = nowMs - this.#now;
    this.#now = nowMs;
    for (const timer of this.#timers) timer.at += by;
  }

  #next(end: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.at <= end && (first === null || timer.at < first.at)) first = timer;
    }
    return first;
  }
}
