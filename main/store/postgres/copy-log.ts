import type { Clock } from '../../kernel/ports.ts';
import type { Db } from '../database.ts';
import { emptyLog } from '../log.ts';

const afterMs = 20_000;

/**
 * Empties the write-ahead log of a standby's copy soon after a change, because it may contain a text that was erased. A
 * leader does that after each erasure (`ErasureStore.scrub`); a standby doesn't know what a change erased.
 */
export class CopyLog {
  readonly #copy: Db;
  readonly #clock: Pick<Clock, 'after'>;
  /** Null if nothing has to be emptied. */
  #cancel: (() => void) | null = null;

  constructor(copy: Db, clock: Pick<Clock, 'after'>) {
    this.#copy = copy;
    this.#clock = clock;
  }

  changed(): void {
    this.#cancel ??= this.#clock.after(afterMs, () => {
      this.#cancel = null;
      // A reader may still need it.
      if (!emptyLog(this.#copy)) this.changed();
    });
  }

  stop(): void {
    this.#cancel?.();
  }
}
