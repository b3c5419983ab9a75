import { SvelteSet } from 'svelte/reactivity';

/** The selected entries of a list that changes: entries that disappear are no longer selected. */
export class Selection {
  readonly #ticked = new SvelteSet<string>();
  readonly #there: () => readonly string[];

  constructor(there: () => readonly string[]) {
    this.#there = there;
  }

  get ids(): readonly string[] {
    return this.#there().filter((id) => this.#ticked.has(id));
  }
  get all(): boolean {
    const { length } = this.#there();
    return length > 0 && this.ids.length === length;
  }
  get some(): boolean {
    return this.ids.length > 0 && !this.all;
  }

  has(id: string): boolean {
    return this.#ticked.has(id);
  }
  put(id: string, ticked: boolean): void {
    if (ticked) this.#ticked.add(id);
    else this.#ticked.delete(id);
  }
  putAll(ticked: boolean): void {
    this.#ticked.clear();
    if (ticked) for (const id of this.#there()) this.#ticked.add(id);
  }
}
