import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Db } from '../database.ts';
import { writeErased } from '../erased-body.ts';
import type { Writer } from '../writer.ts';
import type { EventRow } from './event-store.ts';
import type { HeldStore } from './held-store.ts';

/** Whose deletes are looked for: a user's, or those of all that come from a room's home. */
export type Deleter = { readonly sender: string } | { readonly home: string };

export interface DeletedQuestion {
  readonly name: string;
  readonly roomId: string;
  /** Whose delete counts; `null` for that of the home alone. */
  readonly sender: string | null;
  readonly home: string;
}

/** What erasing asks of the stored events, and which texts are still to be erased. */
export class ErasureStore {
  readonly #statements;
  readonly #writer: Writer;
  readonly #held: HeldStore;
  /** True from the start: the run before may have ended between erasing and `scrub`. */
  #unscrubbed = true;

  constructor(db: Db, writer: Writer, held: HeldStore) {
    this.#writer = writer;
    this.#held = held;
    this.#statements = {
      erase: db.prepare('UPDATE federation_events SET body = ? WHERE seq = ?'),
      // Its place in the table stays: removing rows would make SQLite move others (erased-body.ts).
      retire: db.prepare(
        `UPDATE federation_events SET event_id = '-' || substr(event_id, 2), room_id = '-' || substr(room_id, 2),
           state = 0 WHERE seq = ?`,
      ),
      deletedBySender: db.prepare<[string, string, string, number]>(
        `SELECT 1 FROM federation_events INDEXED BY federation_events_about
         WHERE target = ? AND room_id = ? AND event_type = 'm.message.delete' AND sender = ? AND state = 1
           AND seq <> ? LIMIT 1`,
      ),
      deletedByHome: db.prepare<[string, string, string, number]>(
        `SELECT 1 FROM federation_events INDEXED BY federation_events_deletes
         WHERE target = ? AND room_id = ? AND origin_server = ? AND event_type = 'm.message.delete' AND state = 1
           AND seq <> ? LIMIT 1`,
      ),
      deletedAmong: db.prepare<[string], { key: number }>(
        `SELECT q.key FROM json_each(?) q WHERE EXISTS (
           SELECT 1 FROM federation_events INDEXED BY federation_events_about
           WHERE target = q.value ->> 0 AND room_id = q.value ->> 1 AND event_type = 'm.message.delete'
             AND sender = q.value ->> 2 AND state = 1)
         OR EXISTS (
           SELECT 1 FROM federation_events INDEXED BY federation_events_deletes
           WHERE target = q.value ->> 0 AND room_id = q.value ->> 1 AND origin_server = q.value ->> 3
             AND event_type = 'm.message.delete' AND state = 1)`,
      ),
      deletesOf: db.prepare<[string, string, number], { n: number }>(
        `SELECT count(*) AS n FROM (SELECT 1 FROM federation_events
         WHERE room_id = ? AND origin_server = ? AND event_type = 'm.message.delete' LIMIT ?)`,
      ),
      effects: db.prepare<[string, string], EventRow>(
        'SELECT * FROM federation_events WHERE target = ? AND room_id = ?',
      ),
      editsBy: db.prepare<[string, string, string], EventRow>(
        `SELECT * FROM federation_events
         WHERE target = ? AND room_id = ? AND event_type = 'm.message.edit' AND sender = ?`,
      ),
      waitingEditsBy: db.prepare<[string, string, string], EventRow>(
        `SELECT * FROM federation_events
         WHERE target = ? AND room_id = ? AND event_type = 'm.message.edit' AND sender = ? AND state = 0`,
      ),
      addDue: db.prepare('INSERT OR IGNORE INTO erasures_due (seq) VALUES (?)'),
      setWaits: db.prepare('UPDATE erasures_due SET waits = 1 WHERE seq = ?'),
      addEdited: db.prepare(
        'INSERT OR IGNORE INTO erasures_due (seq) SELECT seq FROM messages WHERE edited_at IS NOT NULL',
      ),
      due: db.prepare<[number, number], { seq: number }>(
        'SELECT seq FROM erasures_due WHERE waits = 0 AND seq > ? ORDER BY seq LIMIT ?',
      ),
      removeDue: db.prepare('DELETE FROM erasures_due WHERE seq = ?'),
    };
  }

  /** Writes over an event's text. */
  erase(
    row: Pick<EventRow, 'seq' | 'body'>,
    left: UnsignedEvent,
    how: Parameters<typeof writeErased>[1],
  ): void {
    this.#statements.erase.run(writeErased(left, how, Buffer.byteLength(row.body)), row.seq);
    this.#unscrubbed = true;
  }

  /** A text was written over. */
  needsScrub(): void {
    this.#unscrubbed = true;
  }

  /** Takes what was known of an event out of the way, so that the event itself can be stored. */
  retire(seq: number): void {
    this.#statements.retire.run(seq);
  }

  /** Which of these names were deleted in their room, by the sender or by the room's home; by their places in the list. */
  deletedAmong(asked: readonly DeletedQuestion[]): ReadonlySet<number> {
    const list = asked.map(({ name, roomId, sender, home }) => [name, roomId, sender, home]);
    return new Set(this.#statements.deletedAmong.all(JSON.stringify(list)).map((row) => row.key));
  }

  /** Whether another delete of this name than the event `except` is in force in the room. */
  isDeletedOtherwise(roomId: string, name: string, by: Deleter, except: number): boolean {
    const found =
      'home' in by
        ? this.#statements.deletedByHome.get(name, roomId, by.home, except)
        : this.#statements.deletedBySender.get(name, roomId, by.sender, except);
    return found !== undefined;
  }

  /** How many deletes came from a server; counts no further than `max`. */
  countDeletesOf(roomId: string, originServer: string, max: number): number {
    return this.#statements.deletesOf.get(roomId, originServer, max)?.n ?? 0;
  }

  /** Everything that was said about a message by this name, in force or not. */
  effectsOn(roomId: string, name: string): EventRow[] {
    return this.#statements.effects.all(name, roomId);
  }

  /** The edits among them by one user. */
  editsBy(roomId: string, name: string, sender: string): EventRow[] {
    return this.#statements.editsBy.all(name, roomId, sender);
  }

  /** Those that wait for their sender to be a member. */
  waitingEditsBy(roomId: string, name: string, sender: string): EventRow[] {
    return this.#statements.waitingEditsBy.all(name, roomId, sender);
  }

  /** The message has texts to erase that could not be erased at once. */
  addDue(seq: number): void {
    this.#statements.addDue.run(seq);
  }

  /** The earlier versions of every edited message are to be erased. */
  addEverythingEdited(): void {
    this.#statements.addEdited.run();
  }

  /** It is due once its first version is not on its way to anybody any more. */
  waitUntilSent(seq: number): void {
    this.#statements.setWaits.run(seq);
  }

  due(afterSeq: number, limit: number): number[] {
    return this.#statements.due.all(afterSeq, limit).map((row) => row.seq);
  }

  removeDue(seq: number): void {
    this.#statements.removeDue.run(seq);
  }

  /**
   * Erased texts are overwritten in the database's pages, but until the log beside it is emptied they can be read
   * there. False if a reader is in the way: try again later. Free when nothing was erased.
   */
  async scrub(): Promise<boolean> {
    if (await this.#writer.write(() => this.#held.closeGaps())) this.#unscrubbed = true;
    if (!this.#unscrubbed) return true;
    if (!this.#writer.emptyLog()) return false;
    this.#unscrubbed = false;
    return true;
  }
}
