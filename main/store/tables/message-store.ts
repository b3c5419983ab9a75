import type { Db } from '../database.ts';

export interface MessageRow {
  readonly seq: number;
  readonly room_id: string;
  readonly channel_id: string;
  readonly event_id: string;
  readonly message_id: string;
  /** origin_server/message_id */
  readonly message_key: string;
  readonly sender: string;
  readonly depth: number;
  /** The event that says what it says now; null where no text is left. */
  readonly text_seq: number | null;
  readonly edited_at: number | null;
  readonly deleted: 0 | 1;
}

export interface TimelineRow extends MessageRow {
  readonly origin_server: string;
  readonly origin_ts: number;
  /** Its own event, and that of `text_seq`, as they are stored. */
  readonly event_body: string;
  readonly text_body: string | null;
  readonly files_unsigned: 0 | 1;
}

export interface ReactionRow {
  readonly message_seq: number;
  readonly emoji: string;
  readonly user_id: string;
}

/** Where a page of the timeline begins: everything before this place. */
export interface TimelineCursor {
  readonly depth: number;
  readonly eventId: string;
}

/** Messages and reactions as they stand now: a projection, which can be thrown away and made again. */
export class MessageStore {
  private readonly statements;

  constructor(db: Db) {
    const page = (channel: string) =>
      `SELECT m.*, e.origin_server, e.origin_ts, e.files_unsigned, e.body AS event_body, t.body AS text_body
       FROM messages m JOIN federation_events e ON e.seq = m.seq LEFT JOIN federation_events t ON t.seq = m.text_seq
       WHERE m.room_id = ? ${channel} AND (m.depth, m.event_id) < (?, ?)
       ORDER BY m.depth DESC, m.event_id DESC LIMIT ?`;
    this.statements = {
      put: db.prepare(
        `INSERT INTO messages (seq, room_id, channel_id, event_id, message_id, message_key, sender, depth, text_seq,
           edited_at, deleted)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (seq) DO UPDATE SET text_seq = excluded.text_seq, edited_at = excluded.edited_at,
           deleted = excluded.deleted`,
      ),
      remove: db.prepare('DELETE FROM messages WHERE seq = ?'),
      byEvent: db.prepare<[string], MessageRow>('SELECT * FROM messages WHERE event_id = ?'),
      byTarget: db.prepare<[string, string, string], MessageRow>(
        `SELECT * FROM messages WHERE room_id = ? AND seq IN
           (SELECT seq FROM messages WHERE event_id = ? UNION SELECT seq FROM messages WHERE message_key = ?)`,
      ),
      clearRoom: db.prepare('DELETE FROM messages WHERE room_id = ?'),
      clearReactions: db.prepare('DELETE FROM reactions WHERE message_seq = ?'),
      clearRoomReactions: db.prepare(
        'DELETE FROM reactions WHERE message_seq IN (SELECT seq FROM messages WHERE room_id = ?)',
      ),
      addReaction: db.prepare(
        'INSERT INTO reactions (message_seq, place, emoji, user_id) VALUES (?, ?, ?, ?)',
      ),
      reactions: db.prepare<[string], ReactionRow>(
        `SELECT message_seq, emoji, user_id FROM reactions
         WHERE message_seq IN (SELECT value FROM json_each(?)) ORDER BY message_seq, place`,
      ),
      page: db.prepare<[string, number, string, number], TimelineRow>(page('')),
      channelPage: db.prepare<[string, string, number, string, number], TimelineRow>(
        page('AND m.channel_id = ?'),
      ),
    };
  }

  put(message: MessageRow): void {
    const m = message;
    this.statements.put.run(
      m.seq,
      m.room_id,
      m.channel_id,
      m.event_id,
      m.message_id,
      m.message_key,
      m.sender,
      m.depth,
      m.text_seq,
      m.edited_at,
      m.deleted,
    );
  }

  remove(seq: number): void {
    this.statements.clearReactions.run(seq);
    this.statements.remove.run(seq);
  }

  byEventId(eventId: string): MessageRow | undefined {
    return this.statements.byEvent.get(eventId);
  }

  /** The messages of a room that a target (see event-content.ts) means. */
  byTarget(roomId: string, target: string): MessageRow[] {
    return this.statements.byTarget.all(roomId, target, target);
  }

  setReactions(seq: number, reactions: readonly { readonly emoji: string; readonly user: string }[]): void {
    this.statements.clearReactions.run(seq);
    reactions.forEach((reaction, place) => {
      this.statements.addReaction.run(seq, place, reaction.emoji, reaction.user);
    });
  }

  reactions(seqs: readonly number[]): ReactionRow[] {
    return this.statements.reactions.all(JSON.stringify(seqs));
  }

  clearRoom(roomId: string): void {
    this.statements.clearRoomReactions.run(roomId);
    this.statements.clearRoom.run(roomId);
  }

  /** Newest first, from just before `before`. */
  page(
    roomId: string,
    channelId: string | null,
    before: TimelineCursor | null,
    limit: number,
  ): TimelineRow[] {
    // No event id reaches U+10FFFF, so this stands after every place in the order.
    const { depth, eventId } = before ?? { depth: Number.MAX_SAFE_INTEGER, eventId: '\u{10ffff}' };
    return channelId === null
      ? this.statements.page.all(roomId, depth, eventId, limit)
      : this.statements.channelPage.all(roomId, channelId, depth, eventId, limit);
  }
}
