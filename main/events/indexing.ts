import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Tables } from '../store/ports.ts';

/** Messages of one transaction: a few milliseconds of work. */
const sliceMax = 50;
/** After the first message that came, more may follow at once. */
const soonMs = 100;
/** Between two slices: while much arrives, indexing takes a twentieth of the time. */
const betweenMs = { quiet: 10, busy: 150 };
/** So many messages since the last slice are much. */
const busyFrom = 20;
/** Each slice begins lists of its own, and after so many they are joined. */
const slicesBeforeJoining = 16;
/** A search waits for so many slices. */
const slicesBeforeSearch = 10;

interface Deps {
  readonly store: Tables<'rules' | 'writer'>;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly log: Pick<Log, 'error'>;
}

/** Adds the words of new messages to the index, after their commit and in slices, so that nobody waits for it. */
export class Indexing {
  readonly #deps: Deps;
  #cancel: (() => void) | null = null;
  #arrived = 0;
  /** Slices that were not joined yet. */
  #slices = 0;
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A message was stored, or there may be some that nobody has read. */
  note(): void {
    this.#arrived++;
    this.#after(soonMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Before a search: reads what is new. False if that is too much, as after a restored backup. */
  async catchUp(): Promise<boolean> {
    const { search } = this.#deps.store.rules;
    for (let slice = 0; slice < slicesBeforeSearch && !search.isComplete(); slice++) {
      await this.#slice();
      await this.#deps.pause();
    }
    return search.isComplete();
  }

  #after(ms: number): void {
    if (this.#isStopped || this.#cancel !== null) return;
    this.#cancel = this.#deps.clock.after(ms, () => void this.#run());
  }

  async #run(): Promise<void> {
    this.#cancel = null;
    const isComplete = this.#deps.store.rules.search.isComplete();
    if (isComplete && this.#slices < slicesBeforeJoining) return;
    const isBusy = this.#arrived > busyFrom;
    this.#arrived = 0;
    try {
      await (isComplete ? this.#join() : this.#slice());
      this.#after(isBusy ? betweenMs.busy : betweenMs.quiet);
    } catch (error) {
      if (!this.#isStopped)
        this.#deps.log.error({ err: error }, 'the words of messages could not be indexed');
    }
  }

  async #join(): Promise<void> {
    const { writer, rules } = this.#deps.store;
    if (!(await writer.write(() => rules.search.join(), true))) this.#slices = 0;
  }

  #slice(): Promise<boolean> {
    const { writer, rules } = this.#deps.store;
    this.#slices++;
    return writer.write(() => rules.search.addNext(sliceMax), true);
  }
}
