import { Worker } from 'node:worker_threads';
import type { Db } from '../database.ts';
import { isErasedSql } from '../erased-body.ts';
import { withKeySql } from '../tables/rooms/message-store.ts';

/** The part of the database that is checked at once. */
export type Slice =
  | { readonly kind: 'list' }
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'rooms' };

export interface SliceAnswer {
  readonly tables?: readonly string[];
  /** The report of SQLite; `null` for an undamaged table. */
  readonly damage?: string | null;
  /** Rooms whose projection can't match their events. */
  readonly rooms?: readonly string[];
}

export type LookAt = (slice: Slice) => Promise<SliceAnswer>;

/** Runs on its own thread, because a large table takes seconds. */
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
const messageEvents = "federation_events e WHERE e.room_id = r.room_id AND e.event_type = 'm.message'";
const visible = 'm.shown = 1 AND m.deleted = 0';
/** Events that have a row in the projection. */
const eventsShown = messageEvents.replace('e WHERE', 'e JOIN messages m ON m.seq = e.seq WHERE');
const countedJoin = `AND event_type = 'm.member.join' AND state = 1
  AND (origin_server = r.home OR r.home_announces = 0)`;
const membersGone = `NOT ${has('room_member_facts')} AND ${has('federation_events', countedJoin)}
  OR NOT ${has('room_members')} AND ${has('room_member_facts')}`;
const reactionsGone = `NOT EXISTS (SELECT 1 FROM ${eventsShown} AND EXISTS
    (SELECT 1 FROM reactions WHERE message_seq = m.seq))
  AND EXISTS (SELECT 1 FROM federation_events e WHERE e.room_id = r.room_id AND e.event_type = 'm.reaction.add'
    AND e.state = 1 AND NOT ${isErasedSql('e.body')} AND EXISTS (
      SELECT 1 FROM messages m WHERE m.room_id = r.room_id AND m.shown = 1 AND m.seq IN (
        SELECT seq FROM federation_events WHERE event_id = e.target
        UNION ALL SELECT n.seq FROM messages n WHERE ${withKeySql('n', 'e.target')})))`;

/** Rooms that show nothing although they should. Fast, so it runs at every start. */
export const emptiedRooms = (db: Db): string[] =>
  roomsWhere(
    db,
    `NOT EXISTS (SELECT 1 FROM ${eventsShown}) AND EXISTS (SELECT 1 FROM ${messageEvents}) OR ${membersGone}`,
  );

/** The same, and rooms with too many or too few messages. Reads every event of every room. */
export const divergingRooms = (db: Db): string[] =>
  roomsWhere(
    db,
    `(SELECT count(*) FROM ${messageEvents}) <> (SELECT count(*) FROM ${eventsShown})
     OR (SELECT count(*) FROM messages m WHERE m.room_id = r.room_id AND ${visible})
       <> (SELECT count(*) FROM ${eventsShown} AND ${visible})
     OR ${membersGone} OR ${reactionsGone}`,
  );

const roomsWhere = (db: Db, condition: string): string[] =>
  db
    .prepare<[], { room_id: string }>(`SELECT room_id FROM rooms r WHERE ${condition}`)
    .all()
    .map(({ room_id }) => room_id);
