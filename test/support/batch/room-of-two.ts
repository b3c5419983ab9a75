import type { Envelope } from '../../../shared/protocol/events/envelope.ts';
import { cast } from '../sim/member.ts';
import { place, Teller } from '../sim/told.ts';
import { OneBatch } from './one-batch.ts';

export const [author, ours] = [`@u0:${cast.peer}`, `@u0:${cast.self}`] as const;

/** A room with the author and a user of ours in it. */
export function inRoom(answers: Readonly<Record<string, unknown>> = {}) {
  const batch = new OneBatch(answers);
  const teller = new Teller();
  for (const user of [author, ours]) batch.take(teller.join(user), cast.home);
  const take = (event: Envelope, hop: string | null = event.origin_server) => batch.take(event, hop);
  const about = (event: Envelope) => ({ ...place, target_event_id: event.event_id });
  return { batch, teller, take, about };
}

/** What the batch changes in the queues. */
export const queues = ({ set }: OneBatch) => set.effects().queues;
