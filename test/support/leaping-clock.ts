import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, systemPorts } from '../../main/kernel/ports.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** The real clock, which a test can set ahead. Everything that is due by then happens at once, in order. */
export class LeapingClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return systemPorts.clock.now() + this.#aheadMs;
  }

  after(ms: number, callback: () => void): () => void {
    const cancel = () => {
      this.#timers.delete(timer);
      cancelReal();
    };
    const timer: Timer = {
      at: this.now() + Math.max(ms, 0),
      fire: () => {
        cancel();
        callback();
      },
    };
    this.#timers.add(timer);
    const cancelReal = systemPorts.clock.after(ms, timer.fire);
    return cancel;
  }

  /** Whether a timer will be due this many milliseconds from now. */
  isSetFor(from: number, to: number): boolean {
    const inMs = [...this.#timers].map(({ at }) => at - this.now());
    return inMs.some((ms) => ms >= from && ms <= to);
  }

  /** Also does what immediately follows. */
  async leap(ms: number): Promise<void> {
    this.#aheadMs += ms;
    const due = [...this.#timers].filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#timers.has(timer)) timer.fire();
    await turn();
  }
}
