import type { Db } from './database.ts';
import type { EventRow } from './event-store.ts';
import type { Writer } from './writer.ts';

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
  /** True from the start: the run before may have ended between erasing and `scrub`. */
  private unscrubbed = true;

  constructor(db: Db, writer: Writer) {
    this.writer = writer;
    this.statements = {
      erase: db.prepare(
        'UPDATE federation_events SET body = ?, erased_at = ?, erased_hash = ? WHERE seq = ?',
      ),
      dropPlaceholder: db.prepare(
        'DELETE FROM federation_events WHERE seq = ? AND erased_at IS NOT NULL AND erased_hash IS NULL',
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

  /** `hash`: of the text that was signed; null for an event we never had. */
  erase(seq: number, body: string, hash: string | null, now: number): void {
    this.statements.erase.run(body, now, hash, seq);
    this.unscrubbed = true;
  }

  /** Something else was removed whose text must not stay in the files. */
  noteRemoved(): void {
    this.unscrubbed = true;
  }

  /** Forgets an erased event that we know of only from the room's home. */
  dropPlaceholder(seq: number): void {
    this.statements.dropPlaceholder.run(seq);
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
   * Erased texts are overwritten in the database's pages (`secure_delete`), but until the log beside it is emptied
   * they can be read there. False if a reader is in the way: try again later. Free when nothing was erased.
   */
  scrub(): boolean {
    if (!this.unscrubbed) return true;
    if (!this.writer.emptyLog()) return false;
    this.unscrubbed = false;
    return true;
  }
}
