import { compareCodePoints } from './coding/canonical-json.ts';
import { limits } from './limits.ts';

/**
 * The rules of a room as functions of sets of events: in whatever order events arrived, these give the same answer
 * (docs/protocol/rooms.md, "Convergence"). They hold no state and read no clock.
 */

/** A place in a room's order. */
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
  /** When the user last came in, unix ms. */
  readonly joinedAt: number;
}

const stateAfter = { join: 'joined', leave: 'left', remove: 'removed' } as const;

/**
 * Whether what an event says of a membership counts. The home's word does; of what a user's own server says, leaving
 * always counts, joining only in a room whose home announces nothing (the existing server).
 */
export const isCounted = (fact: Pick<MembershipFact, 'by' | 'change'>, homeAnnounces: boolean): boolean =>
  fact.by === 'home' || fact.change === 'leave' || (fact.change === 'join' && !homeAnnounces);

/** Only the home makes someone owner: a join signed by the user's own server claims what it likes. */
export const roleGiven = (fact: Pick<MembershipFact, 'by' | 'role'>): 'owner' | 'member' =>
  fact.by === 'home' ? fact.role : 'member';

/** A user's membership over the room's order, worked out from all facts about it. */
export function membershipSteps(facts: Iterable<MembershipFact>, homeAnnounces: boolean): MembershipStep[] {
  const counted = [...facts].filter((fact) => isCounted(fact, homeAnnounces)).sort(comparePositions);
  const steps: MembershipStep[] = [];
  for (const fact of counted) {
    const before = steps.at(-1);
    const state = stateAfter[fact.change];
    // Leaving after a removal would turn "removed" into "left" and with it forget that an invite is needed.
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

/** A counted fact as the store keeps it; `role` is the role it gives. */
export interface CountedFact extends Position {
  readonly change: 'join' | 'leave' | 'remove';
  readonly role: 'owner' | 'member';
  readonly originTs: number;
}

/** The few counted facts of one user that decide how they stand at the end of the order. */
export interface MembershipEnds {
  readonly first: CountedFact | null;
  /** The last of each kind. */
  readonly join: CountedFact | null;
  readonly leave: CountedFact | null;
  readonly remove: CountedFact | null;
  /** The first of the joins that `join` ends, with no other fact between them. */
  readonly cameIn: CountedFact | null;
}

/** The one that stands later in the order; null if there is none. */
export const laterOf = <T extends Position>(a: T | null, b: T | null): T | null =>
  a === null || (b !== null && comparePositions(b, a) > 0) ? b : a;

/** The last of `membershipSteps`, from those facts alone: its cost does not grow with how often a user came and went. */
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

/** Whether the user was a member at a place in the order: what the last step before it says. */
export function memberAt(steps: readonly MembershipStep[], at: Position): boolean {
  let member = false;
  for (const step of steps) {
    if (comparePositions(step, at) >= 0) break;
    member = step.state === 'joined';
  }
  return member;
}

/** Who may join at the home: `peers` admits anyone who was not removed; otherwise it takes an invite since. */
export function mayJoin(
  rule: 'invite' | 'peers',
  last: MembershipStep | null,
  lastInvite: Position | null,
): boolean {
  if (last?.state === 'joined') return true;
  const invited = lastInvite !== null && (last === null || comparePositions(lastInvite, last) > 0);
  return invited || (rule === 'peers' && last?.state !== 'removed');
}

/** An authorised edit, delete or reaction, as far as its message is concerned. */
export interface MessageEffect extends Position {
  readonly kind: 'edit' | 'delete' | 'reaction';
  readonly sender: string;
  /** Signed by the room's home: it vouches that the sender moderates there. */
  readonly byHome: boolean;
  readonly originTs: number;
  /** Of an edit; null where its text was erased. */
  readonly body?: string | null;
  readonly emoji?: string;
  readonly add?: boolean;
}

export interface MessageNow {
  readonly body: string | null;
  readonly editedAt: number | null;
  /** The event id of the edit that says what it says now. */
  readonly editedBy: string | null;
  readonly deleted: boolean;
  readonly reactions: readonly { readonly emoji: string; readonly user: string }[];
}

/** Whether a delete has effect: the author's does, and the room's home's. */
export const mayDelete = (
  by: { readonly sender: string; readonly byHome: boolean },
  author: string | null,
): boolean => by.byHome || by.sender === author;

/** What shows of a deleted message. */
export const nothingLeft: MessageNow = {
  body: null,
  editedAt: null,
  editedBy: null,
  deleted: true,
  reactions: [],
};

/**
 * A message as it stands, given every effect known of it, in any order. `body` is null where its text was erased
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
 * The depth of a new event, from its own `origin_ts`. Never behind that time: the existing server remembers the larger of
 * the two as how far it has read, and asks only for greater depths from then on (docs/protocol/events.md, "Depth").
 */
export const nextDepth = (highestSeen: number, originTs: number): number =>
  Math.max(highestSeen + 1, originTs);

/** Whether an event lies so far ahead that it must wait until our clock has caught up. */
export const isAhead = (
  event: { readonly depth: number; readonly origin_ts: number },
  now: number,
): boolean => Math.max(event.depth, event.origin_ts) > now + limits.aheadMsMax;
