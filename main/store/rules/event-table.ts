import { hash } from 'node:crypto';
import { comparePositions, type Position } from '../../../shared/protocol/room-state.ts';
import { tuning } from '../../config.ts';
import type { Db } from '../database.ts';
import { isErased, isErasedSql } from '../erased-body.ts';
import { Queries } from '../queries.ts';
import type { ErasureStore } from '../tables/rooms/erasure-store.ts';
import {
  byDepthSql,
  type EditRow,
  type EventPlace,
  type EventRow,
  type EventState,
  isChannelDeletedSql,
  type MessageNames,
} from '../tables/rooms/event-store.ts';
import { besideTextBytes } from '../tables/rooms/share-store.ts';
import type { SearchTable } from './search-table.ts';

/** The leave or removal of a user, and when this server learned of it. */
type WentOut = Pick<EventRow, 'origin_server' | 'origin_ts' | 'received_from' | 'received_at'>;

/** An event before it is stored. */
export type NewEvent = Omit<EventRow, 'seq'>;

/** Another copy of a stored event. */
export type Copy = Pick<EventRow, 'body' | 'files_unsigned' | 'key_id'> & { readonly hop: string | null };

const events = 'SELECT * FROM federation_events WHERE';
const about = 'room_id = ? AND target = ?';
const edits = `${about} AND event_type = 'm.message.edit' AND sender = ?`;
const reactions = `${about} AND event_type IN ('m.reaction.add', 'm.reaction.remove') AND state = 1`;
const [after, inOrder] = ['(depth, event_id) > (?, ?)', 'ORDER BY depth, event_id LIMIT ?'];
const placeColumns = 'seq, event_id, event_type, sender, origin_server, depth, state';

/** The stored events, for the rules. Everything here runs in the transaction of the event that is decided. */
export class EventTable extends Queries {
  readonly #erasures: Pick<ErasureStore, 'needsScrub'>;
  readonly #search: Pick<SearchTable, 'changeText'>;

