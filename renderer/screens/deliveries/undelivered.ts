import { byUrgency, standingOfQueue } from '../../../shared/api/standing.ts';
import type { OutboxDestinationView, OutboxEntryView } from '../../../shared/api/views/delivery-views.ts';
import type { News } from '../../node/node-link.ts';
import { ago } from '../../parts/time/time.ts';
import { text } from '../../text/text.ts';

export const undelivered = (each: OutboxDestinationView): number => each.queued + each.retrying + each.parked;

/** Sorts destinations that need their owner first, then those with most to send. */
export const byTrouble = <T extends { readonly queue: OutboxDestinationView }>(
  destinations: readonly T[],
): T[] =>
  destinations.toSorted(
    ({ queue: a }, { queue: b }) =>
      byUrgency(standingOfQueue(a), standingOfQueue(b)) ||
      Math.sign(b.dead) - Math.sign(a.dead) ||
      undelivered(b) - undelivered(a) ||
      (a.server_name < b.server_name ? -1 : 1),
  );

/** How many messages wait, why, and when they are tried again; and how many were given up. */
export function queueWords(of: OutboxDestinationView, now: number): string {
  const words = text.deliveries;
  const waiting = undelivered(of);
  return [
    waiting > 0 ? words.waits({ count: waiting }) : null,
    waiting > 0 ? of.state_text : null,
    waiting > 0 && of.next_attempt_at !== null ? `${nextWords(of.next_attempt_at, now)}.` : null,
    of.dead > 0 ? words.undone({ count: of.dead }) : null,
  ]
    .filter((sentence) => sentence !== null)
    .join(' ');
}

/** The time of the next try, rounded so that it stays true until the page updates. */
export function nextWords(at: number, now: number): string {
  const words = text.deliveries;
  if (at <= now) return words.nextNow;
  return at - now < 60_000 ? words.nextSoon : words.next({ when: ago(at, now) });
}

/** One destination's queue, oldest first, and its failed deliveries. */
export function parted(entries: readonly OutboxEntryView[]): {
  readonly queue: readonly OutboxEntryView[];
  readonly dead: readonly OutboxEntryView[];
} {
  return {
    queue: entries.filter((entry) => entry.state !== 'dead'),
    dead: entries.filter((entry) => entry.state === 'dead'),
  };
}

/** With these, the queue may have changed. Anything written here is queued, too. */
export const outboxTopics: readonly News['topic'][] = [
  'delivery',
  'outbox',
  'peer',
  'settings',
  'timeline',
  'members',
  'room',
];
