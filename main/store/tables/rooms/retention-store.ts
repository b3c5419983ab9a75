import { hash } from 'node:crypto';
import type { Position } from '../../../../shared/protocol/room-state.ts';
import type { Db } from '../../database.ts';
import { isErasedSql } from '../../erased-body.ts';
import { lackingReceipt } from '../delivery/receipt-store.ts';
import { byDepthSql, eventState } from './event-store.ts';
import { withKeySql } from './message-store.ts';

/** How much of a room is kept; null: everything. */
export interface RoomLimits {
  readonly days: number | null;
  /** Of 1,000,000 bytes. */
  readonly megabytes: number | null;
}

export interface RoomRetention extends RoomLimits {
  readonly room_id: string;
  /** The depth of the last event that was dropped; -1 if none was. */
  readonly dropped_to: number;
}

/** An event that is old enough to be dropped, and what could keep it. */
export interface OldEvent {
  readonly seq: number;
  readonly event_id: string;
  readonly depth: number;
  readonly bytes: number;
  readonly is_erased: 0 | 1;
  /** A server still waits for it, or a report about it is still expected or owed. */
  readonly is_awaited: 0 | 1;
  /** The last that its server wrote in this room. After a loss, it proves that the server was here. */
  readonly is_last: 0 | 1;
  /** The room or a channel has its name from it. */
  readonly names: 0 | 1;
  /** For an edit or reaction: its message, if that is stored. */
  readonly about: number | null;
}

export interface Sized extends Position {
  readonly bytes: number;
}

interface Text {
  readonly seq: number;
  readonly body: string;
}

/** The rest is kept: deletes, because a text may still arrive that they erase; memberships, rooms, unknown types. */
const droppedTypes = "('m.message', 'm.message.edit', 'm.reaction.add', 'm.reaction.remove')";

/** SQLite keeps at least so many bytes of a large row beside others; the rest is on pages of its own. */
const localBytesMin = 489;
/** Deleting a row moves rows of at most three pages. */
const marginPages = 4;

/** What limits the size of rooms, and what is left of the events that were dropped for that. */
export class RetentionStore {
  readonly #statements;
  readonly #marginBytes: number;

