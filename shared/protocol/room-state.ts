import { compareCodePoints } from './coding/canonical-json.ts';
import { parseRoomId } from './identifiers.ts';
import { limits } from './limits.ts';

/**
 * The rules of a room as functions of sets of events: they give the same result in whatever order events arrived
 * (docs/protocol/rooms.md, "Convergence"). They have no state and no clock.
 */

/** A position in a room's order. */
export interface Position {
  readonly depth: number;
  readonly eventId: string;
}

/** Before and after every position in the order, because no event ID reaches U+10FFFF. */
export const orderBegin: Position = { depth: -1, eventId: '' };
export const orderEnd: Position = { depth: Number.MAX_SAFE_INTEGER, eventId: '\u{10ffff}' };

export function comparePositions(a: Position, b: Position): number {
  return a.depth - b.depth || compareCodePoints(a.eventId, b.eventId);
}

/** The role of somebody in a room. Only the home gives more than `member`. */
export type RoomRole = 'owner' | 'moderator' | 'member';

/** The change that an event makes to a membership. Nobody who was banned gets back in before the home ends that. */
export type MembershipChange = 'join' | 'leave' | 'remove' | 'ban';

/** A statement of one event about one user's membership. */
export interface MembershipFact extends Position {
  /** Whether the room's home signed it, or the user's own server. */
  readonly by: 'home' | 'self';
  readonly change: MembershipChange;
  readonly role: RoomRole;
  readonly originTs: number;
}

export type MembershipState = 'joined' | 'left' | 'removed' | 'banned';

export interface MembershipStep extends Position {
  readonly state: MembershipState;
  readonly role: RoomRole;
  /** When the user last joined, unix ms. */
  readonly joinedAt: number;
}

/**
 * Whether what an event says about a membership counts. From the home, everything does. From the user's own server,
 * leaving always counts, and joining only in a room whose home announces no members (the existing server).
 */
export const isCounted = (fact: Pick<MembershipFact, 'by' | 'change'>, homeAnnounces: boolean): boolean =>
  fact.by === 'home' || fact.change === 'leave' || (fact.change === 'join' && !homeAnnounces);

/** Takes a role from the home only, because a join signed by the user's own server can claim anything. */
export const roleGiven = (fact: Pick<MembershipFact, 'by' | 'role'>): RoomRole =>
  fact.by === 'home' ? fact.role : 'member';

/** A counted fact as stored; `role` is the role it gives. */
export interface CountedFact extends Position {
  readonly change: MembershipChange;
  readonly role: RoomRole;
  readonly originTs: number;
}

/** The few counted facts that decide a user's membership at the end of the order. */
export interface MembershipEnds {
  readonly first: CountedFact | null;
  /** The last of each kind. */
  readonly join: CountedFact | null;
  readonly leave: CountedFact | null;
  readonly remove: CountedFact | null;
  readonly ban: CountedFact | null;
  /** The first of the joins that `join` ends, with no other fact between them. */
  readonly cameIn: CountedFact | null;
}

/** The later one in the order; null without one. */
export const laterOf = <T extends Position>(a: T | null, b: T | null): T | null =>
  a === null || (b !== null && comparePositions(b, a) > 0) ? b : a;

/**
 * How a membership stands at the end of the order, from those facts alone: the cost doesn't grow with how often a user
 * joined and left.
 */
export function membershipNow({
  first,
  join,
  leave,
  remove,
  ban,
  cameIn,
}: MembershipEnds): MembershipStep | null {
  const decided = laterOf(join, laterOf(remove, ban));
  const out = decided === ban ? 'banned' : 'removed';
  const state = decided === join && join !== null ? 'joined' : out;
  // A leave after a removal changes nothing.
  const isLeft =
    leave !== null && laterOf(decided, leave) === leave && (decided === null || decided === join);
  const last = isLeft ? leave : decided;
  if (last === null) return null;
  return {
    depth: last.depth,
    eventId: last.eventId,
    state: isLeft ? 'left' : state,
    role: join?.role ?? 'member',
    joinedAt: (cameIn ?? first ?? last).originTs,
  };
}

/**
 * Decides who may join at the home: `peers` admits anyone who was not removed; otherwise an invite is needed, and helps
 * nobody who is banned.
 */
export function mayJoin(
  rule: 'invite' | 'peers',
  last: MembershipStep | null,
  lastInvite: Position | null,
): boolean {
  if (last?.state === 'joined') return true;
  if (last?.state === 'banned') return false;
  const invited = lastInvite !== null && (last === null || comparePositions(lastInvite, last) > 0);
  return invited || (rule === 'peers' && last?.state !== 'removed');
}

/** The rules of writing in a room, as its home said last. */
export interface Writing {
  readonly archived: boolean;
  /** `moderators`: only owners and moderators. */
  readonly writers: 'everybody' | 'moderators';
  /** Slow mode: how long a member waits between two messages; 0 without it. */
  readonly slowSeconds: number;
}

/** The reason why nobody, or no ordinary member, may write in a room (docs/protocol/wire.md, "Reasons"). */
export type ClosedBy = 'room_archived' | 'only_moderators';

/**
 * Says why a message, an edit or a reaction doesn't count at a place in the order; null if it counts. `writing`: what the
 * home said last before that place. `role`: what the author's last join before it gives.
 */
export const closedTo = (
  { archived, writers }: Pick<Writing, 'archived' | 'writers'>,
  by: { readonly role: RoomRole; readonly reacts: boolean },
): ClosedBy | null => {
  if (archived) return 'room_archived';
  return writers === 'moderators' && by.role === 'member' && !by.reacts ? 'only_moderators' : null;
};

/**
 * The users a room is for, with one more `m.room.info`: those whom each of them names, if any names some; null for a room
 * that isn't a direct chat. So no later or earlier event can let in anybody else.
 */
export const narrowed = (
  users: readonly string[] | null,
  named: readonly string[] | null,
): readonly string[] | null =>
  users === null || named === null ? (users ?? named) : users.filter((user) => named.includes(user));

/**
 * Finds the direct chat that was made last, so that all servers that know the same ones show the same one. It has the
 * greatest number, because numbers begin with the time.
 */
export const newestRoom = <T extends { readonly room_id: string }>(rooms: readonly T[]): T | undefined =>
  rooms.toSorted((a, b) => compareNumbers(b, a) || compareCodePoints(b.room_id, a.room_id))[0];

const compareNumbers = (a: { readonly room_id: string }, b: { readonly room_id: string }): number => {
  const [one, other] = [a, b].map(({ room_id }) => parseRoomId(room_id).guildId) as [string, string];
  return one.length - other.length || compareCodePoints(one, other);
};

/** Whether a delete counts: the author's and the room's home's do. */
export const mayDelete = (
  by: { readonly sender: string; readonly byHome: boolean },
  author: string | null,
): boolean => by.byHome || by.sender === author;

/**
 * The depth of a new event, from its own `origin_ts`. Never before that time: the existing server remembers the larger
 * of the two as how far it has read, and from then on asks only for greater depths (docs/protocol/events.md, "Depth").
 */
export const nextDepth = (highestSeen: number, originTs: number): number =>
  Math.max(highestSeen + 1, originTs);

/** Whether an event is so far ahead that it must wait until our clock has caught up. */
export const isAhead = (
  event: { readonly depth: number; readonly origin_ts: number },
  now: number,
): boolean => Math.max(event.depth, event.origin_ts) > now + limits.aheadMsMax;
