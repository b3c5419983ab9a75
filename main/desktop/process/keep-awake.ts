import type { Electron } from '../host.ts';

/** Keeps the computer from going to sleep by itself, because a computer that sleeps can't be reached by peers. */
export class KeepAwake {
  readonly #blocker: Electron['powerSaveBlocker'];
  #id: number | null = null;

  constructor(blocker: Electron['powerSaveBlocker']) {
    this.#blocker = blocker;
  }

  set(on: boolean): void {
    if (on) this.#id ??= this.#blocker.start('prevent-app-suspension');
    else if (this.#id !== null) {
      this.#blocker.stop(this.#id);
      this.#id = null;
    }
  }
}
