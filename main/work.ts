/** Long work in progress (docs/decisions/0060-one-list-of-work.md): what the screens, the tray and the command line show. */
import type { WorkKind } from '../shared/api/views/node-views.ts';
import type { ProtocolError } from '../shared/protocol/errors.ts';
import { refusal } from '../shared/words/refusal.ts';
import { type Said, said } from '../shared/words/said.ts';
import type { Tell } from './facts.ts';
import type { Clock, Random } from './kernel/ports.ts';

/** Work that ends sooner is not worth showing. */
const longMs = 500;
/** The least time from one `work-changed` to the next. */
const restMs = 250;

export interface Start {
  readonly kind: WorkKind;
  /** A server or a room; null if it concerns the whole node. */
  readonly about: string | null;
  readonly title: Said;
  /** Ends the work and undoes what it did. Without it, the work can't be canceled. */
  readonly cancel?: () => void | Promise<void>;
}

export interface Progress {
  readonly done: number;
  /** Null while nobody knows. */
  readonly total: number | null;
  /** The numbers in words. */
  readonly text: Said;
}

/** One piece of work, for the code that does it. */
export interface Job {
  /** Whether it has taken long enough to be shown. */
  readonly isLong: boolean;
  advance(progress: Progress): void;
  /** Makes it impossible to cancel. */
  settle(): void;
  end(): void;
}

/** One piece of work, for the code that shows it. */
export interface WorkItem extends Start {
  readonly id: string;
  readonly progress: Progress | null;
  /** Unix ms. */
  readonly startedAt: number;
  readonly isLong: boolean;
}

type Running = { -readonly [F in keyof WorkItem]: WorkItem[F] };

/** All long work of this run. Tells `work-changed` at most four times a second, and never about short work. */
export class Work {
  readonly #deps: { readonly clock: Clock; readonly random: Random; readonly tell: Tell };
  /** The work, in the order in which it began. */
  readonly #running = new Map<string, Running>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #isDue = false;

  constructor(deps: { readonly clock: Clock; readonly random: Random; readonly tell: Tell }) {
    this.#deps = deps;
  }

  begin(start: Start): Job {
    const { clock, random } = this.#deps;
    const item: Running = {
      ...start,
      id: random.bytes(8).toString('hex'),
      progress: null,
      startedAt: clock.now(),
      isLong: false,
    };
    this.#running.set(item.id, item);
    const forgetTimer = clock.after(longMs, () => {
      item.isLong = true;
      this.#changed();
    });
    const changed = (): void => {
      if (item.isLong) this.#changed();
    };
    return {
      get isLong() {
        return item.isLong;
      },
      advance: (progress) => {
        item.progress = progress;
        changed();
      },
      settle: () => {
        delete item.cancel;
        changed();
      },
      end: () => {
        forgetTimer();
        if (this.#running.delete(item.id)) changed();
      },
    };
  }

  /** Oldest first. */
  items(): readonly WorkItem[] {
    return [...this.#running.values()];
  }

  /** NOT_FOUND if it has ended; CONFLICT if it can't be canceled. */
  async cancel(id: string): Promise<void> {
    const item = this.#running.get(id);
    if (item === undefined) throw refusal('NOT_FOUND', said('work.ended'));
    if (item.cancel === undefined) throw refusal('CONFLICT', said('work.not_now'));
    await item.cancel();
  }

  #changed(): void {
    if (this.#isDue) return;
    const { clock } = this.#deps;
    const inMs = this.#toldAt + restMs - clock.now();
    if (inMs <= 0) {
      this.#tellNow();
      return;
    }
    this.#isDue = true;
    clock.after(inMs, () => {
      this.#isDue = false;
      this.#tellNow();
    });
  }

  #tellNow(): void {
    const { clock, tell } = this.#deps;
    this.#toldAt = clock.now();
    tell({ fact: 'work-changed' });
  }
}

/** Answers a canceled call. */
export const canceled = (why: Said): ProtocolError =>
  refusal('CONFLICT', why, { details: { reason: 'canceled' } });

/** Begins work that a signal ends. */
export function cancelable(work: Pick<Work, 'begin'>, start: Omit<Start, 'cancel'>) {
  const ending = new AbortController();
  return { job: work.begin({ ...start, cancel: () => ending.abort() }), signal: ending.signal };
}
