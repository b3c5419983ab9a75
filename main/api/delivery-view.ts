import type { DeliverySummary } from '../../shared/api/views.ts';
import type { Store } from '../store/store.ts';

/** Who has each event and who has not, by the events' places in arrival order. */
/** `silentHome`: the home of their room, if it shows its users nothing of what it takes. */
export function deliverySummaries(
  store: Store,
  seqs: readonly number[],
  silentHome: string | null,
): (seq: number) => DeliverySummary {
  const byEvent = store.outbox.deliveryOf(seqs);
  return (seq) => {
    const destinations = [...(byEvent.get(seq) ?? [])]
      .map(([server_name, state]) => ({ server_name, state }))
      .sort((a, b) => (a.server_name < b.server_name ? -1 : 1));
    return {
      total: destinations.length,
      delivered: destinations.filter((each) => each.state === 'delivered' || each.state === 'held').length,
      destinations,
      not_shown_at: destinations.some((each) => each.server_name === silentHome) ? silentHome : null,
    };
  };
}
