/**
 * What the owner types over a value that the node keeps. Untouched, it is the node's value, also when that changes in
 * another window; touched, it stays as it was typed until it is saved or taken back.
 */
export class Draft {
  #stored: () => string;
  #typed: string | null = $state(null);

  constructor(stored: () => string) {
    this.#stored = stored;
  }

  get value(): string {
    return this.#typed ?? this.#stored();
  }

  set value(next: string) {
    this.#typed = next === this.#stored() ? null : next;
  }

  get changed(): boolean {
    return this.#typed !== null && this.#typed !== this.#stored();
  }

  /** The node has it now, or the owner wants the node's value back. */
  reset(): void {
    this.#typed = null;
  }
}

/** Leads to the first field that is not as it should be. Its hint says what it expects. */
export function focusProblem(form: EventTarget | null): void {
  if (form instanceof HTMLFormElement)
    form.querySelector<HTMLElement>('[aria-invalid="true"], input:invalid')?.focus();
}
