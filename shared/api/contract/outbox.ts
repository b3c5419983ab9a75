/** Procedures for what waits to be delivered. */
import * as v from 'valibot';
import { by } from '../roles.ts';
import { LackingView, OutboxDestinationView, OutboxEntryView } from '../views/delivery-views.ts';
import { done, eventId, listOf, nothing, paging, serverName } from './fields.ts';
import { procedure } from './procedure.ts';

export const outboxContract = {
  outbox: procedure(
    'GET',
    '/outbox',
    'Undelivered events by destination',
    by('admin', 'node'),
    nothing,
    listOf(OutboxDestinationView),
  ),
  lacking: procedure(
    'GET',
    '/lacking',
    'Events written here that member servers lack, apart from those in the outbox',
    by('admin', 'node'),
    nothing,
    v.object({
      items: v.array(LackingView),
      /** Homes of our rooms that never report who has our events. */
      silent: v.array(v.string()),
    }),
  ),
  outboxEntries: procedure(
    'GET',
    '/outbox/{destination}',
    'Undelivered events for one destination, oldest first',
    by('admin', 'node'),
    v.object({ destination: serverName, ...paging }),
    listOf(OutboxEntryView),
  ),
  retryOutbox: procedure(
    'POST',
    '/outbox/{destination}/retry',
    'Retry now, including dead letters; all of them unless some are named',
    by('admin', 'node'),
    v.object({ destination: serverName, event_ids: v.optional(v.array(eventId)) }),
    v.object({ retried: v.number() }),
  ),
  giveUpOutbox: procedure(
    'DELETE',
    '/outbox/{destination}/{event_id}',
    'Give up delivering one event to one destination',
    by('admin', 'node'),
    v.object({ destination: serverName, event_id: eventId }),
    done,
  ),
} as const;
