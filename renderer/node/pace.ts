/** Longer than other readings wait, because a message is marked as read meanwhile if somebody looks at it. */
export const oftenGatherMs = 300;
/** How long a value is waited for that a change should bring. */
export const toldMs = 3_000;
/** The rests between runs while it is asked for all the time. */
const restMs = { first: 1_000, most: 4_000 };

/** Pages that heard the same news don't all ask the node in the same moment. */
const spread = (ms: number): number => ms * (0.5 + Math.random());

/**
 * Runs when asked. Asked again after that, it rests before it runs, each time twice as long: what changes every few seconds
 * is up to date at once, and what changes all the time every four seconds.
 */
export class Pace {
  readonly #run: () => void;
  readonly #delayMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsked = false;

  /** `delayMs`: about how long it waits before the first run, so that one run covers changes that come together. */
  constructor(run: () => void, delayMs: number) {
    this.#run = run;
    this.#delayMs = delayMs;
  }

  ask(): void {
    this.#isAsked = true;
    this.#timer ??= setTimeout(() => this.#runThenRest(restMs.first), spread(this.#delayMs));
  }

  #runThenRest(rest: number): void {
    this.#isAsked = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isAsked) this.#runThenRest(Math.min(2 * rest, restMs.most));
    }, spread(rest));
    this.#run();
  }

  /** Returns whether it was asked and hadn't run since. */
  stop(): boolean {
    const wasAsked = this.#isAsked;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAsked = false;
    return wasAsked;
  }
}
