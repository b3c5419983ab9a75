import { untrack } from 'svelte';
import { type Failure, failureOf, isCancelled } from './failure.ts';

/** An action of the owner: busy while it runs. An error stays on screen until the next try. */
export class Action {
  /**
   * The last action that failed. Its error disappears when another action fails, because with two it would be unclear
   * which still applies.
   */
  static #failed: Action | null = null;

  busy = $state(false);
  failure: Failure | null = $state.raw(null);

  /**
   * Returns whether it succeeded. While it runs, another press does nothing. An effect that starts it doesn't depend on
   * it, or the end of the first run would start the next.
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
