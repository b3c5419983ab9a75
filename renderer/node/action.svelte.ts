import { untrack } from 'svelte';
import { type Failure, failureOf, isCancelled } from './failure.ts';

/** Something the owner does: busy while it runs, and what went wrong stays to be read until it is tried again. */
export class Action {
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
      if (!isCancelled(error)) this.failure = failureOf(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  clear(): void {
    this.failure = null;
  }
}
