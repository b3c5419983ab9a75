import { Worker } from 'node:worker_threads';
import type { Db } from '../database.ts';
import { isErasedSql } from '../erased-body.ts';

/** What is checked at once. */
export type Slice =
  | { readonly kind: 'list' }
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'rooms' };

export interface SliceAnswer {
  readonly tables?: readonly string[];
  /** What SQLite reports; `null` for an undamaged table. */
  readonly damage?: string | null;
  /** Rooms whose projection can't match their events. */
  readonly rooms?: readonly string[];
}

export type LookAt = (slice: Slice) => Promise<SliceAnswer>;

/** On its own thread, because a large table takes seconds. */
export const lookOnThread =
  (path: string): LookAt =>
  (slice) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
        workerData: { path, slice },
      });
      worker.unref();
      worker.once('message', resolve).once('error', reject);
      worker.once('exit', () => reject(new Error('the thread that checks the database ended')));
    });

const has = (table: string, more = '') => `EXISTS (SELECT 1 FROM ${table} WHERE room_id = r.room_id ${more})`;
const messageEvents = "federation_events WHERE room_id = r.room_id AND event_type = 'm.message'";
const countedJoin = `AND event_type = 'm.member.join' AND state = 1
  AND (origin_server = r.home OR r.home_announces = 0)`;
const membersGone = `NOT ${has('room_member_facts')} AND ${has('federation_events', countedJoin)}
  OR NOT ${has('room_members')} AND ${has('room_member_facts')}`;
const reactionsGone = `NOT EXISTS (SELECT 1 FROM messages m JOIN reactions ON message_seq = m.seq WHERE m.room_id = r.room_id)
  AND EXISTS (SELECT 1 FROM federation_events e JOIN messages m ON e.target IN (m.event_id, m.message_key)
    WHERE e.room_id = r.room_id AND m.room_id = r.room_id AND m.shown = 1 AND e.event_type = 'm.reaction.add'
      AND e.state = 1 AND NOT ${isErasedSql('e.body')})`;

/** Rooms that show nothing although they should. Fast, so it runs at every start. */
export const emptiedRooms = (db: Db): string[] =>
  roomsWhere(
    db,
    `NOT ${has('messages')} AND ${has('federation_events', "AND event_type = 'm.message'")} OR ${membersGone}`,
  );

/** The same, and rooms with too many or too few messages. Reads every event of every room. */
export const divergingRooms = (db: Db): string[] =>
  roomsWhere(
    db,
    `(SELECT count(*) FROM ${messageEvents}) <> (SELECT count(*) FROM messages WHERE room_id = r.room_id)
     OR ${membersGone} OR ${reactionsGone}`,
  );

const roomsWhere = (db: Db, condition: string): string[] =>
  db
    .prepare<[], { room_id: string }>(`SELECT room_id FROM rooms r WHERE ${condition}`)
    .all()
    .map(({ room_id }) => room_id);
