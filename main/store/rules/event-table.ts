import { hash } from 'node:crypto';
import { comparePositions, type Position } from '../../../shared/protocol/room-state.ts';
import { tuning } from '../../config.ts';
import type { Db } from '../database.ts';
import { isErased, isErasedSql } from '../erased-body.ts';
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

/** The leave or removal of a user, and when this server learned of it. */
type WentOut = Pick<EventRow, 'origin_server' | 'origin_ts' | 'received_from' | 'received_at'>;

/** An event before it is stored. */
export type NewEvent = Omit<EventRow, 'seq'>;

/** Another copy of a stored event. */
export type Copy = Pick<EventRow, 'body' | 'files_unsigned' | 'key_id'> & { readonly hop: string | null };

/** The stored events, for the rules. Everything here runs in the transaction of the event that is decided. */
export class EventTable {
  readonly #statements;
  readonly #erasures: Pick<ErasureStore, 'needsScrub'>;

  constructor(db: Db, erasures: Pick<ErasureStore, 'needsScrub'>) {
    this.#erasures = erasures;
    const events = 'SELECT * FROM federation_events WHERE';
    const about = 'room_id = ? AND target = ?';
    const edits = `${about} AND event_type = 'm.message.edit' AND sender = ?`;
    const reactions = `${about} AND event_type IN ('m.reaction.add', 'm.reaction.remove') AND state = 1`;
    const [after, inOrder] = ['(depth, event_id) > (?, ?)', 'ORDER BY depth, event_id LIMIT ?'];
    const placeColumns = 'seq, event_id, event_type, sender, origin_server, depth, state';
    const one = <K extends unknown[]>(sql: string) => db.prepare<K, { one: number }>(sql);
    this.#statements = {
      byId: db.prepare<[string], EventRow>(`${events} event_id = ?`),
      bySeq: db.prepare<[number], EventRow>(`${events} seq = ?`),
      isDiscarded: one<[string]>('SELECT 1 AS one FROM federation_discarded_events WHERE event_id = ?'),
      isDropped: one<[string, number, Buffer]>(
        'SELECT 1 AS one FROM dropped_events WHERE room_id = ? AND depth = ? AND hash = ?',
      ),
      insert: db.prepare(
        `INSERT INTO federation_events (event_id, room_id, event_type, sender, origin_server, origin_ts, depth,
           target, subject, state, body, key_id, files_unsigned, received_from, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      share: db.prepare<[string, string, number]>(
        `INSERT INTO room_shares (room_id, server, bytes) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes`,
      ),
      // The row keeps its place in the table, because removing rows would make SQLite move others (erased-body.ts).
      retire: db.prepare<[number]>(
        `UPDATE federation_events SET event_id = '-' || substr(event_id, 2), room_id = '-' || substr(room_id, 2),
           state = 0 WHERE seq = ?`,
      ),
      replaceCopy: db.prepare<[string, 0 | 1, string | null, string, number]>(
        `UPDATE federation_events SET body = ?, files_unsigned = ?, received_from = ?, key_id = ? WHERE seq = ?`,
      ),
      setState: db.prepare<[EventState, number]>('UPDATE federation_events SET state = ? WHERE seq = ?'),
      setBody: db.prepare<[string, number]>('UPDATE federation_events SET body = ? WHERE seq = ?'),
      isSpokenOf: one<[string, string]>(
        `SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM federation_events WHERE target = ?)
         OR EXISTS (SELECT 1 FROM federation_events WHERE target = ?)`,
      ),
      effectsOn: db.prepare<[string, string], EventRow>(`${events} ${about}`),
      editsBy: db.prepare<[string, string, string], EventRow>(`${events} ${edits}`),
      pendingEditsBy: db.prepare<[string, string, string], EventRow>(`${events} ${edits} AND state = 0`),
      latestEdits: db.prepare<[string, string, string], EditRow>(
        `SELECT seq, event_id, depth, origin_ts, ${isErasedSql('body')} AS erased FROM federation_events
         WHERE ${edits} AND state = 1 ORDER BY depth DESC, event_id DESC LIMIT 2`,
      ),
      reactionsTo: db.prepare<[string, string], EventRow>(`${events} ${reactions}`),
      reactionsBy: db.prepare<[string, string, string], EventRow>(`${events} ${reactions} AND sender = ?`),
      isDeletedBy: one<[string, string, string, number]>(
        `SELECT 1 AS one FROM federation_events INDEXED BY federation_events_about
         WHERE ${about} AND event_type = 'm.message.delete' AND sender = ? AND state = 1 AND seq <> ? LIMIT 1`,
      ),
      isDeletedFrom: one<[string, string, string, number]>(
        `SELECT 1 AS one FROM federation_events INDEXED BY federation_events_deletes
         WHERE ${about} AND origin_server = ? AND event_type = 'm.message.delete' AND state = 1 AND seq <> ? LIMIT 1`,
      ),
      isChannelDeleted: one<[string, string]>(isChannelDeletedSql),
      placesOf: db.prepare<{ room: string; user: string; from: number; to: number }, EventPlace>(
        `${byDepthSql(
          placeColumns,
          'room_id = $room AND depth BETWEEN $from AND $to AND sender = $user',
        )} ORDER BY depth, event_id`,
      ),
      // Must match the condition of its index, "state <> 1".
      pendingCount: db.prepare<[string, string], { n: number }>(
        `SELECT count(*) AS n FROM federation_events
         WHERE room_id = ? AND origin_server = ? AND state <> 1 AND state = 0`,
      ),
      deletesCount: db.prepare<[string, string], { n: number }>(
        `SELECT count(*) AS n FROM (SELECT 1 FROM federation_events
         WHERE room_id = ? AND origin_server = ? AND event_type = 'm.message.delete' LIMIT ${tuning.pendingEventsMax})`,
      ),
      outAfter: db.prepare<[string, string, number], WentOut>(
        `SELECT origin_server, origin_ts, received_from, received_at FROM federation_events
         WHERE room_id = ? AND subject = ? AND seq > ? AND event_type = 'm.member.leave' ORDER BY seq LIMIT 1`,
      ),
      aboutRoom: db.prepare<[string], EventRow>(
        `${events} room_id = ? AND event_type IN ('m.member.join', 'm.member.leave', 'm.room.info', 'm.channel.delete')
           AND state <> 2 AND event_type <> 'm.message' ORDER BY depth, event_id`,
      ),
      messagesAfter: db.prepare<[string, number, string, number], EventRow>(
        `${events} room_id = ? AND ${after} AND event_type = 'm.message' ${inOrder}`,
      ),
      othersAfter: db.prepare<[string, number, string, number], EventPlace>(
        `SELECT ${placeColumns} FROM federation_events WHERE room_id = ? AND ${after} AND event_type <> 'm.message' ${inOrder}`,
      ),
    };
  }

  /** Stores an event, and returns its sequence number. */
  insert(row: NewEvent): number {
    const { room_id, received_from, body } = row;
    const { lastInsertRowid } = this.#statements.insert.run(
      ...[row.event_id, room_id, row.event_type, row.sender, row.origin_server, row.origin_ts, row.depth],
      ...[row.target, row.subject, row.state, body, row.key_id, row.files_unsigned],
      ...[received_from, row.received_at],
    );
    if (received_from !== null)
      this.#statements.share.run(room_id, received_from, Buffer.byteLength(body) + besideTextBytes);
    return Number(lastInsertRowid);
  }

  byId(eventId: string): EventRow | undefined {
    return this.#statements.byId.get(eventId);
  }

  bySeq(seq: number): EventRow | undefined {
    return this.#statements.bySeq.get(seq);
  }

  /** Whether the owner has discarded this event. */
  isDiscarded(eventId: string): boolean {
    return this.#statements.isDiscarded.get(eventId) !== undefined;
  }

  /** Whether the event was here until the owner's limits removed it. */
  isDropped({ event_id, room_id, depth }: Pick<EventRow, 'event_id' | 'room_id' | 'depth'>): boolean {
    return this.#statements.isDropped.get(room_id, depth, hash('sha256', event_id, 'buffer')) !== undefined;
  }

  isErased(seq: number): boolean {
    const row = this.bySeq(seq);
    return row !== undefined && isErased(row);
  }

  /** Removes what was known about an event, so that the event itself can be stored. */
  retire(seq: number): void {
    this.#statements.retire.run(seq);
  }

  /** Replaces the event by another copy of it. Events written here came from no other server. */
  replaceCopy(row: EventRow, { body, files_unsigned, hop, key_id }: Copy): void {
    const from = row.received_from === null ? null : hop;
    this.#statements.replaceCopy.run(body, files_unsigned, from, key_id, row.seq);
  }

  setState(seq: number, state: EventState): void {
    this.#statements.setState.run(state, seq);
  }

  /** Overwrites an event's text by what is left of it (erased-body.ts). */
  erase(seq: number, left: string): void {
    this.#statements.setBody.run(left, seq);
    this.#erasures.needsScrub();
  }

  /** Whether there is any event about the message, applied or not, in any room. */
  isSpokenOf({ event_id, message_key }: MessageNames): boolean {
    return this.#statements.isSpokenOf.get(event_id, message_key) !== undefined;
  }

  /** All events about a name, applied or not. */
  effectsOn(roomId: string, name: string): EventRow[] {
    return this.#statements.effectsOn.all(roomId, name);
  }

  /** The edits among them by one user. */
  editsBy(roomId: string, name: string, sender: string): EventRow[] {
    return this.#statements.editsBy.all(roomId, name, sender);
  }

  /** Those whose sender is not a member at that point. */
  pendingEditsBy(roomId: string, name: string, sender: string): EventRow[] {
    return this.#statements.pendingEditsBy.all(roomId, name, sender);
  }

  /** The last applied edit by the message's author, and the one before it. */
  latestEdits(roomId: string, message: MessageNames & { readonly sender: string }): EditRow[] {
    const { latestEdits } = this.#statements;
    return [message.event_id, message.message_key]
      .flatMap((name) => latestEdits.all(roomId, name, message.sender))
      .sort((a, b) => comparePositions(positionOf(b), positionOf(a)))
      .slice(0, 2);
  }

  /** Applied reactions to a message, in no particular order. */
  reactionsTo(roomId: string, { event_id, message_key }: MessageNames): EventRow[] {
    return [event_id, message_key].flatMap((name) => this.#statements.reactionsTo.all(roomId, name));
  }

  /** Those of one user, last one first. */
  reactionsBy(roomId: string, { event_id, message_key }: MessageNames, userId: string): EventRow[] {
    return [event_id, message_key]
      .flatMap((name) => this.#statements.reactionsBy.all(roomId, name, userId))
      .sort((a, b) => comparePositions(positionOf(b), positionOf(a)));
  }

  /** Whether a delete of this name is applied in the room: by `sender` or by the room's home. The event `except` doesn't count. */
  isDeleted(
    roomId: string,
    name: string,
    { sender = null, home = null }: { readonly sender?: string | null; readonly home?: string | null },
    except = -1,
  ): boolean {
    const { isDeletedBy, isDeletedFrom } = this.#statements;
    if (sender !== null && isDeletedBy.get(roomId, name, sender, except) !== undefined) return true;
    return home !== null && isDeletedFrom.get(roomId, name, home, except) !== undefined;
  }

  /** Whether the room's home has deleted the channel, which is for good. */
  isChannelDeleted(roomId: string, channelId: string): boolean {
    return this.#statements.isChannelDeleted.get(channelId, roomId) !== undefined;
  }

  /** The positions of a user's events between two depths (inclusive), in the room's order. */
  placesOf(roomId: string, userId: string, from: number, to: number): EventPlace[] {
    return this.#statements.placesOf.all({ room: roomId, user: userId, from, to });
  }

  pendingCount(roomId: string, origin: string): number {
    return this.#statements.pendingCount.get(roomId, origin)?.n ?? 0;
  }

  /** How many deletes came from a server; counts no further than `pendingEventsMax`. */
  deletesCount(roomId: string, origin: string): number {
    return this.#statements.deletesCount.get(roomId, origin)?.n ?? 0;
  }

  /** The first leave or removal of a user that arrived after the event with that sequence number. */
  outAfter(roomId: string, userId: string, seq: number): WentOut | undefined {
    return this.#statements.outAfter.get(roomId, userId, seq);
  }

  /** The joins, leaves, descriptions and deleted channels of a room that aren't ahead of the time, in its order. */
  aboutRoom(roomId: string): EventRow[] {
    return this.#statements.aboutRoom.all(roomId);
  }

  /** Reads at most `limit` messages after a place in a room's order. */
  messagesAfter(roomId: string, { depth, eventId }: Position, limit: number): EventRow[] {
    return this.#statements.messagesAfter.all(roomId, depth, eventId, limit);
  }

  /** The events that are no messages. */
  othersAfter(roomId: string, { depth, eventId }: Position, limit: number): EventPlace[] {
    return this.#statements.othersAfter.all(roomId, depth, eventId, limit);
  }
}

const positionOf = (row: { readonly depth: number; readonly event_id: string }) => ({
  depth: row.depth,
  eventId: row.event_id,
});
