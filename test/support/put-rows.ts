import type { ExpectedReceipt, NewQueueRow } from '../../main/store/rules/queue-table.ts';
import type { Store } from '../../main/store/store.ts';
import type { EventRow } from '../../main/store/tables/rooms/event-store.ts';
import type { UnsignedEvent } from '../../shared/protocol/events/envelope.ts';

export type SomeEvent = Partial<EventRow> & { readonly envelope: UnsignedEvent };

/** Stores an event that is in force, and returns its place in arrival order. */
export function putEvent(store: Pick<Store, 'rules'>, { envelope, ...more }: SomeEvent): number {
  const { event_id, room_id, event_type, sender, origin_server, origin_ts, depth } = envelope;
  const row = {
    event_id,
    room_id,
    event_type,
    sender,
    origin_server,
    origin_ts,
    depth,
    target: null,
    subject: null,
    state: 1 as const,
    body: '{}',
    key_id: 'k',
    files_unsigned: 0 as const,
    received_from: null,
    received_at: 1,
  };
  return store.rules.events.insert({ ...row, ...more });
}

export function putQueued(
  store: Pick<Store, 'rules'>,
  row: Pick<NewQueueRow, 'destination' | 'roomId' | 'seq'> & Partial<NewQueueRow>,
): void {
  store.rules.queues.enqueue([{ origin: 'a.test', alsoSentTo: [], at: 1, ...row }]);
}

/** Notes that we expect the room's home to report whether this server has the event. */
export function putExpected(
  store: Pick<Store, 'rules'>,
  receipt: Pick<ExpectedReceipt, 'seq' | 'server' | 'via'> & Partial<ExpectedReceipt>,
): void {
  store.rules.queues.expect({ tells: true, at: 1, ...receipt });
}
