import { compareCodePoints } from './coding/canonical-json.ts';
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

export function comparePositions(a: Position, b: Position): number {
  return a.depth - b.depth || compareCodePoints(a.eventId, b.eventId);
}

/** What one event says about one user's membership. */
export interface MembershipFact extends Position {
  /** Whether the room's home signed it, or the user's own server. */
  readonly by: 'home' | 'self';
  readonly change: 'join' | 'leave' | 'remove';
  readonly role: 'owner' | 'member';
  readonly originTs: number;
}

export type MembershipState = 'joined' | 'left' | 'removed';

export interface MembershipStep extends Position {
  readonly state: MembershipState;
  readonly role: 'owner' | 'member';
  /** When the user last joined, unix ms. */
  readonly joinedAt: number;
}

const stateAfter = { join: 'joined', leave: 'left', remove: 'removed' } as const;

/**
 * Whether what an event says about a membership counts. From the home, everything does. From the user's own server,
 * leaving always counts, and joining only in a room whose home announces no members (the existing server).
 */
export const isCounted = (fact: Pick<MembershipFact, 'by' | 'change'>, homeAnnounces: boolean): boolean =>
  fact.by === 'home' || fact.change === 'leave' || (fact.change === 'join' && !homeAnnounces);

/** Only the home can make someone owner, because a join signed by the user's own server can claim anything. */
export const roleGiven = (fact: Pick<MembershipFact, 'by' | 'role'>): 'owner' | 'member' =>
  fact.by === 'home' ? fact.role : 'member';

/** A user's membership over the room's order, derived from all facts about it. */
export function membershipSteps(facts: Iterable<MembershipFact>, homeAnnounces: boolean): MembershipStep[] {
  const counted = [...facts].filter((fact) => isCounted(fact, homeAnnounces)).sort(comparePositions);
  const steps: MembershipStep[] = [];
  for (const fact of counted) {
    const before = steps.at(-1);
    const state = stateAfter[fact.change];
    // Leaving after a removal would turn "removed" into "left", and lose the information that an invite is needed.
    if (before?.state === 'removed' && state === 'left') continue;
    const again = before?.state === 'joined' && state === 'joined';
    steps.push({
      depth: fact.depth,
      eventId: fact.eventId,
      state,
      role: state === 'joined' ? roleGiven(fact) : (before?.role ?? 'member'),
      joinedAt: again || state !== 'joined' ? (before?.joinedAt ?? fact.originTs) : fact.originTs,
    });
  }
  return steps;
}

/** A counted fact as stored; `role` is the role it gives. */
export interface CountedFact extends Position {
  readonly change: 'join' | 'leave' | 'remove';
  readonly role: 'owner' | 'member';
  readonly originTs: number;
}

/** The few counted facts that decide a user's membership at the end of the order. */
export interface MembershipEnds {
  readonly first: CountedFact | null;
  /** The last of each kind. */
  readonly join: CountedFact | null;
  readonly leave: CountedFact | null;
  readonly remove: CountedFact | null;
  /** The first of the joins that `join` ends, with no other fact between them. */
  readonly cameIn: CountedFact | null;
}

/** The later one in the order; null if there is none. */
export const laterOf = <T extends Position>(a: T | null, b: T | null): T | null =>
  a === null || (b !== null && comparePositions(b, a) > 0) ? b : a;

/**
 * The last of `membershipSteps`, from those facts alone: its cost doesn't grow with how often a user joined and left.
 */
export function membershipNow({ first, join, leave, remove, cameIn }: MembershipEnds): MembershipStep | null {
  const decided = laterOf(join, remove);
  const state = decided === join && join !== null ? 'joined' : 'removed';
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

/** Whether the user was a member at a position in the order: decided by the last step before it. */
export function memberAt(steps: readonly MembershipStep[], at: Position): boolean {
  let member = false;
  for (const step of steps) {
    if (comparePositions(step, at) >= 0) break;
    member = step.state === 'joined';
  }
  return member;
}

/** Who may join at the home: `peers` admits anyone who was not removed; otherwise an invite is needed. */
export function mayJoin(
  rule: 'invite' | 'peers',
  last: MembershipStep | null,
  lastInvite: Position | null,
): boolean {
  if (last?.state === 'joined') return true;
  const invited = lastInvite !== null && (last === null || comparePositions(lastInvite, last) > 0);
  return invited || (rule === 'peers' && last?.state !== 'removed');
}

/** An authorized edit, delete or reaction, reduced to its effect on the message. */
export interface MessageEffect extends Position {
  readonly kind: 'edit' | 'delete' | 'reaction';
  readonly sender: string;
  /** Signed by the room's home, which vouches that the sender is a moderator there. */
  readonly byHome: boolean;
  readonly originTs: number;
  /** Of an edit; null if its text was erased. */
  readonly body?: string | null;
  readonly emoji?: string;
  readonly add?: boolean;
}

export interface MessageNow {
  readonly body: string | null;
  readonly editedAt: number | null;
  /** The event ID of the edit with the current text. */
  readonly editedBy: string | null;
  readonly deleted: boolean;
  readonly reactions: readonly { readonly emoji: string; readonly user: string }[];
}

/** Whether a delete counts: the author's and the room's home's do. */
export const mayDelete = (
  by: { readonly sender: string; readonly byHome: boolean },
  author: string | null,
): boolean => by.byHome || by.sender === author;

/** What is shown of a deleted message. */
export const nothingLeft: MessageNow = {
  body: null,
  editedAt: null,
  editedBy: null,
  deleted: true,
  reactions: [],
};

/**
 * The current message, given every known effect on it, in any order. `body` is null if its text was erased
 * (docs/protocol/rooms.md, "Convergence").
 */
export function foldMessage(
  author: string,
  body: string | null,
  effects: Iterable<MessageEffect>,
): MessageNow {
  let edit: MessageEffect | null = null;
  const reactions = new Map<string, MessageEffect>();
  for (const effect of effects) {
    if (effect.kind === 'edit') {
      if (effect.sender === author && (edit === null || comparePositions(effect, edit) > 0)) edit = effect;
    } else if (effect.kind === 'delete') {
      if (mayDelete(effect, author)) return nothingLeft;
    } else {
      const key = `${effect.sender} ${effect.emoji}`;
      const before = reactions.get(key);
      if (before === undefined || comparePositions(effect, before) > 0) reactions.set(key, effect);
    }
  }
  return {
    body: edit === null ? body : (edit.body ?? null),
    editedAt: edit?.originTs ?? null,
    editedBy: edit?.eventId ?? null,
    deleted: false,
    reactions: [...reactions.values()]
      .filter((reaction) => reaction.add)
      .sort((a, b) => compareCodePoints(a.emoji ?? '', b.emoji ?? '') || comparePositions(a, b))
      .map((reaction) => ({ emoji: reaction.emoji ?? '', user: reaction.sender })),
  };
}

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
