import { orderEnd, type Position } from '../../../../shared/protocol/room-state.ts';
import { Queries } from '../../queries.ts';

export interface MessageRow {
  readonly seq: number;
  readonly room_id: string;
  readonly channel_id: string;
  readonly event_id: string;
  /** origin_server/message_id */
  readonly message_key: string;
  readonly sender: string;
  readonly depth: number;
  /** The event with the current text; null if no text is left. */
  readonly text_seq: number | null;
  readonly edited_at: number | null;
  readonly deleted: 0 | 1;
  /** Whether it applies. */
  readonly shown: 0 | 1;
}

export const messageIdOf = ({ message_key }: Pick<MessageRow, 'message_key'>): string =>
  message_key.slice(message_key.indexOf('/') + 1);

/** The messages with a key, in SQL, by the index on the number in it. */
export const withKeySql = (messages: string, key: string): string => {
  const numberIn = (text: string) => `CAST(substr(${text}, instr(${text}, '/') + 1) AS INTEGER)`;
  const column = `${messages}.message_key`;
  return `${numberIn(column)} = ${numberIn(key)} AND ${column} = ${key}`;
};

/** A message, and which of its names was asked for. */
interface NamedRow extends MessageRow {
  readonly name: string;
}

export interface TimelineRow extends MessageRow {
  readonly origin_server: string;
  readonly origin_ts: number;
  /** The message's own event, and that of `text_seq`, as stored. */
  readonly event_body: string;
  readonly text_body: string | null;
  readonly files_unsigned: 0 | 1;
}

interface ReactionRow {
  readonly message_seq: number;
  readonly emoji: string;
  readonly user_id: string;
}

/** The last event of a user about one emoji of a message. */
export interface Reaction {
  readonly message_seq: number;
  readonly user_id: string;
  readonly emoji: string;
  readonly depth: number;
  readonly event_id: string;
  /** 0 if it was removed. */
  readonly given: 0 | 1;
}

const columns =
  'm.*, e.origin_server, e.origin_ts, e.files_unsigned, e.body AS event_body, t.body AS text_body';
const page = (channel: string) =>
  `SELECT ${columns} FROM federation_events e CROSS JOIN messages m ON m.seq = e.seq
   LEFT JOIN federation_events t ON t.seq = m.text_seq
   WHERE e.room_id = ? AND e.event_type = 'm.message' ${channel} AND m.shown = 1
     AND (e.depth, e.event_id) < (?, ?)
   ORDER BY e.depth DESC, e.event_id DESC LIMIT ?`;

/** Messages of a room that are read to find the next one in a channel. A quiet channel may have none among many. */
const besideMax = 100;
const seqBeside = (side: '<' | '>', order: 'ASC' | 'DESC') =>
  `SELECT m.seq FROM (
     SELECT seq, depth, event_id FROM federation_events
     WHERE room_id = ? AND event_type = 'm.message' AND (depth, event_id) ${side} (?, ?)
     ORDER BY depth ${order}, event_id ${order} LIMIT ${besideMax}) n CROSS JOIN messages m ON m.seq = n.seq
   WHERE m.channel_id = ? AND m.shown = 1 ORDER BY n.depth ${order}, n.event_id ${order} LIMIT 1`;

/** The event that deleted a message. */
interface Deletion {
  readonly sender: string;
  readonly origin_server: string;
  readonly body: string;
}