  readonly #isDropped = this.has<[string, number, Buffer]>(
    'SELECT 1 AS one FROM dropped_events WHERE room_id = ? AND depth = ? AND hash = ?',
  );
  readonly #insert = this.inserts<[NewEvent]>(`
    INSERT INTO federation_events (event_id, room_id, event_type, sender, origin_server, origin_ts, depth,
      target, subject, state, body, key_id, files_unsigned, received_from, received_at)
    VALUES ($event_id, $room_id, $event_type, $sender, $origin_server, $origin_ts, $depth,
      $target, $subject, $state, $body, $key_id, $files_unsigned, $received_from, $received_at)`);
  readonly #share = this.run<[string, string, number]>(`
    INSERT INTO room_shares (room_id, server, bytes) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes`);
  readonly #replaceCopy = this.run<[string, 0 | 1, string | null, string, number]>(
    `UPDATE federation_events SET body = ?, files_unsigned = ?, received_from = ?, key_id = ? WHERE seq = ?`,
  );
  readonly #setState = this.run<[EventState, number]>('UPDATE federation_events SET state = ? WHERE seq = ?');
  readonly #setBody = this.run<[string, number]>('UPDATE federation_events SET body = ? WHERE seq = ?');
  readonly #isSpokenOf = this.has<[string, string]>(`
    SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM federation_events WHERE target = ?)
    OR EXISTS (SELECT 1 FROM federation_events WHERE target = ?)`);
  readonly #latestEdits = this.rows<[string, string, string], EditRow>(`
    SELECT seq, event_id, depth, origin_ts, ${isErasedSql('body')} AS erased FROM federation_events
    WHERE ${edits} AND state = 1 ORDER BY depth DESC, event_id DESC LIMIT 2`);
  readonly #reactionsTo = this.rows<[string, string], EventRow>(`${events} ${reactions}`);
  readonly #reactionsBy = this.rows<[string, string, string], EventRow>(
    `${events} ${reactions} AND sender = ?`,
  );
  readonly #isDeletedBy = this.has<[string, string, string, number]>(`
    SELECT 1 AS one FROM federation_events INDEXED BY federation_events_about
    WHERE ${about} AND event_type = 'm.message.delete' AND sender = ? AND state = 1 AND seq <> ? LIMIT 1`);
  readonly #isDeletedFrom = this.has<[string, string, string, number]>(`
    SELECT 1 AS one FROM federation_events INDEXED BY federation_events_deletes
    WHERE ${about} AND origin_server = ? AND event_type = 'm.message.delete' AND state = 1 AND seq <> ? LIMIT 1`);
  readonly #isChannelDeleted = this.has<[string, string]>(isChannelDeletedSql);
  readonly #placesOf = this.rows<[{ room: string; user: string; from: number; to: number }], EventPlace>(
    `${byDepthSql(
      placeColumns,
      'room_id = $room AND depth BETWEEN $from AND $to AND sender = $user',
    )} ORDER BY depth, event_id`,
  );
  readonly #writtenBetween = this.rows<
    [{ room: string; from: number; to: number; limit: number }],
    EventPlace
  >(
    `SELECT * FROM (${byDepthSql(placeColumns, 'room_id = $room AND depth BETWEEN $from AND $to')})
     WHERE event_type IN ('m.message', 'm.message.edit', 'm.reaction.add', 'm.reaction.remove') LIMIT $limit`,
  );
  readonly #infoAfter = this.value<[string, number, string], number>(`
    SELECT depth FROM federation_events INDEXED BY federation_events_infos
    WHERE room_id = ? AND event_type = 'm.room.info' AND state = 1 AND (depth, event_id) > (?, ?)
    ORDER BY depth, event_id LIMIT 1`);
  readonly #messagesAfter = this.rows<[string, number, string, number], EventRow>(
    `${events} room_id = ? AND ${after} AND event_type = 'm.message' ${inOrder}`,
  );
  readonly #othersAfter = this.rows<[string, number, string, number], EventPlace>(
    `SELECT ${placeColumns} FROM federation_events WHERE room_id = ? AND ${after} AND event_type <> 'm.message' ${inOrder}`,
  );

  readonly byId = this.row<[eventId: string], EventRow>(`${events} event_id = ?`);

  readonly bySeq = this.row<[seq: number], EventRow>(`${events} seq = ?`);

  /** Whether the owner has discarded this event. */
  readonly isDiscarded = this.has<[eventId: string]>(
    'SELECT 1 AS one FROM federation_discarded_events WHERE event_id = ?',
  );

  /** Removes what was known about an event, so that the event itself can be stored. */
  // The row keeps its place in the table, because removing rows would make SQLite move others (erased-body.ts).
  readonly retire = this.run<[seq: number]>(`
    UPDATE federation_events SET event_id = '-' || substr(event_id, 2), room_id = '-' || substr(room_id, 2),
      state = 0 WHERE seq = ?`);

  /** All events about a name, applied or not. */
  readonly effectsOn = this.rows<[roomId: string, name: string], EventRow>(`${events} ${about}`);

  /** The edits among them by one user. */
  readonly editsBy = this.rows<[roomId: string, name: string, sender: string], EventRow>(
    `${events} ${edits}`,
  );

  /** Edits whose sender is not a member at that point. */
  readonly pendingEditsBy = this.rows<[roomId: string, name: string, sender: string], EventRow>(
    `${events} ${edits} AND state = 0`,
  );

  // Must match the condition of its index, "state <> 1".
  readonly pendingCount = this.number<[roomId: string, origin: string]>(`
    SELECT count(*) AS n FROM federation_events
    WHERE room_id = ? AND origin_server = ? AND state <> 1 AND state = 0`);

  /** How many deletes came from a server; counts no further than `pendingEventsMax`. */
  readonly deletesCount = this.number<[roomId: string, origin: string]>(`
    SELECT count(*) AS n FROM (SELECT 1 FROM federation_events
    WHERE room_id = ? AND origin_server = ? AND event_type = 'm.message.delete' LIMIT ${tuning.pendingEventsMax})`);

  /** The first leave or removal of a user that arrived after the event with that sequence number. */
  readonly outAfter = this.row<[roomId: string, userId: string, seq: number], WentOut>(`
    SELECT origin_server, origin_ts, received_from, received_at FROM federation_events
    WHERE room_id = ? AND subject = ? AND seq > ? AND event_type = 'm.member.leave' ORDER BY seq LIMIT 1`);

  /** The joins, leaves, descriptions and deleted channels of a room that aren't ahead of the time, in its order. */
  readonly aboutRoom = this.rows<[roomId: string], EventRow>(`
    ${events} room_id = ? AND event_type IN ('m.member.join', 'm.member.leave', 'm.room.info', 'm.channel.delete')
      AND state <> 2 AND event_type <> 'm.message' ORDER BY depth, event_id`);

  constructor(db: Db, erasures: Pick<ErasureStore, 'needsScrub'>, search: Pick<SearchTable, 'changeText'>) {
    super(db);
    this.#search = search;
    this.#erasures = erasures;
  }

  /** Stores an event, and returns its sequence number. */
  insert(row: NewEvent): number {
    const { room_id, received_from, body } = row;
    const seq = this.#insert(row);
    if (received_from !== null)
      this.#share(room_id, received_from, Buffer.byteLength(body) + besideTextBytes);
    return seq;
  }

  /** Whether the event was here until the owner's limits removed it. */
  isDropped({ event_id, room_id, depth }: Pick<EventRow, 'event_id' | 'room_id' | 'depth'>): boolean {
    return this.#isDropped(room_id, depth, hash('sha256', event_id, 'buffer'));
  }

  isErased(seq: number): boolean {
    const row = this.bySeq(seq);
    return row !== undefined && isErased(row);
  }

  /** Replaces the event by another copy of it. Events written here came from no other server. */
  replaceCopy(row: EventRow, { body, files_unsigned, hop, key_id }: Copy): void {
    const from = row.received_from === null ? null : hop;
    this.#search.changeText(row.seq, () => this.#replaceCopy(body, files_unsigned, from, key_id, row.seq));
  }

  setState(seq: number, state: EventState): void {
    this.#setState(state, seq);
  }

  /** Overwrites an event's text by what is left of it (erased-body.ts), and its words in the index. */
  erase(seq: number, left: string): void {
    this.#search.changeText(seq, () => this.#setBody(left, seq));
    this.#erasures.needsScrub();
  }

  /** Whether there is any event about the message, applied or not, in any room. */
  isSpokenOf({ event_id, message_key }: MessageNames): boolean {
    return this.#isSpokenOf(event_id, message_key);
  }

  /** The last applied edit by the message's author, and the one before it. */
  latestEdits(roomId: string, message: MessageNames & { readonly sender: string }): EditRow[] {
    return [message.event_id, message.message_key]
      .flatMap((name) => this.#latestEdits(roomId, name, message.sender))
      .sort((a, b) => comparePositions(positionOf(b), positionOf(a)))
      .slice(0, 2);
  }

  /** Applied reactions to a message, in no particular order. */
  reactionsTo(roomId: string, { event_id, message_key }: MessageNames): EventRow[] {
    return [event_id, message_key].flatMap((name) => this.#reactionsTo(roomId, name));
  }

  /** Returns the reactions of one user, last one first. */
  reactionsBy(roomId: string, { event_id, message_key }: MessageNames, userId: string): EventRow[] {
    return [event_id, message_key]
      .flatMap((name) => this.#reactionsBy(roomId, name, userId))
      .sort((a, b) => comparePositions(positionOf(b), positionOf(a)));
  }

  /** Whether a delete of this name is applied in the room: by `sender` or by the room's home. The event `except` doesn't count. */
  isDeleted(
    roomId: string,
    name: string,
    { sender = null, home = null }: { readonly sender?: string | null; readonly home?: string | null },
    except = -1,
  ): boolean {
    if (sender !== null && this.#isDeletedBy(roomId, name, sender, except)) return true;
    return home !== null && this.#isDeletedFrom(roomId, name, home, except);
  }

  /** Whether the room's home has deleted the channel, which is for good. */
  isChannelDeleted(roomId: string, channelId: string): boolean {
    return this.#isChannelDeleted(channelId, roomId);
  }

  /** The positions of a user's events between two depths (inclusive), in the room's order. */
  placesOf(roomId: string, userId: string, from: number, to: number): EventPlace[] {
    return this.#placesOf({ room: roomId, user: userId, from, to });
  }

  /** At most `limit` messages, edits and reactions from a description of a room on, up to the next one. */
  writtenUnder(roomId: string, { depth, eventId }: Position, limit: number): EventPlace[] {
    const to = this.#infoAfter(roomId, depth, eventId) ?? Number.MAX_SAFE_INTEGER;
    return this.#writtenBetween({ room: roomId, from: depth, to, limit });
  }

  /** Reads at most `limit` messages after a place in a room's order. */
  messagesAfter(roomId: string, { depth, eventId }: Position, limit: number): EventRow[] {
    return this.#messagesAfter(roomId, depth, eventId, limit);
  }

  /** The events that are no messages. */
  othersAfter(roomId: string, { depth, eventId }: Position, limit: number): EventPlace[] {
    return this.#othersAfter(roomId, depth, eventId, limit);
  }
}

const positionOf = (row: { readonly depth: number; readonly event_id: string }) => ({
  depth: row.depth,
  eventId: row.event_id,
});
