import type { DeliveryDestination, DeliverySummary } from '../../shared/api/views/delivery-views.ts';
import { readSaid } from '../../shared/words/said.ts';
import type { Words } from '../../shared/words/words.ts';
import type { Delivery, DestinationSnapshot } from '../outbound/delivery/delivery.ts';
import type { Tables } from '../store/ports.ts';
import type { AttemptRow, DeliveryRow } from '../store/tables/delivery/attempt-store.ts';
import type { ReceiptRow } from '../store/tables/delivery/receipt-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';

type Link = Pick<DestinationSnapshot, 'state' | 'nextAttemptAt' | 'lastError'>;

export interface DeliveryViewDeps {
  readonly store: Tables<'attempts' | 'receipts'>;
  readonly delivery: Pick<Delivery, 'snapshot'>;
  readonly directory: Pick<PeerDirectory, 'answers' | 'isOneWay'>;
  readonly words: Words;
}

/** One attempt to send an event to a server. */
export const attemptView = ({ destination, at, status, outcome, error, latency_ms }: AttemptRow) => ({
  destination,
  at,
  status,
  outcome,
  error: error === null ? null : readSaid(error),
  latency_ms,
});

/**
 * Says who has each event and who doesn't, by the event's sequence number. `silentHome`: the home of their room, if it
 * doesn't show its users what it accepts.
 */
export function deliverySummaries(
  { store, delivery, directory, words }: DeliveryViewDeps,
  seqs: readonly number[],
  silentHome: string | null,
): (seq: number) => DeliverySummary {
  const direct = store.attempts.deliveryOf(seqs);
  const receipts = Map.groupBy(store.receipts.of(seqs), (row) => row.event_seq);
  const links = new Map(delivery.snapshot().map((link) => [link.destination, link]));
  const latest = new Map<string, number | null>();
  const nextTry = ({ server_name, via }: ReceiptRow): number | null => {
    const key = `${server_name} ${via}`;
    const known = latest.get(key);
    if (known !== undefined) return known;
    const next = store.receipts.latest(server_name, via)?.next_attempt_at ?? null;
    latest.set(key, next);
    return next;
  };
  return (seq) => {
    const own = [...(direct.get(seq)?.values() ?? [])].map((row) =>
      directView(words, row, links.get(row.destination)),
    );
    const told = (receipts.get(seq) ?? []).map((row) => {
      const home = own.find((one) => one.server_name === row.via);
      const next_attempt_at = row.state === 'waiting' ? nextTry(row) : null;
      return servedView(words, { ...row, next_attempt_at }, home, directory.answers(row.via, 'receipts'));
    });
    return summaryOf([...own, ...told], silentHome);
  };
}

export function summaryOf(
  destinations: readonly DeliveryDestination[],
  silentHome: string | null = null,
): DeliverySummary {
  return {
    total: destinations.length,
    delivered: destinations.filter((one) => one.state === 'delivered').length,
    destinations: destinations.toSorted((a, b) => (a.server_name < b.server_name ? -1 : 1)),
    not_shown_at: destinations.some((one) => one.server_name === silentHome) ? silentHome : null,
  };
}

/** A destination that we deliver to. Events after a failing one wait for the same reason. */
export function directView(
  { delivery, say }: Words,
  row: DeliveryRow,
  link: Link | undefined,
): DeliveryDestination {
  const view = {
    server_name: row.destination,
    state: row.state === 'gave_up' ? ('dead' as const) : row.state,
    via: null,
    reason: row.reason === null ? null : say(readSaid(row.reason)),
    next_attempt_at: row.next_attempt_at,
    at: row.at,
  };
  if (row.state === 'gave_up') return { ...view, reason: delivery.gaveUp };
  if (row.state === 'delivered' || row.state === 'held' || row.state === 'dead' || !link) return view;
  const { lastError, nextAttemptAt } = link;
  const waiting = lastError === null ? null : say(lastError);
  if (link.state === 'closed_by_us') return { ...view, reason: waiting, next_attempt_at: null };
  if (link.state !== 'waiting' && link.state !== 'parked') return view;
  const next_attempt_at = nextAttemptAt ?? view.next_attempt_at;
  if (row.state !== 'queued') return { ...view, next_attempt_at };
  return {
    ...view,
    state: link.state === 'parked' ? 'parked' : 'retrying',
    reason: waiting,
    next_attempt_at,
  };
}

/** A destination that the room's home delivers to. `home`: the state of the delivery to the home itself. */
export function servedView(
  words: Words,
  row: ReceiptRow,
  home: DeliveryDestination | undefined,
  tells: boolean,
): DeliveryDestination {
  const { delivery } = words;
  const { server_name, via, next_attempt_at, at } = row;
  const view = { server_name, via, reason: null, next_attempt_at: null, at };
  const reason = row.reason === null ? null : delivery.reasons[row.reason];
  switch (row.state) {
    case 'has':
      return { ...view, state: 'delivered' };
    case 'held':
      return { ...view, state: 'held' };
    case 'waiting':
      return {
        ...view,
        state: row.reason === 'closed' || row.reason === 'wrong_place' ? 'parked' : 'retrying',
        reason,
        next_attempt_at,
      };
    case 'refused':
    case 'gave_up':
      return { ...view, state: 'dead', reason };
    default:
      break;
  }
  if (!home || home.state === 'dead') return { ...view, state: 'dead', reason: delivery.roomLacksIt };
  if (home.state === 'held') return { ...view, state: 'queued', reason: delivery.roomHolds };
  if (home.state !== 'delivered') return { ...view, state: 'queued' };
  return { ...view, state: 'handed_over', reason: tells ? null : delivery.roomSilent };
}
