import type { Clock } from './ports.ts';

/** One timer for many deadlines: rings at the earliest one it was set to, then has to be set again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: (dueBy: number) => void;
  #at: number | null = null;
  #cancel: (() => void) | null = null;

  /**
   * `ring` gets the time up to which deadlines are due: at least the one the alarm was set to, even if the wall clock
   * was set back in the meantime.
   */
  constructor(clock: Clock, ring: (dueBy: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `at` (unix ms) at the latest. */
  set(at: number): void {
    if (this.#at !== null && this.#at <= at) return;
    this.clear();
    this.#at = at;
    this.#cancel = this.#clock.after(Math.max(at - this.#clock.now(), 0), () => {
      this.#at = null;
      this.#cancel = null;
      this.#ring(Math.max(at, this.#clock.now()));
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#at = null;
  }
}

/** Runs `job` repeatedly, `ms` after it last ended, until the returned function is called. */
export function every(
  clock: Clock,
  ms: number,
  job: () => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  let cancel = () => {};
  let stopped = false;
  const schedule = () => {
    cancel = clock.after(ms, () => {
      job()
        .catch(onError)
        .finally(() => {
          if (!stopped) schedule();
        });
    });
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Waits for the promise, but only until `signal` aborts: then it rejects with its reason. The work goes on. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Resolves after `ms`; rejects with the signal's reason if it is aborted before. */
export async function passed(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  const cancel = clock.after(ms, over.resolve);
  await unlessAborted(over.promise, signal).finally(cancel);
}

/** Lets other work go on. */
export type Pause = () => Promise<void>;

export const pauseBy =
  (clock: Clock): Pause =>
  () =>
    new Promise((resolve) => clock.after(0, resolve));
