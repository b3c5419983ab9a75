import type { OutboxDestinationView, OutboxEntryView } from '../../../shared/api/views.ts';
import { ago } from '../../parts/time/time.ts';
import { text } from '../../text/text.ts';

export const states = ['retrying', 'parked', 'queued', 'dead'] as const;

export const toneOf = { queued: 'neutral', retrying: 'warn', parked: 'warn', dead: 'bad' } as const;

export const waitingFor = (each: OutboxDestinationView): number => each.queued + each.retrying + each.parked;

/** What needs the owner first: dead letters, then what is refused, then what does not get through. */
export const byTrouble = (destinations: readonly OutboxDestinationView[]): OutboxDestinationView[] =>
  destinations.toSorted(
    (a, b) =>
      Math.sign(b.dead) - Math.sign(a.dead) ||
      Math.sign(b.parked) - Math.sign(a.parked) ||
      Math.sign(b.retrying) - Math.sign(a.retrying) ||
      waitingFor(b) - waitingFor(a) ||
      (a.server_name < b.server_name ? -1 : 1),
  );

/** Everything together, in a sentence. */
export function summaryOf(destinations: readonly OutboxDestinationView[]): string {
  const waiting = destinations.reduce((sum, each) => sum + waitingFor(each), 0);
  const servers = destinations.filter((each) => waitingFor(each) > 0).length;
  const dead = destinations.reduce((sum, each) => sum + each.dead, 0);
  const words = text.deliveries.summary;
  return [
    waiting > 0 ? words.queued({ events: waiting, servers }) : null,
    dead > 0 ? words.failed({ count: dead }) : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

/** Why it waits. Where nothing but dead letters is left, nothing waits. */
export const whyWords = (each: OutboxDestinationView): string =>
  waitingFor(each) === 0 ? text.deliveries.onlyDead : each.state_text;

/** When it is tried next, in words that stay true until they are looked at again. */
export function nextWords(at: number, now: number): string {
  const words = text.deliveries;
  if (at <= now) return words.nextNow;
  return at - now < 60_000 ? words.nextSoon : words.next({ when: ago(at, now) });
}

/** Of one destination: what waits, oldest first, and what waits no more. */
export function parted(entries: readonly OutboxEntryView[]): {
  readonly waiting: readonly OutboxEntryView[];
  readonly dead: readonly OutboxEntryView[];
} {
  return {
    waiting: entries.filter((entry) => entry.state !== 'dead'),
    dead: entries.filter((entry) => entry.state === 'dead'),
  };
}
