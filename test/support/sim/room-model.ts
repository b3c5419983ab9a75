import { compareCodePoints } from '../../../shared/protocol/coding/canonical-json.ts';
import {
  comparePositions,
  isCounted,
  type MembershipFact,
  type MembershipStep,
  mayDelete,
  type Position,
  roleGiven,
} from '../../../shared/protocol/room-state.ts';

/** Folds a room from all its events at once: the rules and tables of a node have to agree with the result. */

const stateAfter = { join: 'joined', leave: 'left', remove: 'removed', ban: 'banned' } as const;

/** A user's membership over the room's order, derived from all facts about it. */
export function membershipSteps(facts: Iterable<MembershipFact>, homeAnnounces: boolean): MembershipStep[] {
  const counted = [...facts].filter((fact) => isCounted(fact, homeAnnounces)).sort(comparePositions);
  const steps: MembershipStep[] = [];
  for (const fact of counted) {
    const before = steps.at(-1);
    const state = stateAfter[fact.change];
    // Leaving after a removal would turn "removed" into "left", and lose the information that an invite is needed.
    if ((before?.state === 'removed' || before?.state === 'banned') && state === 'left') continue;
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

/** Whether the user was a member at a position in the order: decided by the last step before it. */
export function memberAt(steps: readonly MembershipStep[], at: Position): boolean {
  let member = false;
  for (const step of steps) {
    if (comparePositions(step, at) >= 0) break;
    member = step.state === 'joined';
  }
  return member;
}

/** An authorized edit, delete or reaction, reduced to its effect on the message. */
export interface MessageEffect extends Position {
  readonly kind: 'edit' | 'delete' | 'reaction';
  readonly sender: string;
  /** Signed by the room's home, which vouches that the sender is a moderator there. */
  readonly byHome: boolean;
  readonly originTs: number;
  /** The text of an edit; null if it was erased. */
  readonly body?: string | null;
  readonly emoji?: string;
  readonly add?: boolean;
}

interface MessageNow {
  readonly body: string | null;
  readonly editedAt: number | null;
  /** The event ID of the edit with the current text. */
  readonly editedBy: string | null;
  readonly deleted: boolean;
  readonly reactions: readonly { readonly emoji: string; readonly user: string }[];
}

/** The remains of a deleted message. */
const nothingLeft: MessageNow = {
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
