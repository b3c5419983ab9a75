import type { Tables } from '../../store/ports.ts';
import type { Tx } from '../../store/writer.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { RoomRegistry } from '../projection/room-registry.ts';
import type { Stored } from '../projection/stored.ts';
import { notLoaded, Questions } from './questions.ts';
import { WorkingSet } from './working-set.ts';

/** Something that is decided in memory about rows that were loaded before, and written with the rest of its batch. */
export interface Task<V> {
  /** Has loaded what `decide` is sure to look at; whatever else it asks for is loaded too, in another round. */
  readonly expect: (set: WorkingSet) => void;
  /** May run more than once, so it changes nothing but the set. */
  readonly decide: (set: WorkingSet) => V;
  /** What else is written in the same transaction; a throw undoes the task. */
  readonly also?: (value: V, tx: Tx) => void;
}

type Ready = (tx: Tx) => readonly unknown[];
type Parsed = Map<number, { readonly body: string; readonly stored: Stored }>;

export interface DeciderParts {
  readonly store: Tables<'batch' | 'writer'>;
  readonly registry: RoomRegistry;
  readonly directory: PeerDirectory;
}

/**
 * Load, decide, flush: tasks that come at about the same time are one batch. What they need is read with one query for
 * each kind of question. Then all are decided, in order, without a query; where a rule asks for something that was not
 * loaded, that is loaded and the batch is decided again from the start. Its effects are written in one transaction,
 * with a few statements for each table. Nobody else writes between the first query and the commit (store/writer.ts).
 */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #questions: Questions;
  /** The last place in arrival order, where it is known: only batches give out places. */
  #lastSeq: number | null = null;
  readonly #run: (task: Task<unknown>) => Promise<unknown>;

  constructor(parts: DeciderParts) {
    this.#parts = parts;
    this.#questions = new Questions(parts.store.batch.reads);
    this.#run = parts.store.writer.together((tasks: readonly Task<unknown>[]) => this.#prepare(tasks));
  }

  /** Resolves once the task's effects are on disk. */
  run<V>(task: Task<V>): Promise<V> {
    return this.#run(task as Task<unknown>) as Promise<V>;
  }

  #prepare(tasks: readonly Task<unknown>[]): Ready | Promise<Ready> {
    const questions = this.#questions;
    const parsed: Parsed = new Map();
    questions.forget();
    if (this.#lastSeq !== null) questions.ask.lastSeq.know(this.#lastSeq, null);
    const first = this.#newSet(parsed);
    for (const task of tasks) task.expect(first);
    const loaded = questions.load();
    return loaded instanceof Promise
      ? loaded.then(() => this.#decide(tasks, first, parsed))
      : this.#decide(tasks, first, parsed);
  }

  #newSet(parsed: Parsed): WorkingSet {
    return new WorkingSet(this.#questions.ask, parsed, this.#parts);
  }

  #decide(tasks: readonly Task<unknown>[], first: WorkingSet, parsed: Parsed): Ready | Promise<Ready> {
    for (let set = first; ; set = this.#newSet(parsed)) {
      const values = decideAll(tasks, set);
      if (values) return this.#flush.bind(this, set, tasks, values);
      if (!this.#questions.isOpen) throw new Error('a rule stopped, but everything it asked for is loaded');
      const loaded = this.#questions.load();
      if (loaded instanceof Promise)
        return loaded.then(() => this.#decide(tasks, this.#newSet(parsed), parsed));
    }
  }

  #flush(
    set: WorkingSet,
    tasks: readonly Task<unknown>[],
    values: readonly unknown[],
    tx: Tx,
  ): readonly unknown[] {
    const { lastSeq } = set.events;
    this.#lastSeq = null;
    tx.afterCommit(() => {
      this.#lastSeq = lastSeq;
    });
    this.#parts.store.batch.write(set.effects());
    set.rooms.publish();
    tasks.forEach((task, i) => {
      task.also?.(values[i], tx);
    });
    for (const then of set.after) tx.afterCommit(then);
    return values;
  }
}

/** What each task comes to; null if one of them asked for what was not loaded. */
function decideAll(tasks: readonly Task<unknown>[], set: WorkingSet): unknown[] | null {
  const values: unknown[] = [];
  let isMissing = false;
  for (const task of tasks)
    try {
      values.push(task.decide(set));
    } catch (error) {
      // The others say what they need too. Those behind one that stopped may have seen too little to be right.
      if (error === notLoaded) isMissing = true;
      else if (!isMissing) throw error;
    }
  return isMissing ? null : values;
}
