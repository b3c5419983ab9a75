import type { UserFact } from '../../store/tables/rooms/member-fact-store.ts';

/** The part of a room that a server may read. */
export interface ReadAccess {
  /** Whether it may read an event at this depth. */
  readonly includes: (depth: number) => boolean;
  /** How many rows it took to find out. */
  readonly rows: number;
}

export const wholeRoom: ReadAccess = { includes: () => true, rows: 0 };

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The stretches of a room's order in which a server had a member, from the counted facts about its users, sorted by user
 * and position. At the exact depth of a membership event, the event itself is for that server too. Null without one.
 */
export function readAccessOf(facts: readonly UserFact[]): ReadAccess | null {
  const spans = united(spansOf(facts));
  if (spans.length === 0) return null;
  return { includes: (depth) => isWithin(spans, depth), rows: facts.length };
}

function spansOf(facts: readonly UserFact[]): Span[] {
  const spans: Span[] = [];
  let since: { readonly user: string; readonly depth: number } | null = null;
  for (const { user_id: user, depth, change } of facts) {
    if (since !== null && (since.user !== user || change !== 'join')) {
      spans.push({ from: since.depth, to: since.user === user ? depth : Number.POSITIVE_INFINITY });
      since = null;
    }
    if (change === 'join') since ??= { user, depth };
  }
  if (since !== null) spans.push({ from: since.depth, to: Number.POSITIVE_INFINITY });
  return spans;
}

/** Unites spans, in order and without overlaps. */
function united(spans: readonly Span[]): Span[] {
  const whole: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = whole.at(-1);
    if (last === undefined || span.from > last.to) whole.push(span);
    else whole[whole.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return whole;
}

function isWithin(spans: readonly Span[], depth: number): boolean {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.to ?? 0) < depth) low = middle + 1;
    else high = middle;
  }
  return depth >= (spans[low]?.from ?? Number.POSITIVE_INFINITY);
}
