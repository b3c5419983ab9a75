export type Wish = 'invite' | 'openInvite' | 'createRoom' | 'joinRoom' | 'check' | 'pause';

/** Keeps somebody's choice in the finder until the page that can do it takes it. */
class Wishes {
  #wish: Wish | null = $state(null);

  make(wish: Wish): void {
    this.#wish = wish;
  }

  /** Whether this was wished for. It is taken only once. */
  take(wish: Wish): boolean {
    if (this.#wish !== wish) return false;
    this.#wish = null;
    return true;
  }
}

export const wishes = new Wishes();
