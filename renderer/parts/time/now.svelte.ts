import { nodeClock } from '../../node/node-clock.svelte.ts';

/** The time on the screens, by the node's clock. Advances every 30 seconds, so that “3 minutes ago” stays true. */
class Now {
  #here = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.#here = Date.now();
    }, 30_000);
  }

  get value(): number {
    return this.#here - nodeClock.aheadMs;
  }
}

export const now = new Now();

/** The same time, advancing every second while the component that calls this exists: for “in 40 s”. */
export function seconds(): { readonly value: number } {
  let here = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => {
      here = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  });
  return {
    get value() {
      return here - nodeClock.aheadMs;
    },
  };
}
