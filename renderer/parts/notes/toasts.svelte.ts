const shownMs = 6_000;
const warningsMax = 2;

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'good' | 'warning';
}

/** Short words about what went well, and notices of the node. What went wrong stays where it happened instead. */
class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #lastId = 0;

  say(text: string, kind: Toast['kind'] = 'good'): void {
    const id = ++this.#lastId;
    const others = this.list.filter((toast) => toast.text !== text);
    // One good word takes the place of the one before it. A warning stays beside it until it was read.
    const warnings = others
      .filter((toast) => toast.kind === 'warning')
      .slice(kind === 'warning' ? 1 - warningsMax : 0);
    const good = kind === 'good' ? [] : others.filter((toast) => toast.kind === 'good');
    this.list = [...warnings, ...good, { id, text, kind }];
    setTimeout(() => this.dismiss(id), kind === 'good' ? shownMs : 3 * shownMs);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
