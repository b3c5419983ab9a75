import { Queries } from '../../queries.ts';

export interface HeldRow {
  readonly id: number;
  readonly event_id: string;
  /** The quarantined server: the event's origin, or the hop that sent it. */
  readonly server_name: string;
  readonly hop: string;
  readonly room_id: string;
  readonly event_type: string;
  readonly sender: string;
  readonly origin_ts: number;
  readonly body: string;
  readonly received_at: number;
  /** The message that an edit or reaction is about; for a message, its own name (origin_server/message_id). */
  readonly about: string | null;
}

export type HeldPlace = Pick<HeldRow, 'event_id' | 'event_type' | 'sender' | 'about'>;

/** Events that wait for the owner's decision, and those the owner discarded. */
export class HeldStore extends Queries {
  /**
   * Rows were removed, and SQLite may have left copies of others behind. True at the start, because the last run may
   * have removed some.
   */
  #hasGaps = true;

  readonly #counts = this.rows<[], { server_name: string; n: number }>(
    'SELECT server_name, count(*) AS n FROM federation_held_events GROUP BY server_name',
  );
  readonly #any = this.has<[]>('SELECT id FROM federation_held_events LIMIT 1');
  readonly #remove = this.run('DELETE FROM federation_held_events WHERE event_id = ?');
  readonly #discard = this.run('INSERT OR IGNORE INTO federation_discarded_events (event_id) VALUES (?)');

  readonly page = this.rows<[serverName: string, afterId: number, limit: number], HeldRow>(
    'SELECT * FROM federation_held_events WHERE server_name = ? AND id > ? ORDER BY id LIMIT ?',
  );

  readonly isDiscarded = this.has<[eventId: string]>(
    'SELECT 1 FROM federation_discarded_events WHERE event_id = ?',
  );

  counts(): Map<string, number> {
    return new Map(this.#counts().map((row) => [row.server_name, row.n]));
  }

  /** Rows were removed. */
  leavesGaps(): void {
    this.#hasGaps = true;
  }

  /**
   * Inside a transaction: rewrites the table if something was removed from it, so that no copy of a text remains in a
   * page that SQLite moved it out of. The table is short (`heldEventsMax`). True if there was anything to do.
   */
  closeGaps(): boolean {
    if (!this.#hasGaps) return false;
    this.#hasGaps = false;
    if (!this.#any()) return true;
    this.db.exec(`
      CREATE TABLE held_copy AS SELECT * FROM federation_held_events ORDER BY id;
      DELETE FROM federation_held_events;
      INSERT INTO federation_held_events SELECT * FROM held_copy ORDER BY id;
      DROP TABLE held_copy;
    `);
    return true;
  }

  /** A transaction was rolled back, perhaps with the rewrite in it. */
  undone(): void {
    this.#hasGaps = true;
  }

  discard(eventId: string): void {
    this.#remove(eventId);
    this.leavesGaps();
    this.#discard(eventId);
  }
}
