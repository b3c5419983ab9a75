/** The time on the screens. Advances every 30 seconds, so that “3 minutes ago” stays true. */
class Now {
  value = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.value = Date.now();
    }, 30_000);
  }
}

export const now = new Now();

/** The time, advancing every second while the component that calls this exists: for “in 40 s”. */
export function seconds(): { readonly value: number } {
  let value = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => {
      value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  });
  return {
    get value() {
      return value;
    },
  };
}
