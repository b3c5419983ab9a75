import { signedDepthIn } from '../../../../shared/protocol/events/envelope.ts';
import { orderEnd, type Position } from '../../../../shared/protocol/room-state.ts';
import { tuning } from '../../../config.ts';
import { isErasedSql, isUnverifiedSql, readErased } from '../../erased-body.ts';
import { Queries } from '../../queries.ts';
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

const all = 'SELECT * FROM federation_events WHERE';

/** The events themselves, in order of arrival. */
export class EventStore extends Queries {
  // The text only of what is left of erased events.
  readonly #storedOf = this.rows<[string], { event_id: string; bytes: number; body: string | null }>(`
    SELECT event_id, octet_length(body) AS bytes, CASE WHEN ${isErasedSql('body')} THEN body END AS body FROM federation_events
    WHERE event_id IN (SELECT value FROM json_each(?))`);
  readonly #bodiesOf = this.rows<[string], Pick<EventRow, 'event_id' | 'body'>>(
    'SELECT event_id, body FROM federation_events WHERE event_id IN (SELECT value FROM json_each(?))',
  );
  readonly #byIds = this.rows<[string], EventIn>(`
    SELECT event_id, seq, room_id, origin_server FROM federation_events
    WHERE event_id IN (SELECT value FROM json_each(?))`);
  readonly #highestDepth = this.value<[{ room: string }], number | null>(
    `SELECT max(depth) AS depth FROM (${byDepthSql('max(depth) AS depth', 'room_id = $room AND state <> 2')})`,
  );
  readonly #highestDepthUpTo = this.value<[{ room: string; upTo: number }], number | null>(`
    SELECT max(depth) AS depth
    FROM (${byDepthSql('max(depth) AS depth', 'room_id = $room AND depth <= $upTo AND state <> 2')})`);
  readonly #joinedAt = this.value<[string, string], number | null>(`
    SELECT max(depth) AS depth FROM federation_events
    WHERE room_id = ? AND subject = ? AND event_type = 'm.member.join' AND state = 1`);
  readonly #putAhead = this.run<[{ room: string; depth: number }]>(`UPDATE federation_events SET state = 2
    WHERE seq IN (${byDepthSql('seq', 'room_id = $room AND depth > $depth')})`);
  readonly #isOvertaken = this.has<[string, number, string, string, string | null, string | null]>(`
    SELECT seq FROM federation_events
    WHERE room_id = ? AND seq > ? AND event_type IN (?, ?) AND target IS ? AND subject IS ? AND state <> 2
    LIMIT 1`);
  readonly #profileIn = this.row<[string, string], { body: string }>(`
    SELECT body FROM federation_events INDEXED BY federation_events_profiles
    WHERE event_type = 'm.member.profile' AND sender = ? AND room_id = ? AND state = 1
    ORDER BY depth DESC, event_id DESC LIMIT 1`);
  readonly #profileOf = this.row<[string], { body: string }>(`
    SELECT body FROM federation_events INDEXED BY federation_events_profiles
    WHERE event_type = 'm.member.profile' AND sender = ? AND state = 1
    ORDER BY room_id DESC, depth DESC, event_id DESC LIMIT 1`);
  readonly #infoBefore = this.row<[string, number, string], { body: string }>(`
    SELECT body FROM federation_events INDEXED BY federation_events_infos
    WHERE room_id = ? AND event_type = 'm.room.info' AND state = 1 AND (depth, event_id) < (?, ?)
    ORDER BY depth DESC, event_id DESC LIMIT 1`);
  readonly #lastSaid = this.value<
    [{ room: string; user: string; after: number; upTo: number }],
    number | null
  >(`
    SELECT max(origin_ts) AS at FROM federation_events
    WHERE room_id = $room AND event_type = 'm.message' AND depth > $after AND sender = $user AND state <> 2
      AND origin_ts > $after AND origin_ts <= $upTo`);
  readonly #isChannelDeleted = this.has<[string, string]>(isChannelDeletedSql);
  readonly #saidAgain = this.row<[string], { again_id: string | null }>(
    'SELECT again_id FROM said_again WHERE event_id = ?',
  );
  readonly #afterPlace = this.each<[Position & { room: string; latest: number; oldest: number }], EventRow>(
    `${byDepthSql(
      '*',
      `room_id = $room AND depth >= $depth AND (depth > $depth OR event_id > $eventId)
           AND depth <= $latest AND origin_ts BETWEEN $oldest AND $latest AND NOT ${isErasedSql('body')}`,
    )} ORDER BY depth, event_id`,
  );
  readonly #between = this.each<[Stretch], EventRow>(
    `${byDepthSql('*', inStretch)} ORDER BY depth, event_id`,
  );
  readonly #placed = this.each<[Stretch], Pick<EventRow, 'depth' | 'body' | 'files_unsigned'>>(
    `${byDepthSql('event_id, depth, body, files_unsigned', inStretch)} ORDER BY depth, event_id`,
  );
  readonly #looked = this.number<[Stretch]>(`SELECT sum(n) AS n
    FROM (${byDepthSql('count(*) AS n', 'room_id = $room AND depth > $since AND depth <= $until')})`);
  readonly #messageBy = this.has<[Stretch & { server: string }]>(`SELECT seq FROM federation_events
    WHERE event_type = 'm.message' AND ${inStretch} AND origin_server = $server LIMIT 1`);
  readonly #dropped = this.rows<[Stretch & { limit: number }], PlacedRow>(`
    SELECT signed AS hash, depth FROM dropped_events
    WHERE room_id = $room AND depth > $since AND depth <= $until AND signed IS NOT NULL
    ORDER BY depth LIMIT $limit`);
  readonly #afterSeq = this.each<[string, number, number], EventRow>(
    `${all} room_id = ? AND seq > ? AND NOT ${isUnverifiedSql('body')} ORDER BY seq LIMIT ?`,
  );
  readonly #lastInvite = this.row<[string, string], EventRow>(`
    ${all} room_id = ? AND subject = ? AND event_type IN ('m.member.invite', 'm.member.uninvite')
    ORDER BY depth DESC, event_id DESC LIMIT 1`);
  readonly #lastInRoom = this.value<[string], number | null>(
    `SELECT received_at AS at FROM federation_events WHERE room_id = ? ORDER BY seq DESC LIMIT 1`,
  );

  readonly byId = this.row<[eventId: string], EventRow>(`${all} event_id = ?`);

  readonly bySeq = this.row<[seq: number], EventRow>(`${all} seq = ?`);

  /** Whether anything is known of the room besides who is invited to it. */
  readonly isReported = this.has<[roomId: string]>(`SELECT seq FROM federation_events
    WHERE room_id = ? AND event_type NOT IN ('m.member.invite', 'm.member.uninvite') LIMIT 1`);

  /** The stored events by which the members of a room say what they want to be called. */
  readonly profilesIn = this.rows<[roomId: string], { user_id: string; body: string }>(`
    SELECT m.user_id, e.body FROM room_members m CROSS JOIN federation_events e ON e.seq =
      (SELECT seq FROM federation_events INDEXED BY federation_events_profiles
       WHERE event_type = 'm.member.profile' AND sender = m.user_id AND room_id = m.room_id AND state = 1
       ORDER BY depth DESC, event_id DESC LIMIT 1)
    WHERE m.room_id = ? AND m.state = 'joined'`);

  readonly putSaidAgain = this.run<[eventId: string, againId: string | null]>(
    'INSERT OR REPLACE INTO said_again (event_id, again_id) VALUES (?, ?)',
  );

  /** How many there are in this order, at most `max`. */
  readonly countAfterSeq = this.number<[roomId: string, seq: number, max: number]>(
    'SELECT count(*) AS n FROM (SELECT 1 FROM federation_events WHERE room_id = ? AND seq > ? LIMIT ?)',
  );

  /** The newest invite of each user who was invited and has neither joined nor been removed since. */
  readonly openInvites = this.rows<[roomId: string], EventRow>(`SELECT e.* FROM federation_events e
    WHERE e.room_id = ? AND e.event_type = 'm.member.invite' AND ${isLastInviteSql}
    ORDER BY e.depth, e.event_id`);

  /** Membership events and invites about one user. */
  readonly aboutUser = this.rows<[roomId: string, userId: string], EventRow>(
    `${all} room_id = ? AND subject = ?`,
  );

  readonly aheadUpTo = this.rows<[depth: number], EventRow>(`${all} state = 2 AND depth <= ?`);

  /** The highest sequence number so far. */
  readonly lastSeq = this.number<[]>('SELECT max(seq) AS n FROM federation_events');

  /**
   * Returns the events that we have, or had until they were erased, and how many bytes each has; null if it was erased.
   * A report from the room's home is not enough.
   */
  storedOf(eventIds: readonly string[]): Map<string, number | null> {
    if (eventIds.length === 0) return new Map();
    const rows = this.#storedOf(JSON.stringify(eventIds));
    const isStored = ({ body }: (typeof rows)[number]) => body === null || readErased({ body }).hash !== null;
    return new Map(rows.filter(isStored).map((row) => [row.event_id, row.body === null ? row.bytes : null]));
  }

  /** The texts of these events, by ID. */
  bodiesOf(eventIds: readonly string[]): Map<string, string> {
    if (eventIds.length === 0) return new Map();
    const rows = this.#bodiesOf(JSON.stringify(eventIds));
    return new Map(rows.map((row) => [row.event_id, row.body]));
  }

  /** The origin and the room of each of these events, by its ID. */
  byIds(eventIds: readonly string[]): Map<string, EventIn> {
    const rows = this.#byIds(JSON.stringify(eventIds));
    return new Map(rows.map((row) => [row.event_id, row]));
  }

  /** The highest depth among events that are already in the order; -1 in a room without events. */
  highestDepth(roomId: string): number {
    return this.#highestDepth({ room: roomId }) ?? -1;
  }

  /** The same as `highestDepth`, without events further ahead than this. */
  highestDepthUpTo(roomId: string, depth: number): number {
    return this.#highestDepthUpTo({ room: roomId, upTo: depth }) ?? -1;
  }

  /** The last description of a room before a place in its order, if there is one. */
  infoBefore(roomId: string, { depth, eventId }: Position): string | undefined {
    return this.#infoBefore(roomId, depth, eventId)?.body;
  }

  /** The date of the last message of a user between two times; null without one. No depth is before the date. */
  lastSaid(room: string, user: string, { after, upTo }: { after: number; upTo: number }): number | null {
    return this.#lastSaid({ room, user, after, upTo }) ?? null;
  }

  /** The depth of a user's last join; -1 if that is unknown. */
  joinedAt(roomId: string, userId: string): number {
    return this.#joinedAt(roomId, userId) ?? -1;
  }

  /** These events have no effect until our clock has caught up. The room has to be rebuilt. */
  putAhead(roomId: string, depth: number): void {
    this.#putAhead({ room: roomId, depth });
  }

  /**
   * Whether the same kind of event about the same thing was stored after this one and is in the order. Inviting someone
   * and taking it back are of one kind.
   */
  isOvertaken(row: Pick<EventRow, 'room_id' | 'seq' | 'event_type' | 'target' | 'subject'>): boolean {
    const { room_id, seq, event_type: type, target, subject } = row;
    const opposite = opposites.get(type) ?? type;
    return this.#isOvertaken(room_id, seq, type, opposite, target, subject);
  }

  /** The stored event by which a user says what they want to be called: in a room, or in any. */
  profile(userId: string, roomId: string | null): string | null {
    return (roomId === null ? this.#profileOf(userId) : this.#profileIn(userId, roomId))?.body ?? null;
  }

  isChannelDeleted(roomId: string, channelId: string): boolean {
    return this.#isChannelDeleted(channelId, roomId);
  }

  /** The new ID of an event of ours that a wrong clock had dated; null if it was left as it is, `undefined` if neither. */
  saidAgain(eventId: string): string | null | undefined {
    const row = this.#saidAgain(eventId);
    return row?.again_id;
  }

  /**
   * Leaves out erased events, because a reader needs an event to continue from on every page but the last. Also leaves
   * out events after `latest`, by their own depth or time: a reader that remembers the highest depth it has seen would
   * never ask for the events below it.
   */
  afterPlace(roomId: string, place: Position, limit: number, { oldest, latest }: Window): EventRow[] {
    // `depth` is never behind the time, except in events that no release of any server writes.
    const { depth, eventId } = place.depth < oldest ? { ...orderEnd, depth: oldest - 1 } : place;
    const rows = this.#afterPlace({ room: roomId, depth, eventId, latest, oldest });
    const isBehind = ({ body }: EventRow) => (signedDepthIn(body) ?? 0) <= latest;
    return page(Iterator.from(rows).filter(isBehind).take(limit));
  }

  /**
   * The events up to a depth, for a reader that names it and so goes no further, whatever depth an event was signed with.
   */
  between(roomId: string, since: number, until: number, limit: number): EventRow[] {
    return page(Iterator.from(this.#between({ room: roomId, since, until })).take(limit));
  }

  /**
   * Returns the places that `between` would have if nothing had been dropped, without the events themselves. Ends at a
   * number of events, or with the one that makes their texts too large together.
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
    for (const row of this.#placed(stretch)) {
      rows.push({ hash: signedHash(row), depth: row.depth });
      bytes += bytesOf(row) * (row.files_unsigned === 1 ? parsedWork : 1);
      if (rows.length >= eventsMax || bytes >= bytesMax) break;
    }
    const isFull = rows.length >= eventsMax || bytes >= bytesMax;
    const reached = isFull ? (rows.at(-1)?.depth ?? until) : until;
    const dropped = this.#dropped({ ...stretch, until: reached, limit: eventsMax });
    const all = [...rows, ...dropped].sort((a, b) => a.depth - b.depth).slice(0, eventsMax);
    return { rows: all, isAll: !isFull && all.length < eventsMax };
  }

  /** How many rows there are between two depths, with erased ones: what it costs to read them. */
  rowsBetween(roomId: string, since: number, until: number): number {
    return this.#looked({ room: roomId, since, until });
  }

  /** Whether a server has written a message in the room between two depths. */
  hasMessageBy(server: string, roomId: string, since: number, until: number): boolean {
    return this.#messageBy({ room: roomId, since, until, server });
  }

  /** Includes the remains of erased events, but nothing that couldn't be verified here. */
  afterSeq(roomId: string, seq: number, limit: number): EventRow[] {
    return page(this.#afterSeq(roomId, seq, limit));
  }

  /** The position of the newest invite for a user; null if it was revoked. */
  lastInvite(roomId: string, userId: string): Position | null {
    const row = this.#lastInvite(roomId, userId);
    return row?.event_type === 'm.member.invite' ? { depth: row.depth, eventId: row.event_id } : null;
  }

  lastArrivalAt(roomId: string): number | null {
    return this.#lastInRoom(roomId) ?? null;
  }
}
