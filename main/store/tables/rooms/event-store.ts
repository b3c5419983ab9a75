import { signedDepthIn } from '../../../../shared/protocol/events/envelope.ts';
import { orderEnd, type Position } from '../../../../shared/protocol/room-state.ts';
import { tuning } from '../../../config.ts';
import type { Db } from '../../database.ts';
import { isErasedSql, isUnverifiedSql, readErased } from '../../erased-body.ts';
import { signedHash } from './signed-hash.ts';

/** Whether an event applies, and if not, why. */
export const eventState = { pending: 0, applied: 1, ahead: 2 } as const;
export type EventState = (typeof eventState)[keyof typeof eventState];

export interface EventRow {
  readonly seq: number;
  readonly event_id: string;
  readonly room_id: string;
  readonly event_type: string;
  readonly sender: string;
  readonly origin_server: string;
  readonly origin_ts: number;
  readonly depth: number;
  readonly target: string | null;
  readonly subject: string | null;
  readonly state: EventState;
  /** The exact wire form; the remains of an erased event (erased-body.ts). */
  readonly body: string;
  readonly key_id: string;
  /** The names of its files are not covered by its signature. */
  readonly files_unsigned: 0 | 1;
  readonly received_from: string | null;
  readonly received_at: number;
}

/** An edit by the author of its message, without its text. */
export interface EditRow {
  readonly seq: number;
  readonly event_id: string;
  readonly depth: number;
  readonly origin_ts: number;
  readonly erased: 0 | 1;
}

/** The two names of a message: its event ID, and its origin with its message ID. */
export interface MessageNames {
  readonly event_id: string;
  readonly message_key: string;
}

/** The columns that decide about an event's effect. */
export type EventPlace = Pick<
  EventRow,
  'seq' | 'event_id' | 'event_type' | 'sender' | 'origin_server' | 'depth' | 'state'
>;

interface WithBody {
  readonly body: string;
}

/** Limits which events a reader gets, by their time and their place; unix ms. */
export interface Window {
  readonly oldest: number;
  readonly latest: number;
}

const opposites: ReadonlyMap<string, string> = new Map([
  ['m.member.invite', 'm.member.uninvite'],
  ['m.member.uninvite', 'm.member.invite'],
]);

/**
 * A room's events by depth. Two indexes have them, that of the messages and that of everything else, so each condition is
 * asked of both. `where` names its parameters.
 */
export const byDepthSql = (columns: string, where: string): string =>
  ["event_type = 'm.message'", "event_type <> 'm.message'"]
    .map((kind) => `SELECT ${columns} FROM federation_events WHERE ${kind} AND ${where}`)
    .join(' UNION ALL ');

/** Whether a home deleted a channel: the channel, then the room. Only homes may, and nothing takes it back. */
export const isChannelDeletedSql = `SELECT 1 AS one FROM federation_events INDEXED BY federation_events_about
  WHERE target = ? AND room_id = ? AND event_type = 'm.channel.delete' AND state = 1 LIMIT 1`;

const bytesOf = ({ body }: WithBody): number => Buffer.byteLength(body);

/** An event in a room's order. */
interface PlacedRow {
  /** SHA-256 of what its origin signed (signed-hash.ts). */
  readonly hash: Buffer;
  readonly depth: number;
}

interface Placed {
  readonly rows: readonly PlacedRow[];
  /** There are no more up to the end of the stretch. */
  readonly isAll: boolean;
}

/** A text that has to be parsed to be hashed takes about as long as so many others. */
const parsedWork = 10;

/** Part of a room's order. */
interface Stretch {
  readonly room: string;
  readonly since: number;
  readonly until: number;
}

const inStretch = `room_id = $room AND depth > $since AND depth <= $until AND state <> 2 AND NOT ${isErasedSql('body')}`;

/** Writers decide how large events are, so a page ends with the one that fills it, and always contains one. */
export function page<T extends WithBody>(rows: Iterable<T>): T[] {
  const taken: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    taken.push(row);
    bytes += bytesOf(row);
    if (bytes >= tuning.eventsPageBytesMax) break;
  }
  return taken;
}

