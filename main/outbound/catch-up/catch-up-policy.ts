/** How often a peer is asked for events we may have missed (docs/protocol/delivery.md, "Catch-up"). Pure. */

import type { JsonValue } from '../../../shared/protocol/coding/json.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { comparePositions, type Position } from '../../../shared/protocol/room-state.ts';
import { backOffMs } from '../../kernel/back-off.ts';
import { countedDepth, eventIdOf } from './catch-up-page.ts';

export interface PullFacts {
  /** When asked, it had new events of its own that it had not pushed. Set until it pushes again. */
  readonly pullOnly: boolean;
  /** The peer has pushed an event, or calls us, so it can push. */
  readonly pushes: boolean;
  /** Rounds in a row that returned nothing new. */
  readonly quietRounds: number;
  /** Rounds in a row that failed. */
  readonly failures: number;
  /** The peer retries what didn't arrive, or reports what waits. Servers of another kind may send only once. */
  readonly isOfOurKind: boolean;
}

const second = 1000;
const minute = 60 * second;

/**
 * An event that did not arrive from a server of another kind is found within this time, because it may push each event
 * only once.
 */
const besidePushesMsMax = 15 * second;
const failuresMsMax = 30 * second;

/** Milliseconds until the next round, before jitter. */
export function pullIntervalMs(facts: PullFacts): number {
  const { failures, isOfOurKind } = facts;
  if (failures > 0)
    return backOffMs({ firstMs: 5 * second, maxMs: isOfOurKind ? 5 * minute : failuresMsMax }, failures);
  const quiet = Math.min(facts.quietRounds, 10);
  if (facts.pullOnly) return Math.min(second * 1.3 ** quiet, 5 * second);
  if (facts.pushes && isOfOurKind) return Math.min(minute * 1.5 ** quiet, 10 * minute);
  return Math.min(3 * second * 1.3 ** quiet, besidePushesMsMax);
}

/**
 * If a key can't be fetched right now, or a home can't be asked, an event that needs it is read again for this many
 * rounds and this long before it is skipped. Rounds may be a second apart, but an outage lasts minutes.
 */
const undecidedRoundsMin = 5;
const undecidedMsMin = 15 * minute;

export class Undecided {
  #rounds = 0;
  #since = 0;

  /** Another round has met such an event. True once it may be skipped. */
  met(now: number): boolean {
    if (this.#rounds === 0) this.#since = now;
    this.#rounds += 1;
    return this.#rounds > undecidedRoundsMin && now - this.#since >= undecidedMsMin;
  }

  /** A round met no such event. */
  clear(): void {
    this.#rounds = 0;
  }
}

/** Reading by depth starts this much before the end of the last reading, because late events have low depths. */
export const overlapMs = 2 * minute;
/** The pause between readings of a whole day, which find events that came even later. */
export const sweepEveryMs = 60 * minute;
export const sweepMs = 24 * 60 * minute;

/** The depth to start from at a peer that gives no tokens. */
export function startDepth(
  cursor: { readonly depth: number; readonly sweptAt: number },
  now: number,
): number {
  if (cursor.depth === 0) return 0;
  return Math.max(0, cursor.depth - (now - cursor.sweptAt >= sweepEveryMs ? sweepMs : overlapMs));
}

/**
 * If all events of a full page have the same depth, only a larger page shows whether there are more of them: how many
 * to ask for then. Null if the page is enough, or no larger one is allowed.
 */
export function widerPage(depths: readonly number[], limit: number): number | null {
  const isCrowded = depths.length >= limit && depths.every((depth) => depth === depths[0]);
  return isCrowded && limit < limits.eventsPageMax ? Math.min(limit * 2, limits.eventsPageMax) : null;
}

/**
 * Returns the depth where the next page begins, or null if this was the last. The end of the page may have cut off
 * events with the same depth as the last one, so the next page starts at that depth again, unless it would be the same
 * page.
 */
export function nextPageDepth(asked: number, depths: readonly number[], limit: number): number | null {
  if (depths.length < limit) return null;
  const highest = Math.max(...depths);
  if (highest - 1 > asked) return highest - 1;
  return highest > asked ? highest : null;
}

/**
 * The place where a peer says that a page ends, if reading may continue from it: further than before, and no further ahead
 * than a clock may be. Null otherwise.
 */
export function placeAfter(
  asked: Position,
  { end }: { readonly end: Position | null },
  now: number,
): Position | null {
  if (end === null || end.depth > now + limits.clockSkewMsMax) return null;
  // A place without an ID is behind everything at its depth.
  const isFurther = end.depth > asked.depth || (asked.eventId !== '' && comparePositions(end, asked) > 0);
  return isFurther ? end : null;
}

/**
 * Whether more may come after a page. Events that are hidden from us move the place all the same, so a page may be short,
 * or empty, because there were many of those, and not because it is the last.
 */
export function mayHideMore(
  page: { readonly events: readonly JsonValue[]; readonly isLarge: boolean },
  end: Position,
  limit: number,
): boolean {
  if (page.isLarge || page.events.length >= limit) return true;
  const isBefore = (event: JsonValue) =>
    comparePositions({ depth: countedDepth(event), eventId: String(eventIdOf(event)) }, end) < 0;
  return page.events.every(isBefore);
}
