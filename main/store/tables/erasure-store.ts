import type { UnsignedEvent } from '../../../shared/protocol/envelope.ts';
import type { Db } from '../database.ts';
import { writeErased } from '../erased-body.ts';
import type { Writer } from '../writer.ts';
import type { EventRow } from './event-store.ts';
import type { HeldStore } from './held-store.ts';

/** A delete that counts, or would if its sender were entitled to it. */
export interface DeleteRow {
  readonly room_id: string;
  readonly sender: string;
  readonly origin_server: string;
}

/** What erasing asks of the stored events, and which texts are still to be erased. */
export class ErasureStore {
  private readonly statements;
  private readonly writer: Writer;
  private readonly held: HeldStore;
  /** True from the start: the run before may have ended between erasing and `scrub`. */
  private unscrubbed = true;

  constructor(db: Db, writer: Writer, held: HeldStore) {
    this.writer = writer;
    this.held = held;
    this.statements = {
      erase: db.prepare('UPDATE federation_events SET body = ? WHERE seq = ?'),
      // Its place in the table stays: removing rows would make SQLite move others (erased-body.ts).
      retire: db.prepare(
        `UPDATE federation_events SET event_id = '-' || substr(event_id, 2), room_id = '-' || substr(room_id, 2),
           state = 0 WHERE seq = ?`,
      ),
      deletes: db.prepare<[string, string], DeleteRow>(
        `SELECT room_id, sender, origin_server FROM federation_events
         WHERE target IN (?, ?) AND event_type = 'm.message.delete' AND state = 1`,
      ),
      deletesOf: db.prepare<[string, string], { n: number }>(
        `SELECT count(*) AS n FROM federation_events
         WHERE room_id = ? AND origin_server = ? AND event_type = 'm.message.delete'`,
      ),
      effects: db.prepare<[string, string], EventRow>(
        'SELECT * FROM federation_events WHERE target IN (?, ?)',
      ),
      withoutEffect: db.prepare<[string, string], EventRow>(
        `SELECT * FROM federation_events
         WHERE room_id = ? AND origin_server = ? AND state <> 1 AND event_type = 'm.message'`,
      ),
      addDue: db.prepare('INSERT OR IGNORE INTO erasures_due (seq) VALUES (?)'),
      addEdited: db.prepare(
        'INSERT OR IGNORE INTO erasures_due SELECT seq FROM messages WHERE edited_at IS NOT NULL',
      ),
      due: db.prepare<[number, number], { seq: number }>(
        'SELECT seq FROM erasures_due WHERE seq > ? ORDER BY seq LIMIT ?',
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
    this.statements.erase.run(writeErased(left, how, Buffer.byteLength(row.body)), row.seq);
    this.unscrubbed = true;
  }

  /** Takes what was known of an event out of the way, so that the event itself can be stored. */
  retire(seq: number): void {
    this.statements.retire.run(seq);
  }

  /** Deletes that name a message, which goes by its event id and by origin and message id. */
  deletesAbout(eventId: string, messageKey: string): DeleteRow[] {
    return this.statements.deletes.all(eventId, messageKey);
  }

  countDeletesOf(roomId: string, originServer: string): number {
    return this.statements.deletesOf.get(roomId, originServer)?.n ?? 0;
  }

  /** Everything about a message, in force or not. */
  effectsOn(eventId: string, messageKey: string): EventRow[] {
    return this.statements.effects.all(eventId, messageKey);
  }

  /** Messages of a server that have no effect (yet): few, because their number is bounded. */
  messagesWithoutEffect(roomId: string, originServer: string): EventRow[] {
    return this.statements.withoutEffect.all(roomId, originServer);
  }

  /** The message has texts to erase that could not be erased at once. */
  addDue(seq: number): void {
    this.statements.addDue.run(seq);
  }

  /** The earlier versions of every edited message are to be erased. */
  addEverythingEdited(): void {
    this.statements.addEdited.run();
  }

  due(afterSeq: number, limit: number): number[] {
    return this.statements.due.all(afterSeq, limit).map((row) => row.seq);
  }

  removeDue(seq: number): void {
    this.statements.removeDue.run(seq);
  }

  /**
   * Erased texts are overwritten in the database's pages, but until the log beside it is emptied they can be read
   * there. False if a reader is in the way: try again later. Free when nothing was erased.
   */
  async scrub(): Promise<boolean> {
    if (await this.writer.write(() => this.held.closeGaps())) this.unscrubbed = true;
    if (!this.unscrubbed) return true;
    if (!this.writer.emptyLog()) return false;
    this.unscrubbed = false;
    return true;
  }
}
