import type { DeliveryState, DeliverySummary } from '../../../shared/api/views.ts';
import { text } from '../../text/text.ts';
import type { Tick } from './ticks.ts';

const words = text.rooms.tick;

/** Whether all that has taken the message is a home that does not show it to its users. */
export const isOnlyAccepted = ({ destinations, not_shown_at }: DeliverySummary): boolean =>
  not_shown_at !== null &&
  destinations.every(({ server_name, state }) => server_name === not_shown_at && state === 'delivered');

/** What the one tick says. */
export function tickWords(tick: Tick, delivery: DeliverySummary): string {
  const { not_shown_at } = delivery;
  if (tick !== 'delivered' || not_shown_at === null) return words[tick];
  return isOnlyAccepted(delivery) ? words.accepted(not_shown_at) : words.deliveredBut(not_shown_at);
}

/** The sentence above the list of servers. */
export const summaryWords = (delivery: DeliverySummary): string =>
  delivery.not_shown_at !== null && isOnlyAccepted(delivery)
    ? `${words.accepted(delivery.not_shown_at)}.`
    : words.summary(delivery.delivered, delivery.total);

/** What is known of one server; `states` are the words of the screen that asks. */
export const serverWords = (
  { server_name, state }: DeliverySummary['destinations'][number],
  { not_shown_at }: Pick<DeliverySummary, 'not_shown_at'>,
  states: Readonly<Record<DeliveryState, string>> = words.state,
): string => (server_name === not_shown_at && state === 'delivered' ? words.acceptedHere : states[state]);
