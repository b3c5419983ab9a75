import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import type { Db } from '../database.ts';
import { type MessageRow, type Reaction, withKeySql } from '../tables/rooms/message-store.ts';

/** The messages of rooms and their reactions, for the rules (see event-table.ts). */
export class MessageTable {
  readonly #statements;

  constructor(db: Db) {
    const shown = 'room_id = ? AND channel_id = ? AND shown = 1 AND deleted';
    this.#statements = {
      add: db.prepare(
        `INSERT OR REPLACE INTO messages (seq, room_id, channel_id, event_id, message_key, sender, depth, text_seq, edited_at,
           deleted, shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      mention: db.prepare<{ called: string; room: string; channel: string; seq: number }>(
        `INSERT OR IGNORE INTO mentions (user_id, room_id, channel_id, seq)
         SELECT u.user_id, $room, $channel, $seq FROM json_each($called) q JOIN users u ON u.localpart = q.value
         UNION SELECT u.user_id, $room, $channel, $seq FROM json_each($called) q
           JOIN users u ON u.user_id = '@' || q.value
         UNION SELECT r.user_id, $room, $channel, $seq FROM json_each($called) q
           JOIN remote_user_ids r ON r.room_id = $room AND '#' || r.remote_id = q.value`,
      ),
      bySeq: db.prepare<[number], MessageRow>('SELECT * FROM messages WHERE seq = ?'),
      named: db.prepare<{ name: string; room: string }, MessageRow>(
        `SELECT * FROM messages WHERE room_id = $room AND seq IN (
           SELECT seq FROM federation_events WHERE event_id = $name
           UNION ALL SELECT seq FROM messages WHERE ${withKeySql('messages', '$name')})`,
      ),
      setText: db.prepare<[number | null, number | null, number]>(
        'UPDATE messages SET text_seq = ?, edited_at = ? WHERE seq = ?',
      ),
      setDeleted: db.prepare<[number]>(
        'UPDATE messages SET text_seq = NULL, edited_at = NULL, deleted = 1 WHERE seq = ?',
      ),
      setShown: db.prepare<[0 | 1, number]>('UPDATE messages SET shown = ? WHERE seq = ?'),
      shownIn: db.prepare<[string, string], { event_id: string }>(
        `SELECT event_id FROM messages INDEXED BY messages_by_arrival WHERE ${shown} = 0 LIMIT 1`,
      ),
      deletedIn: db.prepare<[string, string], { event_id: string }>(
        `SELECT event_id FROM messages INDEXED BY messages_deleted WHERE ${shown} = 1 LIMIT 1`,
      ),
      inChannel: db.prepare<{ room: string; channel: string }, MessageRow>(
        `SELECT * FROM messages INDEXED BY messages_by_arrival
         WHERE room_id = $room AND channel_id = $channel AND shown = 1 AND deleted = 0
         UNION ALL SELECT m.* FROM federation_events e CROSS JOIN messages m ON m.seq = e.seq
         WHERE e.room_id = $room AND e.state <> 1 AND m.channel_id = $channel AND m.shown = 0 AND m.deleted = 0`,
      ),
      remove: db.prepare<[number]>('DELETE FROM messages WHERE seq = ?'),
      addFile: db.prepare<[number, number, string, number, string, string | null]>(
        'INSERT OR REPLACE INTO message_files (seq, nr, hash, size, sender, id) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      clearFiles: db.prepare<[number]>('DELETE FROM message_files WHERE seq = ?'),
      react: db.prepare(
        `INSERT INTO reactions (message_seq, user_id, emoji, depth, event_id, given) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET depth = excluded.depth, event_id = excluded.event_id, given = excluded.given
         WHERE (excluded.depth, excluded.event_id) > (depth, event_id)`,
      ),
      reaction: db.prepare<[number, string, string], Reaction>(
        'SELECT * FROM reactions WHERE message_seq = ? AND user_id = ? AND emoji = ?',
      ),
      forgetReaction: db.prepare<[number, string, string]>(
        'DELETE FROM reactions WHERE message_seq = ? AND user_id = ? AND emoji = ?',
      ),
      clearReactions: db.prepare<[number]>('DELETE FROM reactions WHERE message_seq = ?'),
      // In a damaged database, the event of a message may be gone.
      dropStrays: db.prepare<[string]>(
        `DELETE FROM messages INDEXED BY messages_by_arrival WHERE room_id = ? AND shown = 1 AND deleted = 0
           AND NOT EXISTS (SELECT 1 FROM federation_events e
             WHERE e.seq = messages.seq AND e.room_id = messages.room_id AND e.event_type = 'm.message')`,
      ),
    };
  }

  add(m: MessageRow, files: readonly FileNote[] = []): void {
    this.#statements.add.run(
      ...[m.seq, m.room_id, m.channel_id, m.event_id, m.message_key, m.sender, m.depth],
      ...[m.text_seq, m.edited_at, m.deleted, m.shown],
    );
    if (m.deleted === 1) return;
    for (const [nr, { hash, size, id }] of files.entries())
      if (hash !== null) this.#statements.addFile.run(m.seq, nr, hash, size ?? 0, m.sender, id);
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
    this.#statements.mention.run({
      called: JSON.stringify([...called]),
      room: room_id,
      channel: channel_id,
      seq,
    });
  }

  bySeq(seq: number): MessageRow | undefined {
    return this.#statements.bySeq.get(seq);
  }

  /** The messages in a room that a target (see event-content.ts) can mean, shown or not. */
  named(roomId: string, target: string): MessageRow[] {
    return this.#statements.named.all({ name: target, room: roomId });
  }

  /** Sets which event has the current text (null if no event has it any more), and when the message was edited. */
  setText(seq: number, textSeq: number | null, editedAt: number | null): void {
    this.#statements.setText.run(textSeq, editedAt, seq);
  }

  /** Deletes everything about the message, including its reactions. Its files go once no other message names them. */
  setDeleted(seq: number): void {
    this.#statements.setDeleted.run(seq);
    this.#statements.clearReactions.run(seq);
    this.#statements.clearFiles.run(seq);
  }

  /** The messages in a channel that aren't deleted, shown or not. */
  inChannel(roomId: string, channelId: string): MessageRow[] {
    return this.#statements.inChannel.all({ room: roomId, channel: channelId });
  }

  setShown(seq: number, shown: boolean): void {
    this.#statements.setShown.run(shown ? 1 : 0, seq);
  }

  /** The event ID of a message in the channel that is shown, deleted or not; null without one. */
  shownIn(roomId: string, channelId: string): string | null {
    const { shownIn, deletedIn } = this.#statements;
    return (shownIn.get(roomId, channelId) ?? deletedIn.get(roomId, channelId))?.event_id ?? null;
  }

  remove(seq: number): void {
    this.#statements.clearReactions.run(seq);
    this.#statements.clearFiles.run(seq);
    this.#statements.remove.run(seq);
  }

  /** Adds or removes a reaction, unless a later event in the room's order has decided about it. */
  react(r: Reaction): void {
    this.#statements.react.run(r.message_seq, r.user_id, r.emoji, r.depth, r.event_id, r.given);
  }

  /** The last reaction or removal of a user for an emoji of a message. */
  reaction(seq: number, userId: string, emoji: string): Reaction | undefined {
    return this.#statements.reaction.get(seq, userId, emoji);
  }

  forgetReaction(seq: number, userId: string, emoji: string): void {
    this.#statements.forgetReaction.run(seq, userId, emoji);
  }

  /** Removes messages of a room that no event made. */
  dropStrays(roomId: string): void {
    this.#statements.dropStrays.run(roomId);
  }
}
