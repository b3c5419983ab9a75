import type { OutboxDestinationView, OutboxEntryView } from '../../../shared/api/views/delivery-views.ts';
import type { News } from '../../node/node-link.ts';
import { ago } from '../../parts/time/time.ts';
import { text } from '../../text/text.ts';

export const states = ['retrying', 'parked', 'queued', 'dead'] as const;

export const toneOf = { queued: 'neutral', retrying: 'warn', parked: 'warn', dead: 'bad' } as const;

export const undelivered = (each: OutboxDestinationView): number => each.queued + each.retrying + each.parked;

/** What needs the owner most comes first: failed deliveries, then refused ones, then those being retried. */
export const byTrouble = (destinations: readonly OutboxDestinationView[]): OutboxDestinationView[] =>
  destinations.toSorted(
    (a, b) =>
      Math.sign(b.dead) - Math.sign(a.dead) ||
      Math.sign(b.parked) - Math.sign(a.parked) ||
      Math.sign(b.retrying) - Math.sign(a.retrying) ||
      undelivered(b) - undelivered(a) ||
      (a.server_name < b.server_name ? -1 : 1),
  );

/** All destinations in one line. */
export function summaryOf(destinations: readonly OutboxDestinationView[]): string {
  const queue = destinations.reduce((sum, each) => sum + undelivered(each), 0);
  const servers = destinations.filter((each) => undelivered(each) > 0).length;
  const dead = destinations.reduce((sum, each) => sum + each.dead, 0);
  const words = text.deliveries.summary;
  return [
    queue > 0 ? words.queued({ events: queue, servers }) : null,
    dead > 0 ? words.failed({ count: dead }) : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** Why nothing gets through. With only failed deliveries left, the queue is empty. */
export const whyWords = (each: OutboxDestinationView): string =>
  undelivered(each) === 0 ? text.deliveries.onlyDead : each.state_text;

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

/** Whether the queue may have changed. Anything written here is queued, too. */
export const concernsOutbox = ({ topic }: News): boolean =>
  ['delivery', 'outbox', 'peer', 'settings', 'timeline', 'members', 'room'].includes(topic);
