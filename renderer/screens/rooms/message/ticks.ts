import { summaryWords } from '../../../../shared/api/delivery-words.ts';
import type { DeliveryState, DeliverySummary } from '../../../../shared/api/views.ts';
import { text } from '../../../text/text.ts';

/** What needs a look comes first: one word stands for all destinations. */
const byUrgency = [
  'dead',
  'parked',
  'retrying',
  'queued',
  'held',
  'handed_over',
  'delivered',
] as const satisfies readonly DeliveryState[];

export type Tick = DeliveryState;

/** How far a message has got; `null` when it had nowhere to go. */
export function tickOf({ destinations }: DeliverySummary): Tick | null {
  return byUrgency.find((state) => destinations.some((each) => each.state === state)) ?? null;
}

/** Nothing that a person who only passes the message on has to look at. */
export const isQuiet = (tick: Tick | null): boolean =>
  tick === null || !(tick === 'dead' || tick === 'parked' || tick === 'retrying');

/** What the tick says; if all went well, how many servers have it. */
export const tickWords = (delivery: DeliverySummary): string => {
  const tick = tickOf(delivery);
  return tick === null || tick === 'delivered' || tick === 'handed_over'
    ? summaryWords(text, delivery)
    : text.rooms.tick[tick];
};
