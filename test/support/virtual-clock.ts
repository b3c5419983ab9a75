import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../main/kernel/ports.ts';

interface Timer {
  readonly callback: () => void;
  isOver: boolean;
}

/** The timers of one instant, in the order in which they were set. */
interface Instant {
  readonly timers: Timer[];
  /** Timers before this place have fired. */
  fired: number;
}

/** A clock that stands still until the test advances it. Then it fires what is due, in order, one after the other. */
export class VirtualClock implements Clock {
  #now: number;
  #instants = new Map<number, Instant>();
  /** The times of the instants, as a binary heap: the first is the earliest. */
  #times: number[] = [];
  #waiting = 0;

  constructor(startMs = Date.UTC(2025, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const at = this.#now + Math.max(ms, 0);
    const timer: Timer = { callback, isOver: false };
    const instant = this.#instants.get(at);
    if (instant) instant.timers.push(timer);
    else {
      this.#instants.set(at, { timers: [timer], fired: 0 });
      this.#push(at);
    }
    this.#waiting++;
    return () => this.#end(timer);
  }

  get timers(): number {
    return this.#waiting;
  }

  /** Lets `ms` pass. Promises and immediates that a timer starts finish before the next timer fires. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let at = this.#next(end); at !== null; at = this.#next(end)) {
      this.#now = Math.max(this.#now, at);
      this.#fire(at);
      await this.settle();
    }
    this.#now = end;
  }

  /**
   * The same for a world of many thousand timers that uses promises, but no immediates: the timers of one instant fire
   * together.
   */
  async advanceTogether(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let at = this.#next(end); at !== null; at = this.#next(end)) {
      this.#now = Math.max(this.#now, at);
      while (this.#next(at) === at) this.#fire(at);
      await turn();
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
    this.#shift(ms);
  }

  /** Someone sets the wall clock, which doesn't affect timers. */
  setWallClock(nowMs: number): void {
    const by = nowMs - this.#now;
    this.#now = nowMs;
    this.#shift(by);
  }

  #end(timer: Timer): void {
    if (timer.isOver) return;
    timer.isOver = true;
    this.#waiting--;
  }

  #fire(at: number): void {
    const instant = this.#instants.get(at);
    const timer = instant?.timers[instant.fired++];
    if (!timer) return;
    this.#end(timer);
    timer.callback();
  }

  /** The earliest instant up to `end` with a timer that hasn't been canceled. */
  #next(end: number): number | null {
    for (let at = this.#times[0]; at !== undefined && at <= end; at = this.#times[0]) {
      const instant = this.#instants.get(at);
      while (instant?.timers[instant.fired]?.isOver) instant.fired++;
      if (instant && instant.fired < instant.timers.length) return at;
      this.#instants.delete(at);
      this.#pop();
    }
    return null;
  }

  /** All by the same amount, so the heap stays one. */
  #shift(by: number): void {
    this.#times = this.#times.map((at) => at + by);
    this.#instants = new Map([...this.#instants].map(([at, instant]) => [at + by, instant]));
  }

  #push(at: number): void {
    const times = this.#times;
    let place = times.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = times[above] ?? 0;
      if (other <= at) break;
      times[place] = other;
      place = above;
    }
    times[place] = at;
  }

  #pop(): void {
    const times = this.#times;
    const at = times.pop();
    if (at === undefined || times.length === 0) return;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const below = (times[left + 1] ?? Infinity) < (times[left] ?? Infinity) ? left + 1 : left;
      const other = times[below];
      if (other === undefined || other >= at) break;
      times[place] = other;
      place = below;
    }
    times[place] = at;
  }
}
