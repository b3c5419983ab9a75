import type { Tables } from '../../store/ports.ts';
import type { Tx } from '../../store/writer.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { RoomRegistry } from '../projection/room-registry.ts';
import type { Stored } from '../projection/stored.ts';
import { notLoaded, Questions } from './questions.ts';
import { WorkingSet } from './working-set.ts';

/** Something that is decided in memory about rows that are already loaded, and written with the rest of its batch. */
export interface Task<V> {
  /** Loads what `decide` certainly looks at. Anything else it asks for is loaded in another round. */
  readonly expect: (set: WorkingSet) => void;
  /** May run more than once, so it changes nothing but the set. */
  readonly decide: (set: WorkingSet) => V;
  /** Other writes in the same transaction. If it throws, the task is undone. */
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
 * Load, decide, flush. Tasks that arrive at about the same time form a batch. What they need is read with one query per
 * kind of question. Then they are decided in order, without queries. If a rule asks for something that is not loaded,
 * it is loaded and the batch is decided again from the start. The effects are written in one transaction, with a few
 * statements per table. Nobody else writes between the first query and the commit (store/writer.ts).
 */
export class Decider {
  readonly #parts: DeciderParts;
  readonly #questions: Questions;
  /** The last sequence number, if known. Only batches assign them. */
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
    return values;
  }
}

/** The result of each task; null if one of them asked for something that isn't loaded. */
function decideAll(tasks: readonly Task<unknown>[], set: WorkingSet): unknown[] | null {
  const values: unknown[] = [];
  let isMissing = false;
  for (const task of tasks)
    try {
      values.push(task.decide(set));
    } catch (error) {
      // The remaining tasks run too, only to request what they need. Their results may be wrong, because an earlier one
      // stopped.
      if (error === notLoaded) isMissing = true;
      else if (!isMissing) throw error;
    }
  return isMissing ? null : values;
}
