import type { Change as WordedChange } from '../shared/api/topics.ts';
import type { Said } from '../shared/words/said.ts';
import type { Words } from '../shared/words/words.ts';
import type { Clock, Random } from './kernel/ports.ts';

const changesKeptMax = 1000;
const epochBytes = 8;

type Worded = Extract<WordedChange, { readonly topic: 'notice' }>;
/** A change as the node publishes it: its notices are not put into words yet. */
export type Change = Exclude<WordedChange, Worded> | (Omit<Worded, 'text'> & { readonly said: Said });
export type Notice = Extract<Change, { readonly topic: 'notice' }>;

/** A change with its number in the stream. Numbers grow by one, and start over when the program starts again. */
export interface NumberedChange {
  readonly id: number;
  readonly at: number;
  readonly change: Change;
}

/** A change as it leaves the node, in the reader's language. */
export function changeInWords(words: Pick<Words, 'say'>, change: Change): WordedChange {
  if (change.topic !== 'notice') return change;
  const { said, ...rest } = change;
  return { ...rest, text: words.say(said) };
}

type ChangeListener = (change: NumberedChange) => void;

/**
 * Notifies readers of changes, and keeps the last 1000 for readers that reconnect. IDs count from 1 in each process,
 * which the epoch identifies: after a restart of the program old IDs are meaningless. A node that starts again in the
 * same process (node.ts) keeps its feed.
 */
export class ChangeFeed {
  /** Random hex, different for each feed. */
  readonly epoch: string;
  readonly #clock: Clock;
  readonly #onListenerError: ((error: unknown) => void) | undefined;
  readonly #listeners = new Set<ChangeListener>();
  #kept: NumberedChange[] = [];
  #lastId = 0;

  /** Without `onListenerError`, `publish` throws the listeners' errors as an AggregateError, after calling all. */
  constructor(
    ports: { readonly clock: Clock; readonly random: Random },
    onListenerError?: (error: unknown) => void,
  ) {
    this.#clock = ports.clock;
    this.epoch = ports.random.bytes(epochBytes).toString('hex');
    this.#onListenerError = onListenerError;
  }

  /** Id of the latest change; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Call it after the commit, because readers read again immediately. */
  publish(change: Change): void {
    this.#lastId += 1;
    this.#kept.push({ id: this.#lastId, at: this.#clock.now(), change });
    if (this.#kept.length >= 2 * changesKeptMax) this.#kept = this.#kept.slice(-changesKeptMax);
    this.pass(change);
  }

  /** Something that counts only now: readers that reconnect don't get it, and it takes no place among what is kept. */
  pass(change: Change): void {
    const numbered: NumberedChange = { id: this.#lastId, at: this.#clock.now(), change };
    const failures: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        listener(numbered);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 0) return;
    if (!this.#onListenerError) throw new AggregateError(failures, 'a listener of the change feed failed');
    for (const failure of failures) this.#onListenerError(failure);
  }

  /** Calls the listener with every later change, in order, until the returned function is called. */
  subscribe(listener: ChangeListener): () => void {
    const own: ChangeListener = (change) => listener(change);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Returns the changes after `id`, oldest first; `resync` if `id` is not known, or no longer. */
  since(epoch: string, id: number): NumberedChange[] | 'resync' {
    if (epoch !== this.epoch || id > this.#lastId || id < this.#lastId - changesKeptMax || id < 0) {
      return 'resync';
    }
    return id === this.#lastId ? [] : this.#kept.slice(id - this.#lastId);
  }
}
