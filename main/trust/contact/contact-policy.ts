/** When to ask a peer whether it is there and knows us, and what its silence means. Pure; times in milliseconds. */

import type { Said } from '../../../shared/words/said.ts';

const second = 1000;
const minute = 60 * second;

/** How often a peer is asked at first, while its owner still has to add us or it doesn't answer. */
export const soonMs = 15 * second;
/** The time with frequent calls; after it comes one every `keepMs`. */
export const soonForMs = 10 * minute;
/** A peer that has been silent for this long is asked. */
export const keepMs = 5 * minute;
/** A failed call doesn't mean anything yet if there was contact less than this ago. */
export const graceMs = 2 * minute;
/**
 * A peer without contact for this long is no longer shown as connected, and the next contact is news. Paracord Nodes
 * that we push to ask us at least every 12 minutes (`pullIntervalMs` with its jitter); we ask the others every 5.
 */
export const silentMs = 13 * minute;
/** A Paracord Node that we can't call gets nothing from us otherwise, so it fetches every 15 seconds or less. */
export const fetchSilentMs = 2 * minute;

export interface Contact {
  /** Whether its last answer showed that it knows us; `null` before. */
  readonly knowsUs: boolean | null;
  /** When the current schedule started: at the start, when it was added, or at the last refusal. */
  readonly since: number;
  /** When it was last asked, or would have been. */
  readonly askedAt: number;
  /** The peer's last answer to any signed call of ours; `null` if it gave none in this run. */
  readonly answeredAt: number | null;
  /** Since when calls have failed; `null` if the last one was answered. */
  readonly failingSince: number | null;
  readonly error: Said | null;
}

export const noContact = (now: number): Contact => ({
  knowsUs: null,
  since: now,
  askedAt: now,
  answeredAt: null,
  failingSince: null,
  error: null,
});

/** How long to wait before asking a peer again. */
export function askAgainMs(contact: Contact, now: number, heardAt: number | null): number {
  const isOpen = contact.knowsUs !== true || contact.failingSince !== null;
  const since = contact.failingSince ?? contact.since;
  const interval = isOpen && now - since < soonForMs ? soonMs : keepMs;
  const last = isOpen ? contact.askedAt : Math.max(contact.askedAt, contact.answeredAt ?? 0, heardAt ?? 0);
  // A clock that was set back must not delay it for longer than that.
  return last > now ? 0 : Math.max(0, last + interval - now);
}
