const shownMs = 6_000;
const shownMax = 4;

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
    this.list = [...this.list.filter((toast) => toast.text !== text), { id, text, kind }].slice(-shownMax);
    setTimeout(() => this.dismiss(id), kind === 'good' ? shownMs : 3 * shownMs);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
