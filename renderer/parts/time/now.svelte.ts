/** The time as the screens show it; moves on every half minute, so that “3 minutes ago” stays true. */
class Now {
  value = $state(Date.now());

  constructor() {
    setInterval(() => {
      this.value = Date.now();
    }, 30_000);
  }
}

export const now = new Now();
