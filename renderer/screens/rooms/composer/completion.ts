/** Completes what somebody is writing: an emoji by its name, and a person of the room. */
import type { MemberView } from '../../../../shared/api/views/room-views.ts';
import { partsOf } from '../members/people.ts';

export interface Asked {
  readonly kind: 'emoji' | 'person';
  readonly query: string;
  /** The beginning of the text to replace; it ends at the caret. */
  readonly from: number;
}

/** Longer names aren't looked for. */
const lookBack = 60;
/** One letter would find half of all emoji, and follows many a colon. */
const emoji = /(?:^|[\s(])(:[\p{L}\p{N}_+-]{2,40})$/u;
const person = /(?:^|[\s(])(@[\p{L}\p{N}._-]{0,40})$/u;

/** Finds the request for a completion before the caret. */
export function askedAt(text: string, caret: number): Asked | null {
  const before = text.slice(Math.max(0, caret - lookBack), caret);
  for (const [kind, pattern] of [
    ['emoji', emoji],
    ['person', person],
  ] as const) {
    const found = pattern.exec(before)?.[1];
    if (found !== undefined) return { kind, query: found.slice(1), from: caret - found.length };
  }
  return null;
}

/** People of the room whose name or user name begins so, or a word of it; the best ones first, and nobody but others. */
export function peopleFor(members: readonly MemberView[], query: string, me: string): MemberView[] {
  const typed = query.toLowerCase();
  const rankOf = ({ user_id, display_name }: MemberView): number => {
    const name = display_name.toLowerCase();
    if (name.startsWith(typed)) return 0;
    if (partsOf(user_id).name.toLowerCase().startsWith(typed)) return 1;
    return name.split(/\s+/).some((word) => word.startsWith(typed)) ? 2 : 3;
  };
  return members
    .filter((member) => member.user_id !== me && rankOf(member) < 3)
    .toSorted((a, b) => rankOf(a) - rankOf(b) || a.display_name.localeCompare(b.display_name));
}

/** Writes a mention of a member: `@ben`, or `@ben:b.test` if somebody else in the room is called so, too. */
export function callOf(userId: string, members: readonly MemberView[]): string {
  const { name } = partsOf(userId);
  const isShared = members.some(({ user_id }) => user_id !== userId && partsOf(user_id).name === name);
  return isShared ? userId : `@${name}`;
}
