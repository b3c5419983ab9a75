import type { Db } from '../../database.ts';
import type { Writer } from '../../writer.ts';
import type { MetaStore } from '../meta-store.ts';
import type { HeldStore } from './held-store.ts';

/** Stores which texts still have to be erased, and whether erased ones are gone from the files. */
export class ErasureStore {
  readonly #statements;
  readonly #writer: Writer;
  readonly #held: HeldStore;
  readonly #meta: MetaStore;
  /** True from the start, because the previous run may have ended between erasing and `scrub`. */
  #unscrubbed = true;

  constructor(db: Db, writer: Writer, { held, meta }: { held: HeldStore; meta: MetaStore }) {
    this.#writer = writer;
    this.#held = held;
    this.#meta = meta;
    this.#statements = {
      addEdited: db.prepare(
        'INSERT OR IGNORE INTO erasures_due (seq) SELECT seq FROM messages WHERE edited_at IS NOT NULL',
      ),
      due: db.prepare<[number, number], { seq: number }>(
        'SELECT seq FROM erasures_due WHERE waits = 0 AND seq > ? ORDER BY seq LIMIT ?',
      ),
    };
  }

  /** A text was overwritten. */
  needsScrub(): void {
    this.#unscrubbed = true;
  }

  /** The earlier versions of every edited message have to be erased. */
  addEverythingEdited(): void {
    this.#statements.addEdited.run();
  }

  due(afterSeq: number, limit: number): number[] {
    return this.#statements.due.all(afterSeq, limit).map((row) => row.seq);
  }

  /**
   * Erased texts are overwritten in the database's pages, but can still be read in the log next to it until that is
   * emptied. False if a reader, or the thread that moves the log, is in the way: try again later. Free if nothing was erased.
   */
  async scrub(): Promise<boolean> {
    if (await this.#writer.write(() => this.#held.closeGaps())) this.#unscrubbed = true;
    if (!this.#unscrubbed) return true;
    // Otherwise a start after a crash would take the empty log for a lost one.
    await this.#writer.write(() => this.#meta.noteEmptying());
    const isEmpty = this.#writer.emptyLog();
    if (isEmpty) this.#unscrubbed = false;
    await this.#writer.write(() => this.#meta.noteEmptied());
    // An empty log is a lost one from here on, which the database itself has to note.
    this.#writer.moveLog();
    return isEmpty;
  }
}
