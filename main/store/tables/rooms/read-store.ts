import { Queries } from '../../queries.ts';

/** The unread messages of a user in one channel. */
export interface UnreadRow {
  readonly room_id: string;
  readonly channel_id: string;
  /** Messages of others, among the newest `countedMax` that arrived after the mark. */
  readonly unread: number;
  /** Messages that mention the user. */
  readonly mentions: number;
  /** The first of them in the timeline. */
  readonly first_unread: string | null;
  readonly muted: 0 | 1;
}

interface UnreadEvent {
  readonly room_id: string;
  readonly event_id: string;
  readonly received_at: number;
}

/**
 * Counting stops at so many messages of a channel, so that a count costs the same after a night and after a year.
 */
export const countedMax = 200;

const newest = `
  SELECT m.seq, m.sender, m.depth FROM messages m INDEXED BY messages_by_arrival
  WHERE m.room_id = c.room_id AND m.channel_id = c.channel_id AND m.shown = 1 AND m.deleted = 0
    AND m.seq > coalesce(r.seq, 0) ORDER BY m.seq DESC LIMIT ${countedMax}`;
// Events before the user's join in the room's order are history, whenever they arrived.
const unread = `
  WITH mine AS MATERIALIZED (
    SELECT b.room_id, b.user_id,
      coalesce((SELECT min(f.depth) FROM room_member_facts f WHERE f.room_id = b.room_id
        AND f.user_id = b.user_id AND f.change = 'join' AND f.depth > coalesce(
          (SELECT max(g.depth) FROM room_member_facts g WHERE g.room_id = b.room_id
            AND g.user_id = b.user_id AND g.change <> 'join'), -1)), -1) AS since
    FROM room_members b WHERE b.user_id = ? AND b.state = 'joined' AND b.room_id = ?)
  SELECT c.room_id, c.channel_id,
    EXISTS (SELECT 1 FROM muted_rooms WHERE user_id = mine.user_id AND room_id = mine.room_id) AS muted,
    (SELECT count(*) FROM (${newest}) n
      WHERE n.sender <> mine.user_id AND n.depth > mine.since) AS unread,
    (SELECT e.event_id FROM (${newest}) n JOIN messages e ON e.seq = n.seq
      WHERE n.sender <> mine.user_id AND n.depth > mine.since
      ORDER BY e.depth, e.event_id LIMIT 1) AS first_unread,
    (SELECT count(*) FROM (
      SELECT t.seq FROM mentions t WHERE t.user_id = mine.user_id AND t.room_id = c.room_id
        AND t.channel_id = c.channel_id AND t.seq > coalesce(r.seq, 0)
        ORDER BY t.seq DESC LIMIT ${countedMax}) n
      JOIN messages m ON m.seq = n.seq AND m.shown = 1 AND m.deleted = 0
      WHERE m.sender <> mine.user_id AND m.depth > mine.since) AS mentions
  FROM mine JOIN channels c ON c.room_id = mine.room_id
  LEFT JOIN read_marks r
    ON r.user_id = mine.user_id AND r.room_id = c.room_id AND r.channel_id = c.channel_id`;

