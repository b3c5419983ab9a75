import type { Db } from '../../database.ts';
import { Queries } from '../../queries.ts';
import type { Writer } from '../../writer.ts';
import type { MetaStore } from '../meta-store.ts';
import type { HeldStore } from './held-store.ts';

/** Stores which texts still have to be erased, and whether erased ones are gone from the files. */
export class ErasureStore extends Queries {
  readonly #writer: Writer;
  readonly #held: HeldStore;
  readonly #meta: MetaStore;
  /** True from the start, because the previous run may have ended between erasing and `scrub`. */
  #unscrubbed = true;

  /** The earlier versions of every edited message have to be erased. */
  readonly addEverythingEdited = this.run<[]>(
    'INSERT OR IGNORE INTO erasures_due (seq) SELECT seq FROM messages WHERE edited_at IS NOT NULL',
  );

  readonly due = this.values<[afterSeq: number, limit: number], number>(
    'SELECT seq FROM erasures_due WHERE waits = 0 AND seq > ? ORDER BY seq LIMIT ?',
  );

  constructor(db: Db, writer: Writer, { held, meta }: { held: HeldStore; meta: MetaStore }) {
    super(db);
    this.#writer = writer;
    this.#held = held;
    this.#meta = meta;
  }

  /** A text was overwritten. */
  needsScrub(): void {
    this.#unscrubbed = true;
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
