import { untrack } from 'svelte';
import { type Failure, failureOf, isCancelled } from './failure.ts';

/** Something the owner does: busy while it runs, and what went wrong stays to be read until it is tried again. */
export class Action {
  /** The last one that failed. Its note goes when another one fails: two notes would leave open which of them is true. */
  static #failed: Action | null = null;

  busy = $state(false);
  failure: Failure | null = $state.raw(null);

  /**
   * Gives whether it went well. While it runs, another press changes nothing. An effect that begins it does not come to
   * depend on it, or the end of the first run would begin the next.
   */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    if (untrack(() => this.busy)) return false;
    this.busy = true;
    this.failure = null;
    try {
      await untrack(act);
      return true;
    } catch (error) {
      if (!isCancelled(error)) this.#fail(failureOf(error));
      return false;
    } finally {
      this.busy = false;
    }
  }

  #fail(failure: Failure): void {
    if (Action.#failed !== this) Action.#failed?.clear();
    Action.#failed = this;
    this.failure = failure;
  }

  clear(): void {
    this.failure = null;
  }
}
