import type { Db } from './database.ts';
import type { Writer } from './writer.ts';

/** Free pages that stay in the file, so that it doesn't shrink and grow alternately: 4 MB. */
const keptPages = 1_000;
/** Pages that one transaction removes: about a millisecond of work. */
const slicePages = 250;
/** Transactions of one call. */
const slicesMax = 40;

/** Returns the space of deleted rows to the system while the node runs (docs/decisions/0041-growth.md). */
export class Space {
  readonly #db: Db;
  readonly #writer: Writer;

  constructor(db: Db, writer: Writer) {
    this.#db = db;
    this.#writer = writer;
  }

  /** Makes the file smaller by at most 40 MB. Returns by how many pages. */
  async giveBack(): Promise<number> {
    let returned = 0;
    for (let slice = 0; slice < slicesMax; slice++) {
      const pages = Math.min(this.#free() - keptPages, slicePages);
      if (pages <= 0) break;
      await this.#writer.write(() => this.#db.pragma(`incremental_vacuum(${pages})`));
      returned += pages;
    }
    return returned;
  }

  #free(): number {
    return Number(this.#db.pragma('freelist_count', { simple: true }));
  }
}
