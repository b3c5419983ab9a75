import { type BackOff, backOffMs } from '../kernel/back-off.ts';
import type { Clock } from '../kernel/ports.ts';

const wait: BackOff = { firstMs: 15_000, maxMs: 15 * 60_000 };

/** Retries for each name, less and less often. Each name has at most one timer, and none after `end` or `stop`. */
export class Retries {
  readonly #clock: Clock;
  readonly #attempt: (name: string) => Promise<void>;
  readonly #timers = new Map<string, () => void>();
  readonly #failures = new Map<string, number>();
  #stopped = true;

  /** An attempt that throws is retried. One that has finished calls `end`, or doesn't schedule another. */
  constructor(clock: Clock, attempt: (name: string) => Promise<void>) {
    this.#clock = clock;
    this.#attempt = attempt;
  }

  start(): void {
    this.#stopped = false;
  }

  stop(): void {
    this.#stopped = true;
    for (const name of [...this.#timers.keys()]) this.hold(name);
  }

  schedule(name: string): void {
    this.hold(name);
    if (this.#stopped) return;
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    const fire = (): void => {
      this.#timers.delete(name);
      this.#attempt(name).catch(() => this.schedule(name));
    };
    this.#timers.set(name, this.#clock.after(backOffMs(wait, failures), fire));
  }

  /** Another attempt is running. */
  hold(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  end(name: string): void {
    this.hold(name);
    this.#failures.delete(name);
  }
}
