import { hash } from 'node:crypto';
import type { Position } from '../../../../shared/protocol/room-state.ts';
import type { Db } from '../../database.ts';
import { isErased, isErasedSql } from '../../erased-body.ts';
import { Queries } from '../../queries.ts';
import type { SearchTable } from '../../rules/search-table.ts';
import { lackingReceipt } from '../delivery/receipt-store.ts';
import { byDepthSql, type EventRow, eventState } from './event-store.ts';
import { withKeySql } from './message-store.ts';
import { signedHash } from './signed-hash.ts';

/** How much of a room is kept; null: everything. */
export interface RoomLimits {
  readonly days: number | null;
  /** A megabyte has 1,000,000 bytes. */
  readonly megabytes: number | null;
}

export interface RoomRetention extends RoomLimits {
  readonly room_id: string;
  /** The depth of the last event that was dropped; 0 if nobody was shown those; -1 if none was. */
  readonly dropped_to: number;
}

/** An event that is old enough to be dropped, and what could keep it. */
export interface OldEvent {
  readonly seq: number;
  readonly event_id: string;
  readonly depth: number;
  readonly bytes: number;
  /** A server still waits for it, or a report about it is still expected or owed. */
  readonly is_awaited: 0 | 1;
  /** The last that its server wrote in this room. After a loss, it proves that the server was here. */
  readonly is_last: 0 | 1;
  /** The room or a channel has its name from it. */
  readonly names: 0 | 1;
  /** The message of an edit or reaction, if that is stored. */
  readonly about: number | null;
}

/** Old events: those up to a depth, and not younger than a time. */
export interface Old {
  readonly kind: DroppedKind;
  readonly upTo: number;
  readonly before: number;
}

interface Sized extends Position {
  readonly bytes: number;
}

interface Text {
  readonly seq: number;
  readonly body: string;
}

const droppedTypes = "('m.message', 'm.message.edit', 'm.reaction.add', 'm.reaction.remove')";

/**
 * Two kinds of events are dropped, each by itself. What is spare is shown to nobody: events ahead of the clock, and types
 * that this version doesn't know. It is written as in its index (0100-initial.ts). The rest is kept: deletes, because a
 * text may still arrive that they erase; memberships, rooms and deleted channels.
 */
const kinds = {
  shown: { where: `state <> ${eventState.ahead} AND event_type IN ${droppedTypes}`, time: 'origin_ts' },
  spare: {
    where: `(state = ${eventState.ahead} OR event_type NOT IN ('m.message', 'm.message.edit', 'm.message.delete',
      'm.reaction.add', 'm.reaction.remove', 'm.member.join', 'm.member.leave', 'm.member.invite', 'm.member.uninvite',
      'm.room.info', 'm.channel.delete',
      'm.member.profile'))`,
    // Authors choose the place and the time of such events, so their arrival counts.
    time: 'received_at',
  },
} as const;
export type DroppedKind = keyof typeof kinds;

type Page = Position & { readonly room: string; readonly limit: number };

/** Reads from one index each, in the room's order. */
const select = (kind: DroppedKind, columns: string, where: string): string =>
  kind === 'shown'
    ? byDepthSql(columns, `${where} AND ${kinds.shown.where}`)
    : `SELECT ${columns} FROM federation_events WHERE ${where} AND ${kinds.spare.where}`;

const sizesSql = (kind: DroppedKind): string =>
  `${select(
    kind,
    'depth, event_id AS eventId, octet_length(body) AS bytes',
    'room_id = $room AND (depth, event_id) < ($depth, $eventId)',
  )} ORDER BY depth DESC, eventId DESC LIMIT $limit`;

const aboutSql = `coalesce(
  (SELECT m.seq FROM federation_events t JOIN messages m ON m.seq = t.seq
   WHERE t.event_id = x.target AND m.room_id = x.room_id),
  (SELECT m.seq FROM messages m WHERE ${withKeySql('m', 'x.target')} AND m.room_id = x.room_id))`;

