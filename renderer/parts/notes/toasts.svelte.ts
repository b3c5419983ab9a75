const shownMs = 6_000;
const warningsMax = 2;

export interface ToastAction {
  readonly label: string;
  readonly act: () => void;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'good' | 'warning';
  readonly action: ToastAction | null;
}

/**
 * One line about what succeeded, and notices of the node, each with at most one action. Errors are shown where they
 * happened, and what is long belongs on a page.
 */
class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #lastId = 0;

  say(text: string, { kind = 'good', action = null }: Partial<Pick<Toast, 'kind' | 'action'>> = {}): void {
    const id = ++this.#lastId;
    const others = this.list.filter((toast) => toast.text !== text);
    // A success message replaces the previous one. A warning stays until it was read.
    const warnings = others
      .filter((toast) => toast.kind === 'warning')
      .slice(kind === 'warning' ? 1 - warningsMax : 0);
    const good = kind === 'good' ? [] : others.filter((toast) => toast.kind === 'good');
    this.list = [...warnings, ...good, { id, text, kind, action }];
    setTimeout(() => this.dismiss(id), kind === 'good' ? shownMs : 3 * shownMs);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