/** Whether there may be more rows after these. */
export const isFullPage = (rows: readonly WithBody[], limit: number): boolean =>
  rows.length === limit || rows.reduce((sum, row) => sum + bytesOf(row), 0) >= tuning.eventsPageBytesMax;

/** The origin and the room of an event. */
export type EventIn = Pick<EventRow, 'event_id' | 'seq' | 'room_id' | 'origin_server'>;

/**
 * The event `e` is an invite or its revocation, none came after it, and the user has not joined or left since. Names
 * both types because the partial index on invites covers just these two.
 */
export const isLastInviteSql = `e.event_type IN ('m.member.invite', 'm.member.uninvite')
  AND NOT EXISTS (SELECT 1 FROM federation_events l
    WHERE l.room_id = e.room_id AND l.subject = e.subject
      AND l.event_type IN ('m.member.invite', 'm.member.uninvite')
      AND (l.depth, l.event_id) > (e.depth, e.event_id))
  AND NOT EXISTS (SELECT 1 FROM room_member_facts f
    WHERE f.room_id = e.room_id AND f.user_id = e.subject
      AND (f.depth, f.event_id) > (e.depth, e.event_id))`;

/** The events themselves, in order of arrival. */
export class EventStore {
  readonly #statements;

  constructor(db: Db) {
    const all = 'SELECT * FROM federation_events WHERE';
    this.#statements = {
      byId: db.prepare<[string], EventRow>(`${all} event_id = ?`),
      // The text only of what is left of erased events.
      storedOf: db.prepare<[string], { event_id: string; bytes: number; body: string | null }>(
        `SELECT event_id, octet_length(body) AS bytes, CASE WHEN ${isErasedSql('body')} THEN body END AS body FROM federation_events
         WHERE event_id IN (SELECT value FROM json_each(?))`,
      ),
      bodiesOf: db.prepare<[string], Pick<EventRow, 'event_id' | 'body'>>(
        'SELECT event_id, body FROM federation_events WHERE event_id IN (SELECT value FROM json_each(?))',
      ),
      byIds: db.prepare<[string], EventIn>(
        `SELECT event_id, seq, room_id, origin_server FROM federation_events
         WHERE event_id IN (SELECT value FROM json_each(?))`,
      ),
      bySeq: db.prepare<[number], EventRow>(`${all} seq = ?`),
      highestDepth: db.prepare<{ room: string }, { depth: number | null }>(
        `SELECT max(depth) AS depth FROM (${byDepthSql('max(depth) AS depth', 'room_id = $room AND state <> 2')})`,
      ),
      isReported: db.prepare<[string], { seq: number }>(
        `SELECT seq FROM federation_events
         WHERE room_id = ? AND event_type NOT IN ('m.member.invite', 'm.member.uninvite') LIMIT 1`,
      ),
      highestDepthUpTo: db.prepare<{ room: string; upTo: number }, { depth: number | null }>(
        `SELECT max(depth) AS depth
         FROM (${byDepthSql('max(depth) AS depth', 'room_id = $room AND depth <= $upTo AND state <> 2')})`,
      ),
      joinedAt: db.prepare<[string, string], { depth: number | null }>(
        `SELECT max(depth) AS depth FROM federation_events
         WHERE room_id = ? AND subject = ? AND event_type = 'm.member.join' AND state = 1`,
      ),
      putAhead: db.prepare<{ room: string; depth: number }>(
        `UPDATE federation_events SET state = 2
         WHERE seq IN (${byDepthSql('seq', 'room_id = $room AND depth > $depth')})`,
      ),
      isOvertaken: db.prepare<
        [string, number, string, string, string | null, string | null],
        { seq: number }
      >(
        `SELECT seq FROM federation_events
         WHERE room_id = ? AND seq > ? AND event_type IN (?, ?) AND target IS ? AND subject IS ? AND state <> 2
         LIMIT 1`,
      ),
      profileIn: db.prepare<[string, string], { body: string }>(
        `SELECT body FROM federation_events INDEXED BY federation_events_profiles
         WHERE event_type = 'm.member.profile' AND sender = ? AND room_id = ? AND state = 1
         ORDER BY depth DESC, event_id DESC LIMIT 1`,
      ),
      profilesIn: db.prepare<[string], { user_id: string; body: string }>(
        `SELECT m.user_id, e.body FROM room_members m CROSS JOIN federation_events e ON e.seq =
           (SELECT seq FROM federation_events INDEXED BY federation_events_profiles
            WHERE event_type = 'm.member.profile' AND sender = m.user_id AND room_id = m.room_id AND state = 1
            ORDER BY depth DESC, event_id DESC LIMIT 1)
         WHERE m.room_id = ? AND m.state = 'joined'`,
      ),
      profileOf: db.prepare<[string], { body: string }>(
        `SELECT body FROM federation_events INDEXED BY federation_events_profiles
         WHERE event_type = 'm.member.profile' AND sender = ? AND state = 1
         ORDER BY room_id DESC, depth DESC, event_id DESC LIMIT 1`,
      ),
      isChannelDeleted: db.prepare<[string, string], { one: number }>(isChannelDeletedSql),
      saidAgain: db.prepare<[string], { again_id: string | null }>(
        'SELECT again_id FROM said_again WHERE event_id = ?',
      ),
      putSaidAgain: db.prepare('INSERT OR REPLACE INTO said_again (event_id, again_id) VALUES (?, ?)'),
      afterPlace: db.prepare<Position & { room: string; latest: number; oldest: number }, EventRow>(
        `${byDepthSql(
          '*',
          `room_id = $room AND depth >= $depth AND (depth > $depth OR event_id > $eventId)
           AND depth <= $latest AND origin_ts BETWEEN $oldest AND $latest AND NOT ${isErasedSql('body')}`,
        )} ORDER BY depth, event_id`,
      ),
      between: db.prepare<Stretch, EventRow>(`${byDepthSql('*', inStretch)} ORDER BY depth, event_id`),
      placed: db.prepare<Stretch, Pick<EventRow, 'depth' | 'body' | 'files_unsigned'>>(
        `${byDepthSql('event_id, depth, body, files_unsigned', inStretch)} ORDER BY depth, event_id`,
      ),
      looked: db.prepare<Stretch, { n: number }>(
        `SELECT sum(n) AS n
         FROM (${byDepthSql('count(*) AS n', 'room_id = $room AND depth > $since AND depth <= $until')})`,
      ),
      messageBy: db.prepare<Stretch & { server: string }, { seq: number }>(
        `SELECT seq FROM federation_events
         WHERE event_type = 'm.message' AND ${inStretch} AND origin_server = $server LIMIT 1`,
      ),
      dropped: db.prepare<Stretch & { limit: number }, PlacedRow>(
        `SELECT signed AS hash, depth FROM dropped_events
         WHERE room_id = $room AND depth > $since AND depth <= $until AND signed IS NOT NULL
         ORDER BY depth LIMIT $limit`,
      ),
      afterSeq: db.prepare<[string, number, number], EventRow>(
        `${all} room_id = ? AND seq > ? AND NOT ${isUnverifiedSql('body')} ORDER BY seq LIMIT ?`,
      ),
      countAfterSeq: db.prepare<[string, number, number], { n: number }>(
        'SELECT count(*) AS n FROM (SELECT 1 FROM federation_events WHERE room_id = ? AND seq > ? LIMIT ?)',
      ),
      lastInvite: db.prepare<[string, string], EventRow>(
        `${all} room_id = ? AND subject = ? AND event_type IN ('m.member.invite', 'm.member.uninvite')
         ORDER BY depth DESC, event_id DESC LIMIT 1`,
      ),
      openInvites: db.prepare<[string], EventRow>(
        `SELECT e.* FROM federation_events e
         WHERE e.room_id = ? AND e.event_type = 'm.member.invite' AND ${isLastInviteSql}
         ORDER BY e.depth, e.event_id`,
      ),
      bySubject: db.prepare<[string, string], EventRow>(`${all} room_id = ? AND subject = ?`),
      ahead: db.prepare<[number], EventRow>(`${all} state = 2 AND depth <= ?`),
      count: db.prepare<[], { n: number }>('SELECT max(seq) AS n FROM federation_events'),
      lastInRoom: db.prepare<[string], { at: number | null }>(
        `SELECT received_at AS at FROM federation_events WHERE room_id = ? ORDER BY seq DESC LIMIT 1`,
      ),
    };
  }

  byId(eventId: string): EventRow | undefined {
    return this.#statements.byId.get(eventId);
  }

  /**
   * Those that we have, or had until they were erased, and how many bytes each has; null if it was erased. A report from
   * the room's home is not enough.
   */
  storedOf(eventIds: readonly string[]): Map<string, number | null> {
    if (eventIds.length === 0) return new Map();
    const rows = this.#statements.storedOf.all(JSON.stringify(eventIds));
    const isStored = ({ body }: (typeof rows)[number]) => body === null || readErased({ body }).hash !== null;
    return new Map(rows.filter(isStored).map((row) => [row.event_id, row.body === null ? row.bytes : null]));
  }

  /** The texts of these events, by ID. */
  bodiesOf(eventIds: readonly string[]): Map<string, string> {
    if (eventIds.length === 0) return new Map();
    const rows = this.#statements.bodiesOf.all(JSON.stringify(eventIds));
    return new Map(rows.map((row) => [row.event_id, row.body]));
  }

  /** The origin and the room of each of these events, by its ID. */
  byIds(eventIds: readonly string[]): Map<string, EventIn> {
    const rows = this.#statements.byIds.all(JSON.stringify(eventIds));
    return new Map(rows.map((row) => [row.event_id, row]));
  }

  bySeq(seq: number): EventRow | undefined {
    return this.#statements.bySeq.get(seq);
  }

  /** The highest depth among events that are already in the order; -1 in a room without events. */
  highestDepth(roomId: string): number {
    return this.#statements.highestDepth.get({ room: roomId })?.depth ?? -1;
  }

  /** Whether anything is known of the room besides who is invited to it. */
  isReported(roomId: string): boolean {
    return this.#statements.isReported.get(roomId) !== undefined;
  }

  /** The same as `highestDepth`, without events further ahead than this. */
  highestDepthUpTo(roomId: string, depth: number): number {
    return this.#statements.highestDepthUpTo.get({ room: roomId, upTo: depth })?.depth ?? -1;
  }

  /** The depth of a user's last join; -1 if that is unknown. */
  joinedAt(roomId: string, userId: string): number {
    return this.#statements.joinedAt.get(roomId, userId)?.depth ?? -1;
  }

  /** These events have no effect until our clock has caught up. The room has to be rebuilt. */
  putAhead(roomId: string, depth: number): void {
    this.#statements.putAhead.run({ room: roomId, depth });
  }

  /**
   * Whether the same kind of event about the same thing was stored after this one and is in the order. Inviting someone
   * and taking it back are of one kind.
   */
  isOvertaken(row: Pick<EventRow, 'room_id' | 'seq' | 'event_type' | 'target' | 'subject'>): boolean {
    const { room_id, seq, event_type: type, target, subject } = row;
    const opposite = opposites.get(type) ?? type;
    return this.#statements.isOvertaken.get(room_id, seq, type, opposite, target, subject) !== undefined;
  }

  /** The stored event by which a user says what they want to be called: in a room, or in any. */
  profile(userId: string, roomId: string | null): string | null {
    const { profileIn, profileOf } = this.#statements;
    return (roomId === null ? profileOf.get(userId) : profileIn.get(userId, roomId))?.body ?? null;
  }

  /** The stored events by which the members of a room say what they want to be called. */
  profilesIn(roomId: string): { readonly user_id: string; readonly body: string }[] {
    return this.#statements.profilesIn.all(roomId);
  }

  isChannelDeleted(roomId: string, channelId: string): boolean {
    return this.#statements.isChannelDeleted.get(channelId, roomId) !== undefined;
  }

  /** The new ID of an event of ours that a wrong clock had dated; null if it was left as it is, `undefined` if neither. */
  saidAgain(eventId: string): string | null | undefined {
    const row = this.#statements.saidAgain.get(eventId);
    return row?.again_id;
  }

  putSaidAgain(eventId: string, againId: string | null): void {
    this.#statements.putSaidAgain.run(eventId, againId);
  }

  /**
   * Leaves out erased events, because a reader needs an event to continue from on every page but the last. Also leaves
   * out events after `latest`, by their own depth or time: a reader that remembers the highest depth it has seen would
   * never ask for the events below it.
   */
  afterPlace(roomId: string, place: Position, limit: number, { oldest, latest }: Window): EventRow[] {
    // `depth` is never behind the time, except in events that no release of any server writes.
    const { depth, eventId } = place.depth < oldest ? { ...orderEnd, depth: oldest - 1 } : place;
    const rows = this.#statements.afterPlace.iterate({ room: roomId, depth, eventId, latest, oldest });
    const isBehind = ({ body }: EventRow) => (signedDepthIn(body) ?? 0) <= latest;
    return page(Iterator.from(rows).filter(isBehind).take(limit));
  }

  /**
   * The events up to a depth, for a reader that names it and so goes no further, whatever depth an event was signed with.
   */
  between(roomId: string, since: number, until: number, limit: number): EventRow[] {
    return page(Iterator.from(this.#statements.between.iterate({ room: roomId, since, until })).take(limit));
  }

  /**
   * What `between` would return if nothing had been dropped, without the events themselves. Ends at a number of events,
   * or with the one that makes their texts too large together.
   */
  placed(
    roomId: string,
    since: number,
    until: number,
    { eventsMax, bytesMax }: { readonly eventsMax: number; readonly bytesMax: number },
  ): Placed {
    const stretch = { room: roomId, since, until };
    const rows: PlacedRow[] = [];
    let bytes = 0;
    for (const row of this.#statements.placed.iterate(stretch)) {
      rows.push({ hash: signedHash(row), depth: row.depth });
      bytes += bytesOf(row) * (row.files_unsigned === 1 ? parsedWork : 1);
      if (rows.length >= eventsMax || bytes >= bytesMax) break;
    }
    const isFull = rows.length >= eventsMax || bytes >= bytesMax;
    const reached = isFull ? (rows.at(-1)?.depth ?? until) : until;
    const dropped = this.#statements.dropped.all({ ...stretch, until: reached, limit: eventsMax });
    const all = [...rows, ...dropped].sort((a, b) => a.depth - b.depth).slice(0, eventsMax);
    return { rows: all, isAll: !isFull && all.length < eventsMax };
  }

  /** How many rows there are between two depths, with erased ones: what it costs to read them. */
  rowsBetween(roomId: string, since: number, until: number): number {
    return this.#statements.looked.get({ room: roomId, since, until })?.n ?? 0;
  }

  /** Whether a server has written a message in the room between two depths. */
  hasMessageBy(server: string, roomId: string, since: number, until: number): boolean {
    return this.#statements.messageBy.get({ room: roomId, since, until, server }) !== undefined;
  }

  /** Includes the remains of erased events, but nothing that couldn't be verified here. */
  afterSeq(roomId: string, seq: number, limit: number): EventRow[] {
    return page(this.#statements.afterSeq.iterate(roomId, seq, limit));
  }

  /** How many there are in this order, at most `max`. */
  countAfterSeq(roomId: string, seq: number, max: number): number {
    return this.#statements.countAfterSeq.get(roomId, seq, max)?.n ?? 0;
  }

  /** The position of the newest invite for a user; null if it was revoked. */
  lastInvite(roomId: string, userId: string): Position | null {
    const row = this.#statements.lastInvite.get(roomId, userId);
    return row?.event_type === 'm.member.invite' ? { depth: row.depth, eventId: row.event_id } : null;
  }

  /** The newest invite of each user who was invited and has neither joined nor been removed since. */
  openInvites(roomId: string): EventRow[] {
    return this.#statements.openInvites.all(roomId);
  }

  /** Membership events and invites about one user. */
  aboutUser(roomId: string, userId: string): EventRow[] {
    return this.#statements.bySubject.all(roomId, userId);
  }

  aheadUpTo(depth: number): EventRow[] {
    return this.#statements.ahead.all(depth);
  }

  /** The highest sequence number so far. */
  lastSeq(): number {
    return this.#statements.count.get()?.n ?? 0;
  }

  lastArrivalAt(roomId: string): number | null {
    return this.#statements.lastInRoom.get(roomId)?.at ?? null;
  }
}