/** Selects old events. Spare ones have no effect on a message, so they needn't stay as long as that. */
const oldSql = (kind: DroppedKind): string => `
  SELECT x.seq, x.event_id, x.depth, octet_length(x.body) AS bytes,
    EXISTS (SELECT 1 FROM federation_outbound_queue q WHERE q.event_seq = x.seq)
      OR EXISTS (SELECT 1 FROM federation_receipts WHERE event_seq = x.seq AND ${lackingReceipt})
      OR EXISTS (SELECT 1 FROM federation_receipts_owed o WHERE o.event_seq = x.seq) AS is_awaited,
    NOT EXISTS (SELECT 1 FROM federation_events l WHERE l.room_id = x.room_id AND l.seq > x.seq
      AND l.origin_server = x.origin_server AND NOT ${isErasedSql('l.body')}) AS is_last,
    EXISTS (SELECT 1 FROM channels c WHERE c.room_id = x.room_id AND c.event_id = x.event_id)
      OR EXISTS (SELECT 1 FROM rooms r WHERE r.room_id = x.room_id AND r.named_event_id = x.event_id) AS names,
    ${kind === 'shown' ? aboutSql : 'NULL'} AS about
  FROM (SELECT * FROM (${select(
    kind,
    '*',
    `room_id = $room AND (depth, event_id) > ($depth, $eventId) AND depth <= $upTo
     AND ${kinds[kind].time} <= $before`,
  )}) ORDER BY depth, event_id LIMIT $limit) x
  ORDER BY x.depth, x.event_id`;

/** SQLite keeps at least so many bytes of a large row beside others; the rest is on pages of its own. */
const localBytesMin = 489;
/** Deleting a row moves rows of at most three pages. */
const marginPages = 4;

const columns = 'room_id, keep_days AS days, keep_megabytes AS megabytes, dropped_to';
const listed = '(SELECT value FROM json_each(?))';

/** Limits the size of rooms, and stores what remains of the events that were dropped for that. */
export class RetentionStore extends Queries {
  readonly #marginBytes: number;
  readonly #search: Pick<SearchTable, 'remove'>;

