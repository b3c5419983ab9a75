/** When a peer is asked whether it is there and knows us, and what its silence means. Pure; times in milliseconds. */

import type { Said } from '../../../shared/words/said.ts';

const second = 1000;
const minute = 60 * second;

/** How often a peer is asked at first, while its owner has yet to add us or it does not answer. */
export const soonMs = 15 * second;
/** For this long; then every `keepMs`. */
export const soonForMs = 10 * minute;
/** A peer from which nothing came for this long is asked. */
export const keepMs = 5 * minute;
/** A call that failed means nothing yet if there was contact less than this ago. */
export const graceMs = 2 * minute;
/**
 * Without any contact for this long a peer is not said to be connected. Peers of our kind that cannot be called ask us
 * every 12 minutes at least (`pullIntervalMs` with its jitter); those that can be called are asked every 5.
 */
export const silentMs = 13 * minute;

export interface Contact {
  /** Whether it answered, the last time it was asked, that it knows us; `null` before. */
  readonly knowsUs: boolean | null;
  /** Since when the present schedule is in use: the start, its addition, or the last refusal. */
  readonly since: number;
  /** When it was last asked, or would have been. */
  readonly askedAt: number;
  /** Its last answer to any signed call of ours; `null` in this run. */
  readonly answeredAt: number | null;
  /** Since when calls fail; `null` while the last one was answered. */
  readonly failingSince: number | null;
  readonly error: Said | null;
}

export const noContact = (now: number): Contact => ({
  ...{ knowsUs: null, since: now, askedAt: now },
  ...{ answeredAt: null, failingSince: null, error: null },
});

/** How long it is until a peer is asked again. */
export function askAgainMs(contact: Contact, now: number, heardAt: number | null): number {
  const isOpen = contact.knowsUs !== true || contact.failingSince !== null;
  const since = contact.failingSince ?? contact.since;
  const interval = isOpen && now - since < soonForMs ? soonMs : keepMs;
  const last = isOpen ? contact.askedAt : Math.max(contact.askedAt, contact.answeredAt ?? 0, heardAt ?? 0);
  // A clock that was set back must not put it off for longer than that.
  return last > now ? 0 : Math.max(0, last + interval - now);
}
