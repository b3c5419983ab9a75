import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import type { Db } from '../database.ts';
import { Queries } from '../queries.ts';
import { type MessageRow, type Reaction, withKeySql } from '../tables/rooms/message-store.ts';
import type { SearchTable } from './search-table.ts';

const shown = 'room_id = ? AND channel_id = ? AND shown = 1 AND deleted';

/** The messages of rooms and their reactions, for the rules (see event-table.ts). */
export class MessageTable extends Queries {
  readonly search: SearchTable;
  readonly #add = this.run(`
    INSERT OR REPLACE INTO messages (seq, room_id, channel_id, event_id, message_key, sender, depth, text_seq, edited_at,
      deleted, shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  readonly #mention = this.run<[{ called: string; room: string; channel: string; seq: number }]>(`
    INSERT OR IGNORE INTO mentions (user_id, room_id, channel_id, seq)
    SELECT u.user_id, $room, $channel, $seq FROM json_each($called) q JOIN users u ON u.localpart = q.value
    UNION SELECT u.user_id, $room, $channel, $seq FROM json_each($called) q
      JOIN users u ON u.user_id = '@' || q.value
    UNION SELECT r.user_id, $room, $channel, $seq FROM json_each($called) q
      JOIN remote_user_ids r ON r.room_id = $room AND '#' || r.remote_id = q.value`);
  readonly #named = this.rows<[{ name: string; room: string }], MessageRow>(`
    SELECT * FROM messages WHERE room_id = $room AND seq IN (
      SELECT seq FROM federation_events WHERE event_id = $name
      UNION ALL SELECT seq FROM messages WHERE ${withKeySql('messages', '$name')})`);
  readonly #setText = this.run<[number | null, number | null, number]>(
    'UPDATE messages SET text_seq = ?, edited_at = ? WHERE seq = ?',
  );
  readonly #setDeleted = this.run<[number]>(
    'UPDATE messages SET text_seq = NULL, edited_at = NULL, deleted = 1 WHERE seq = ?',
  );
  readonly #setShown = this.run<[0 | 1, number]>('UPDATE messages SET shown = ? WHERE seq = ?');
  readonly #shownIn = this.row<[string, string], { event_id: string }>(
    `SELECT event_id FROM messages INDEXED BY messages_by_arrival WHERE ${shown} = 0 LIMIT 1`,
  );
  readonly #deletedIn = this.row<[string, string], { event_id: string }>(
    `SELECT event_id FROM messages INDEXED BY messages_deleted WHERE ${shown} = 1 LIMIT 1`,
  );
  readonly #inChannel = this.rows<[{ room: string; channel: string }], MessageRow>(`
    SELECT * FROM messages INDEXED BY messages_by_arrival
    WHERE room_id = $room AND channel_id = $channel AND shown = 1 AND deleted = 0
    UNION ALL SELECT m.* FROM federation_events e CROSS JOIN messages m ON m.seq = e.seq
    WHERE e.room_id = $room AND e.state <> 1 AND m.channel_id = $channel AND m.shown = 0 AND m.deleted = 0`);
  readonly #remove = this.run<[number]>('DELETE FROM messages WHERE seq = ?');
  readonly #addFile = this.run<[number, number, string, number, string, string | null]>(
    'INSERT OR REPLACE INTO message_files (seq, nr, hash, size, sender, id) VALUES (?, ?, ?, ?, ?, ?)',
  );
  readonly #clearFiles = this.run<[number]>('DELETE FROM message_files WHERE seq = ?');
  readonly react = this.run<[reaction: Reaction]>(`
    INSERT INTO reactions (message_seq, user_id, emoji, depth, event_id, given)
    VALUES ($message_seq, $user_id, $emoji, $depth, $event_id, $given)
    ON CONFLICT DO UPDATE SET depth = excluded.depth, event_id = excluded.event_id, given = excluded.given
    WHERE (excluded.depth, excluded.event_id) > (depth, event_id)`);
  readonly #clearReactions = this.run<[number]>('DELETE FROM reactions WHERE message_seq = ?');

  readonly bySeq = this.row<[seq: number], MessageRow>('SELECT * FROM messages WHERE seq = ?');

  /** The last reaction or removal of a user for an emoji of a message. */
  readonly reaction = this.row<[seq: number, userId: string, emoji: string], Reaction>(
    'SELECT * FROM reactions WHERE message_seq = ? AND user_id = ? AND emoji = ?',
  );

  readonly forgetReaction = this.run<[seq: number, userId: string, emoji: string]>(
    'DELETE FROM reactions WHERE message_seq = ? AND user_id = ? AND emoji = ?',
  );

  readonly #dropStrays = this.changed<[roomId: string]>(`
    DELETE FROM messages INDEXED BY messages_by_arrival WHERE room_id = ? AND shown = 1 AND deleted = 0
      AND NOT EXISTS (SELECT 1 FROM federation_events e
        WHERE e.seq = messages.seq AND e.room_id = messages.room_id AND e.event_type = 'm.message')`);

  constructor(db: Db, search: SearchTable) {
    super(db);
    this.search = search;
  }

  /** Removes messages of a room that no event made. */
  // In a damaged database, the event of a message may be gone.
  dropStrays(roomId: string): void {
    if (this.#dropStrays(roomId)) this.search.reset();
  }

  add(m: MessageRow, files: readonly FileNote[] = []): void {
    this.search.change(m.seq, () =>
      this.#add(
        ...[m.seq, m.room_id, m.channel_id, m.event_id, m.message_key, m.sender, m.depth],
        ...[m.text_seq, m.edited_at, m.deleted, m.shown],
      ),
    );
    if (m.deleted === 1) return;
    for (const [nr, { hash, size, id }] of files.entries())
      if (hash !== null) this.#addFile(m.seq, nr, hash, size ?? 0, m.sender, id);
  }

  /**
   * Records which local users a new message mentions. `called`: local parts, user IDs without their `@`, or `#` and the
   * number by which the room's home knows a user of ours.
   */
  mention(
    { seq, room_id, channel_id }: Pick<MessageRow, 'seq' | 'room_id' | 'channel_id'>,
    called: ReadonlySet<string>,
  ): void {
    if (called.size === 0) return;
    this.#mention({
      called: JSON.stringify([...called]),
      room: room_id,
      channel: channel_id,
      seq,
    });
  }

  /** The messages in a room that a target (see event-content.ts) can mean, shown or not. */
  named(roomId: string, target: string): MessageRow[] {
    return this.#named({ name: target, room: roomId });
  }

  /** Sets which event has the current text (null if no event has it any more), and when the message was edited. */
  setText(seq: number, textSeq: number | null, editedAt: number | null): void {
    this.search.change(seq, () => this.#setText(textSeq, editedAt, seq));
  }

  /** Deletes everything about the message, including its reactions. Its files go once no other message names them. */
  setDeleted(seq: number): void {
    this.search.change(seq, () => this.#setDeleted(seq));
    this.#clearAbout(seq);
  }

  /** The same for one whose text is erased later. Its words are erased with the text. */
  setDeletedForNow(seq: number): void {
    this.#setDeleted(seq);
    this.#clearAbout(seq);
  }

  #clearAbout(seq: number): void {
    this.#clearReactions(seq);
    this.#clearFiles(seq);
  }

  /** The messages in a channel that aren't deleted, shown or not. */
  inChannel(roomId: string, channelId: string): MessageRow[] {
    return this.#inChannel({ room: roomId, channel: channelId });
  }

  setShown(seq: number, shown: boolean): void {
    this.search.change(seq, () => this.#setShown(shown ? 1 : 0, seq));
  }

  /** The event ID of a message in the channel that is shown, deleted or not; null without one. */
  shownIn(roomId: string, channelId: string): string | null {
    return (this.#shownIn(roomId, channelId) ?? this.#deletedIn(roomId, channelId))?.event_id ?? null;
  }

  remove(seq: number): void {
    this.#clearAbout(seq);
    this.search.change(seq, () => this.#remove(seq));
  }

  /** Adds or removes a reaction, unless a later event in the room's order has decided about it. */
}