  readonly #set = this.run<[number | null, number | null, string]>(
    'UPDATE rooms SET keep_days = ?, keep_megabytes = ? WHERE room_id = ?',
  );
  readonly #droppedTo = this.run<[number, string]>(
    'UPDATE rooms SET dropped_to = max(dropped_to, ?) WHERE room_id = ?',
  );
  readonly #sizes = {
    shown: this.rows<[Page], Sized>(sizesSql('shown')),
    spare: this.rows<[Page], Sized>(sizesSql('spare')),
  };
  readonly #old = {
    shown: this.rows<[Page & Omit<Old, 'kind'>], OldEvent>(oldSql('shown')),
    spare: this.rows<[Page & Omit<Old, 'kind'>], OldEvent>(oldSql('spare')),
  };
  readonly #before = this.each<[number], Text>(
    'SELECT seq, body FROM federation_events WHERE seq < ? ORDER BY seq DESC',
  );
  readonly #from = this.each<[number], Text>(
    'SELECT seq, body FROM federation_events WHERE seq >= ? ORDER BY seq',
  );
  readonly #blank = this.run<[number, number]>(`
    UPDATE federation_events SET body = substr(hex(zeroblob(octet_length(body) / 2 + 1)), 1, octet_length(body))
    WHERE seq BETWEEN ? AND ?`);
  readonly #put = this.run<[string, number]>('UPDATE federation_events SET body = ? WHERE seq = ?');
  readonly #leave = this.run<[string, number, Buffer, Buffer | null]>(
    'INSERT OR IGNORE INTO dropped_events (room_id, depth, hash, signed) VALUES (?, ?, ?, ?)',
  );
  readonly #bodies = this.rows<[string], Pick<EventRow, 'event_id' | 'depth' | 'body' | 'files_unsigned'>>(
    `SELECT event_id, depth, body, files_unsigned FROM federation_events WHERE seq IN ${listed}`,
  );
  readonly #remove = this.run<[string]>(`DELETE FROM federation_events WHERE seq IN ${listed}`);
  readonly #rest = [
    'DELETE FROM messages WHERE seq IN',
    'DELETE FROM message_files WHERE seq IN',
    'DELETE FROM reactions WHERE message_seq IN',
    'DELETE FROM federation_delivery_attempts WHERE event_seq IN',
    'DELETE FROM federation_receipts WHERE event_seq IN',
    'DELETE FROM erasures_due WHERE seq IN',
  ].map((sql) => this.run<[string]>(`${sql} ${listed}`));

  readonly of = this.row<[roomId: string], RoomRetention>(`SELECT ${columns} FROM rooms WHERE room_id = ?`);

  /** Rooms of which not everything is kept. */
  readonly limited = this.rows<[], RoomRetention>(
    `SELECT ${columns} FROM rooms WHERE keep_days IS NOT NULL OR keep_megabytes IS NOT NULL ORDER BY room_id`,
  );

  constructor(db: Db, search: Pick<SearchTable, 'remove'>) {
    super(db);
    this.#search = search;
    this.#marginBytes = marginPages * Number(db.pragma('page_size', { simple: true }));
  }

  set(roomId: string, { days, megabytes }: RoomLimits): void {
    this.#set(days, megabytes, roomId);
  }

  /** A room's events of one kind before a position, newest first. */
  sizes(roomId: string, kind: DroppedKind, before: Position, limit: number): Sized[] {
    return this.#sizes[kind]({ room: roomId, ...before, limit });
  }

  /** Events of one kind after a position, in the room's order, as far as they are old. */
  old(roomId: string, { kind, ...old }: Old, after: Position, limit: number): OldEvent[] {
    return this.#old[kind]({ room: roomId, ...after, ...old, limit });
  }

  /** Inside a transaction: drops these events of a room. The log still has their texts until `erasures.scrub`. */
  drop(roomId: string, kind: DroppedKind, gone: readonly OldEvent[]): void {
    if (gone.length === 0) return;
    const seqs = gone.map(({ seq }) => seq).sort((a, b) => a - b);
    const list = JSON.stringify(seqs);
    this.#search.remove(seqs);
    for (const row of this.#bodies(list)) {
      const signed = isErased(row) ? null : signedHash(row);
      this.#leave(roomId, row.depth, hash('sha256', row.event_id, 'buffer'), signed);
    }
    this.#removeRows(seqs);
    for (const remove of this.#rest) remove(list);
    const droppedTo = kind === 'spare' ? 0 : Math.max(...gone.map(({ depth }) => depth));
    this.#droppedTo(droppedTo, roomId);
  }

  /**
   * When rows go, SQLite moves their neighbors to other pages and leaves old bytes behind, which no later erasure finds.
   * So while the rows go, all texts that can move are blank: they are overwritten in place before, and written back in
   * place after.
   */
  #removeRows(seqs: readonly number[]): void {
    const gone = new Set(seqs);
    let done = -1;
    for (const first of seqs) {
      if (first <= done) continue;
      const rows = this.#around(first, gone);
      done = rows.at(-1)?.seq ?? first;
      this.#blank(rows[0]?.seq ?? first, done);
      this.#remove(JSON.stringify(rows.flatMap(({ seq }) => (gone.has(seq) ? [seq] : []))));
      for (const { seq, body } of rows) if (!gone.has(seq)) this.#put(body, seq);
    }
  }

  /** The rows from a margin before the first of `gone` to a margin after the last that has no gap of a margin before it. */
  #around(first: number, gone: ReadonlySet<number>): Text[] {
    const before: Text[] = [];
    let bytes = 0;
    for (const row of this.#before(first)) {
      before.push(row);
      bytes += localBytes(row);
      if (bytes >= this.#marginBytes) break;
    }
    const rows = before.reverse();
    bytes = 0;
    for (const row of this.#from(first)) {
      rows.push(row);
      bytes = gone.has(row.seq) ? 0 : bytes + localBytes(row);
      if (bytes >= this.#marginBytes) break;
    }
    return rows;
  }
}

const localBytes = ({ body }: Text): number => Math.min(body.length, localBytesMin);
