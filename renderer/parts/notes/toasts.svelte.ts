const shownMs = 6_000;
const warningsMax = 2;

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'good' | 'warning';
}

/** Short messages about what succeeded, and notices of the node. Errors are shown where they happened. */
class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #lastId = 0;

  say(text: string, kind: Toast['kind'] = 'good'): void {
    const id = ++this.#lastId;
    const others = this.list.filter((toast) => toast.text !== text);
    // A success message replaces the previous one. A warning stays until it was read.
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