  constructor(db: Db) {
    this.#marginBytes = marginPages * Number(db.pragma('page_size', { simple: true }));
    const columns = 'room_id, keep_days AS days, keep_megabytes AS megabytes, dropped_to';
    const droppable = `state <> ${eventState.ahead} AND event_type IN ${droppedTypes}`;
    const old = `room_id = $room AND (depth, event_id) > ($depth, $eventId) AND depth <= $upTo AND origin_ts <= $upTo
      AND ${droppable}`;
    const listed = (sql: string) => db.prepare<[string]>(`${sql} (SELECT value FROM json_each(?))`);
    this.#statements = {
      of: db.prepare<[string], RoomRetention>(`SELECT ${columns} FROM rooms WHERE room_id = ?`),
      limited: db.prepare<[], RoomRetention>(
        `SELECT ${columns} FROM rooms WHERE keep_days IS NOT NULL OR keep_megabytes IS NOT NULL ORDER BY room_id`,
      ),
      set: db.prepare<[number | null, number | null, string]>(
        'UPDATE rooms SET keep_days = ?, keep_megabytes = ? WHERE room_id = ?',
      ),
      droppedTo: db.prepare<[number, string]>(
        'UPDATE rooms SET dropped_to = max(dropped_to, ?) WHERE room_id = ?',
      ),
      sizes: db.prepare<{ room: string; depth: number; eventId: string; limit: number }, Sized>(
        `${byDepthSql(
          'depth, event_id AS eventId, octet_length(body) AS bytes',
          `room_id = $room AND (depth, event_id) < ($depth, $eventId) AND ${droppable}`,
        )} ORDER BY depth DESC, eventId DESC LIMIT $limit`,
      ),
      old: db.prepare<
        { room: string; depth: number; eventId: string; upTo: number; limit: number },
        OldEvent
      >(
        `SELECT x.seq, x.event_id, x.depth, octet_length(x.body) AS bytes, ${isErasedSql('x.body')} AS is_erased,
           EXISTS (SELECT 1 FROM federation_outbound_queue q WHERE q.event_seq = x.seq)
             OR EXISTS (SELECT 1 FROM federation_receipts WHERE event_seq = x.seq AND ${lackingReceipt})
             OR EXISTS (SELECT 1 FROM federation_receipts_owed o WHERE o.event_seq = x.seq) AS is_awaited,
           NOT EXISTS (SELECT 1 FROM federation_events l WHERE l.room_id = x.room_id AND l.seq > x.seq
             AND l.origin_server = x.origin_server AND NOT ${isErasedSql('l.body')}) AS is_last,
           EXISTS (SELECT 1 FROM channels c WHERE c.room_id = x.room_id AND c.event_id = x.event_id)
             OR EXISTS (SELECT 1 FROM rooms r WHERE r.room_id = x.room_id AND r.named_event_id = x.event_id) AS names,
           coalesce(
             (SELECT m.seq FROM federation_events t JOIN messages m ON m.seq = t.seq
              WHERE t.event_id = x.target AND m.room_id = x.room_id),
             (SELECT m.seq FROM messages m WHERE ${withKeySql('m', 'x.target')} AND m.room_id = x.room_id)) AS about
         FROM (SELECT * FROM (${byDepthSql('*', old)}) ORDER BY depth, event_id LIMIT $limit) x
         ORDER BY x.depth, x.event_id`,
      ),
      before: db.prepare<[number], Text>(
        'SELECT seq, body FROM federation_events WHERE seq < ? ORDER BY seq DESC',
      ),
      from: db.prepare<[number], Text>('SELECT seq, body FROM federation_events WHERE seq >= ? ORDER BY seq'),
      blank: db.prepare<[number, number]>(
        `UPDATE federation_events SET body = substr(hex(zeroblob(octet_length(body) / 2 + 1)), 1, octet_length(body))
         WHERE seq BETWEEN ? AND ?`,
      ),
      put: db.prepare<[string, number]>('UPDATE federation_events SET body = ? WHERE seq = ?'),
      leave: db.prepare<[string, number, Buffer, 0 | 1]>(
        'INSERT OR IGNORE INTO dropped_events (room_id, depth, hash, counts) VALUES (?, ?, ?, ?)',
      ),
      remove: listed('DELETE FROM federation_events WHERE seq IN'),
      rest: [
        'DELETE FROM messages WHERE seq IN',
        'DELETE FROM reactions WHERE message_seq IN',
        'DELETE FROM federation_delivery_attempts WHERE event_seq IN',
        'DELETE FROM federation_receipts WHERE event_seq IN',
        'DELETE FROM erasures_due WHERE seq IN',
      ].map(listed),
    };
  }

  of(roomId: string): RoomRetention | undefined {
    return this.#statements.of.get(roomId);
  }

  /** Rooms of which not everything is kept. */
  limited(): RoomRetention[] {
    return this.#statements.limited.all();
  }

  set(roomId: string, { days, megabytes }: RoomLimits): void {
    this.#statements.set.run(days, megabytes, roomId);
  }

  /** A room's events before a position that can be dropped, newest first. Others mustn't push those out. */
  sizes(roomId: string, before: Position, limit: number): Sized[] {
    return this.#statements.sizes.all({ room: roomId, ...before, limit });
  }

  /** Messages, edits and reactions after a position, in the room's order, with both depth and time up to `upTo`. */
  old(roomId: string, after: Position, upTo: number, limit: number): OldEvent[] {
    return this.#statements.old.all({ room: roomId, ...after, upTo, limit });
  }

  /** Inside a transaction: drops these events of a room. The log still has their texts until `erasures.scrub`. */
  drop(roomId: string, gone: readonly OldEvent[]): void {
    if (gone.length === 0) return;
    const seqs = gone.map(({ seq }) => seq).sort((a, b) => a - b);
    this.#removeRows(seqs);
    const list = JSON.stringify(seqs);
    for (const statement of this.#statements.rest) statement.run(list);
    for (const { event_id, depth, is_erased } of gone)
      this.#statements.leave.run(roomId, depth, hash('sha256', event_id, 'buffer'), is_erased === 1 ? 0 : 1);
    this.#statements.droppedTo.run(Math.max(...gone.map(({ depth }) => depth)), roomId);
  }

  /**
   * When rows go, SQLite moves their neighbors to other pages and leaves old bytes behind, which no later erasure finds.
   * So while the rows go, all texts that can move are blank: they are overwritten in place before, and written back in
   * place after.
   */
  #removeRows(seqs: readonly number[]): void {
    const { blank, remove, put } = this.#statements;
    const gone = new Set(seqs);
    let done = -1;
    for (const first of seqs) {
      if (first <= done) continue;
      const rows = this.#around(first, gone);
      done = rows.at(-1)?.seq ?? first;
      blank.run(rows[0]?.seq ?? first, done);
      remove.run(JSON.stringify(rows.flatMap(({ seq }) => (gone.has(seq) ? [seq] : []))));
      for (const { seq, body } of rows) if (!gone.has(seq)) put.run(body, seq);
    }
  }

  /** The rows from a margin before the first of `gone` to a margin after the last that has no gap of a margin before it. */
  #around(first: number, gone: ReadonlySet<number>): Text[] {
    const before: Text[] = [];
    let bytes = 0;
    for (const row of this.#statements.before.iterate(first)) {
      before.push(row);
      bytes += localBytes(row);
      if (bytes >= this.#marginBytes) break;
    }
    const rows = before.reverse();
    bytes = 0;
    for (const row of this.#statements.from.iterate(first)) {
      rows.push(row);
      bytes = gone.has(row.seq) ? 0 : bytes + localBytes(row);
      if (bytes >= this.#marginBytes) break;
    }
    return rows;
  }
}

const localBytes = ({ body }: Text): number => Math.min(body.length, localBytesMin);
