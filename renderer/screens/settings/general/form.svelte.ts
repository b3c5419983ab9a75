/**
 * A field whose value the node stores. Until the owner edits it, it follows the node's value, even if that changes in
 * another window. After that, it stays as typed until it is saved or reset.
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

/** Moves to the first invalid field. Its hint says what it expects. */
export function focusProblem(form: EventTarget | null): void {
  if (form instanceof HTMLFormElement)
    form.querySelector<HTMLElement>('[aria-invalid="true"], input:invalid')?.focus();
}
