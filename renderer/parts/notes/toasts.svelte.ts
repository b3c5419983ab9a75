import { untrack } from 'svelte';

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
  /** Whether it is news of the node, which nobody asked for. A dialog doesn’t show those. */
  readonly isNews: boolean;
}

/**
 * Says in a sentence or two what succeeded, and what the node noticed, each with at most one action. Errors are shown
 * where they happened, and what is long belongs on a page.
 */
class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #lastId = 0;
  #writing: readonly object[] = $state.raw([]);
  #dialogs: readonly object[] = $state.raw([]);

  /** Lists what a place shows: the topmost dialog shows what was done in it, and the page shows the rest. */
  at(place: object | null): readonly Toast[] {
    const dialog = this.#dialogs.at(-1);
    if (place !== null && place === dialog) return this.list.filter(({ isNews }) => !isNews);
    if (place !== (this.#writing.at(-1) ?? null)) return [];
    return dialog === undefined ? this.list : this.list.filter(({ isNews }) => isNews);
  }
  /** Adds a place that can show toasts. Returns how to leave it. */
  enter(place: object, isDialog: boolean): () => void {
    if (isDialog) this.#dialogs = [...untrack(() => this.#dialogs), place];
    else this.#writing = [...untrack(() => this.#writing), place];
    return () => {
      this.#dialogs = this.#dialogs.filter((other) => other !== place);
      this.#writing = this.#writing.filter((other) => other !== place);
    };
  }
  say(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): void {
    const { kind = 'good', action = null, isNews = false } = options;
    const id = ++this.#lastId;
    const others = this.list.filter((toast) => toast.text !== text);
    // A success message replaces the previous one. A warning stays until it was read.
    const warnings = others
      .filter((toast) => toast.kind === 'warning')
      .slice(kind === 'warning' ? 1 - warningsMax : 0);
    const good = kind === 'good' ? [] : others.filter((toast) => toast.kind === 'good');
    this.list = [...warnings, ...good, { id, text, kind, action, isNews }];
    setTimeout(() => this.dismiss(id), kind === 'good' ? shownMs : 3 * shownMs);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
