import type { Defer } from '../../kernel/ports.ts';

/** Something that may have a request to send. */
export interface Turner {
  /** Sends one request if it may. Returns whether it did, so another may follow. */
  takeTurn(): boolean;
}

/** How many requests start before other work gets a chance. One takes about half a millisecond. */
const requestsPerRound = 4;
/** A destination that is alone has open connections, so a request takes a tenth of a millisecond. */
const requestsOfOne = 16;

/**
 * Destinations start their requests one after another, and few at a time. So a message for 300 servers holds up neither
 * an answer to the owner nor a request of a peer, and what is queued in the meantime travels in the same batch.
 */
export class Turns {
  readonly #defer: Defer;
  readonly #before: () => void;
  readonly #after: () => void;
  readonly #line = new Set<Turner>();
  #isScheduled = false;

  /** `before` and `after` run in each round. */
  constructor(defer: Defer, before: () => void, after: () => void) {
    this.#defer = defer;
    this.#before = before;
    this.#after = after;
  }

  ask(turner: Turner): void {
    this.#line.add(turner);
    this.schedule();
  }

  /** The next round starts after the caller's own work. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#defer(() => this.#round());
  }

  #round(): void {
    this.#isScheduled = false;
    this.#before();
    let left = this.#line.size === 1 ? requestsOfOne : requestsPerRound;
    for (const turner of this.#line) {
      if (left === 0) break;
      this.#line.delete(turner);
      if (!turner.takeTurn()) continue;
      left--;
      this.#line.add(turner);
    }
    if (this.#line.size > 0) this.schedule();
    this.#after();
  }
}