/** Stores how far each local user has read (docs/decisions/0056-unread-by-arrival.md). */
export class ReadStore extends Queries {
  readonly #mute = this.changed<[string, string]>(
    'INSERT INTO muted_rooms (user_id, room_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  readonly #unmute = this.changed<[string, string]>(
    'DELETE FROM muted_rooms WHERE user_id = ? AND room_id = ?',
  );
  readonly #hide = this.changed<[string, string]>(
    `INSERT INTO hidden_rooms (user_id, room_id, seq)
     SELECT ?, ?, coalesce((SELECT max(seq) FROM federation_events), 0) WHERE true
     ON CONFLICT DO UPDATE SET seq = excluded.seq`,
  );
  readonly #unhide = this.changed<[string, string]>(
    'DELETE FROM hidden_rooms WHERE user_id = ? AND room_id = ?',
  );
  readonly #mentioned = this.values<[string, string, string, number], string>(`
    SELECT t.user_id FROM room_members b INDEXED BY room_members_by_server
      CROSS JOIN mentions t ON t.user_id = b.user_id AND t.room_id = b.room_id
    WHERE b.server = ? AND b.room_id = ? AND b.state = 'joined' AND t.channel_id = ? AND t.seq = ?`);
  readonly #unreadSince = this.rows<[string, string, number, number, string], UnreadEvent>(`
    SELECT e.room_id, e.event_id, e.received_at FROM federation_events e JOIN messages m ON m.seq = e.seq
    JOIN room_members b ON b.room_id = e.room_id AND b.user_id = ? AND b.state = 'joined'
    LEFT JOIN read_marks r ON r.user_id = ? AND r.room_id = m.room_id AND r.channel_id = m.channel_id
    WHERE e.seq > ? AND e.received_at >= ? AND e.sender <> ? AND m.shown = 1 AND m.deleted = 0
      AND m.seq > coalesce(r.seq, 0) ORDER BY e.seq`);
  readonly #mentioning = this.values<[string, string, string], number>(`
    SELECT t.seq FROM json_each(?) q JOIN mentions t ON t.user_id = ? AND t.room_id = ?
      AND t.channel_id = q.value ->> 0 AND t.seq = q.value ->> 1`);

  /** The unread messages of a user in each channel of a room; empty if they are not in it. */
  readonly unread = this.rows<[userId: string, roomId: string], UnreadRow>(unread);

  /** Whether a message is shown, and arrived after what the user has read of its channel. */
  readonly isUnread = this.has<[userId: string, seq: number]>(`
    SELECT 1 AS found FROM messages m LEFT JOIN read_marks r
      ON r.user_id = ? AND r.room_id = m.room_id AND r.channel_id = m.channel_id
    WHERE m.seq = ? AND m.shown = 1 AND m.deleted = 0 AND m.seq > coalesce(r.seq, 0)`);

  /**
   * Inside a transaction: the user has read a channel up to this place in arrival order, but not past the last event.
   * Returns whether that is further than before.
   */
  readonly mark = this.changed<[userId: string, roomId: string, channelId: string, seq: number]>(`
    INSERT INTO read_marks (user_id, room_id, channel_id, seq)
    SELECT ?, ?, ?, min(?, coalesce((SELECT max(seq) FROM federation_events), 0)) WHERE true
    ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE excluded.seq > seq`);

  readonly isMuted = this.has<[userId: string, roomId: string]>(
    'SELECT room_id FROM muted_rooms WHERE user_id = ? AND room_id = ?',
  );

  /** How many rooms the user muted. */
  readonly mutedOf = this.number<[userId: string]>(
    'SELECT count(*) AS count FROM muted_rooms WHERE user_id = ?',
  );

  /** Whether the user removed the room from their list. */
  readonly isHidden = this.has<[userId: string, roomId: string]>(
    'SELECT room_id FROM hidden_rooms WHERE user_id = ? AND room_id = ?',
  );

  /** Whether the user removed a direct chat from their list, and nobody wrote there since. */
  readonly isPutAway = this.has<[userId: string, roomId: string]>(`
    SELECT 1 AS one FROM hidden_rooms h WHERE h.user_id = ? AND h.room_id = ? AND NOT EXISTS
      (SELECT 1 FROM channels c JOIN messages m ON m.room_id = c.room_id AND m.channel_id = c.channel_id
       WHERE c.room_id = h.room_id AND m.seq > h.seq AND m.shown = 1 AND m.deleted = 0)`);

  /** Messages of others that the user hasn't read, after this place in arrival order and not before this time. */
  unreadSince(userId: string, seq: number, receivedAfter: number): UnreadEvent[] {
    return this.#unreadSince(userId, userId, seq, receivedAfter, userId);
  }

  /** Inside a transaction. Returns whether anything changed. */
  setMuted(userId: string, roomId: string, muted: boolean): boolean {
    return (muted ? this.#mute : this.#unmute)(userId, roomId);
  }

  /** Inside a transaction. Returns whether anything changed. */
  setHidden(userId: string, roomId: string, hidden: boolean): boolean {
    return (hidden ? this.#hide : this.#unhide)(userId, roomId);
  }

  /** Finds the users of this server in the room whom a message mentions. */
  mentioned(
    server: string,
    message: { readonly room_id: string; readonly channel_id: string; readonly seq: number },
  ): string[] {
    const { room_id, channel_id, seq } = message;
    return this.#mentioned(server, room_id, channel_id, seq);
  }

  /** Picks those of these messages of one room that mention the user. */
  mentioning(
    userId: string,
    roomId: string,
    messages: readonly { readonly seq: number; readonly channel_id: string }[],
  ): Set<number> {
    const list = JSON.stringify(messages.map(({ channel_id, seq }) => [channel_id, seq]));
    return new Set(this.#mentioning(list, userId, roomId));
  }
}