/** The current messages and reactions: a projection, which can be deleted and rebuilt. */
export class MessageStore extends Queries {
  readonly #answered = this.rows<[string, string], TimelineRow>(`
    SELECT ${columns} FROM json_each(?) q CROSS JOIN federation_events e ON e.event_id = q.value
    CROSS JOIN messages m ON m.seq = e.seq LEFT JOIN federation_events t ON t.seq = m.text_seq
    WHERE m.room_id = ? AND m.shown = 1`);
  readonly #deletedByAuthor = this.row<[string, string, string], Deletion>(`
    SELECT sender, origin_server, body FROM federation_events INDEXED BY federation_events_about
    WHERE room_id = ? AND target = ? AND event_type = 'm.message.delete' AND sender = ? AND state = 1 LIMIT 1`);
  readonly #deletedByHome = this.row<[string, string, string], Deletion>(`
    SELECT sender, origin_server, body FROM federation_events INDEXED BY federation_events_deletes
    WHERE room_id = ? AND target = ? AND origin_server = ? AND event_type = 'm.message.delete' AND state = 1
    LIMIT 1`);
  readonly #named = this.rows<[string, string], NamedRow>(`SELECT m.*, q.value AS name FROM json_each(?) q
      CROSS JOIN federation_events e ON e.event_id = q.value CROSS JOIN messages m ON m.seq = e.seq
    UNION ALL SELECT m.*, q.value AS name FROM json_each(?) q
      CROSS JOIN messages m ON ${withKeySql('m', 'q.value')}`);
  readonly #reactions = this.rows<[string], ReactionRow>(`SELECT message_seq, emoji, user_id FROM reactions
    WHERE message_seq IN (SELECT value FROM json_each(?)) AND given = 1
    ORDER BY message_seq, emoji, depth, event_id`);
  readonly #page = this.rows<[string, number, string, number], TimelineRow>(page(''));
  readonly #channelPage = this.rows<[string, string, number, string, number], TimelineRow>(
    page('AND m.channel_id = ?'),
  );

  readonly #seqBefore = this.value<[string, number, string, string], number>(seqBeside('<', 'DESC'));
  readonly #seqAfter = this.value<[string, number, string, string], number>(seqBeside('>', 'ASC'));

  /** A message that is shown. */
  readonly byEventId = this.row<[eventId: string], MessageRow>(`SELECT * FROM messages
    WHERE seq = (SELECT seq FROM federation_events WHERE event_id = ?) AND shown = 1`);

  /** The last event of a user about an emoji. */
  readonly reaction = this.row<[seq: number, userId: string, emoji: string], Reaction>(
    'SELECT * FROM reactions WHERE message_seq = ? AND user_id = ? AND emoji = ?',
  );

  /** A message as the timeline shows it, if it does. */
  readonly shown = this.row<[seq: number], TimelineRow>(`
    SELECT ${columns} FROM messages m JOIN federation_events e ON e.seq = m.seq
    LEFT JOIN federation_events t ON t.seq = m.text_seq WHERE m.seq = ? AND m.shown = 1`);

  /** The event that deleted a message, of its author or of its room's home. Null if that isn't known. */
  deletionOf({ event_id, message_key, room_id, sender }: MessageRow, home: string): Deletion | null {
    const names = [event_id, message_key];
    const rows = [
      ...names.map((name) => this.#deletedByAuthor(room_id, name, sender)),
      ...names.map((name) => this.#deletedByHome(room_id, name, home)),
    ];
    return rows.find((row) => row !== undefined) ?? null;
  }

  /** The messages that targets (see event-content.ts) can mean, shown or not, in any room. */
  named(targets: readonly string[]): NamedRow[] {
    const list = JSON.stringify(targets);
    return this.#named(list, list);
  }

  reactions(seqs: readonly number[]): ReactionRow[] {
    return this.#reactions(JSON.stringify(seqs));
  }

  /** The messages of a room with these event IDs, in no order; those that it doesn't show are missing. */
  answered(roomId: string, eventIds: readonly string[]): TimelineRow[] {
    return eventIds.length === 0 ? [] : this.#answered(JSON.stringify(eventIds), roomId);
  }

  /** The messages before and after it in its channel; undefined for one that is far away in the room. */
  beside({
    room_id,
    channel_id,
    depth,
    event_id,
  }: MessageRow): Record<'before' | 'after', TimelineRow | undefined> {
    const shown = (seq: number | undefined) => (seq === undefined ? undefined : this.shown(seq));
    return {
      before: shown(this.#seqBefore(room_id, depth, event_id, channel_id)),
      after: shown(this.#seqAfter(room_id, depth, event_id, channel_id)),
    };
  }

  /** Newest first, from just before `before`. */
  page(roomId: string, channelId: string | null, before: Position | null, limit: number): TimelineRow[] {
    const { depth, eventId } = before ?? orderEnd;
    return channelId === null
      ? this.#page(roomId, depth, eventId, limit)
      : this.#channelPage(roomId, channelId, depth, eventId, limit);
  }
}
