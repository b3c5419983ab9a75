import { summaryWords } from '../../../../shared/api/delivery-words.ts';
import type { DeliveryState, DeliverySummary } from '../../../../shared/api/views/delivery-views.ts';
import { text } from '../../../text/text.ts';
import { serverCalled } from '../members/people.ts';

/** The most urgent state stands for all destinations. */
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

/** How far a message has got. `null` if it goes to no other server. */
export function tickOf({ destinations }: DeliverySummary): Tick | null {
  return byUrgency.find((state) => destinations.some((each) => each.state === state)) ?? null;
}

/** Leaves out what waits: that is sent in order, so the newest message shows it for all. */
export const isTrouble = (tick: Tick): boolean => tick === 'dead' || tick === 'parked';

/** Puts the tick into words; if all went well, with the number of servers that have it. */
export const tickWords = (delivery: DeliverySummary): string => {
  const tick = tickOf(delivery);
  return tick === null || tick === 'delivered' || tick === 'handed_over'
    ? summaryWords(text, delivery, serverCalled)
    : text.rooms.tick[tick];
};
