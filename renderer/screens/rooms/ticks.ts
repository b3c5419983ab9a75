import type { DeliveryState, DeliverySummary } from '../../../shared/api/views.ts';

/** What needs a look comes first: one word stands for all destinations. */
const byUrgency = [
  'dead',
  'parked',
  'retrying',
  'queued',
  'held',
  'delivered',
] as const satisfies readonly DeliveryState[];

export type Tick = DeliveryState;

/** How far a message has got; `null` when it had nowhere to go. */
export function tickOf({ destinations }: DeliverySummary): Tick | null {
  return byUrgency.find((state) => destinations.some((each) => each.state === state)) ?? null;
}

/** Everybody else's servers have it, or it is on its way to a peer that was asked a moment ago: nothing to tell. */
export const isQuiet = (tick: Tick | null): boolean =>
  tick === null || tick === 'delivered' || tick === 'held' || tick === 'queued';
