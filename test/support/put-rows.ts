import type {
  EventEffects,
  ExpectedReceipt,
  MessageEffects,
  NewQueueRow,
  QueueEffects,
  RoomEffects,
} from '../../main/store/batch/batch-port.ts';
import type { Store } from '../../main/store/store.ts';
import type { EventRow } from '../../main/store/tables/rooms/event-store.ts';
import type { UnsignedEvent } from '../../shared/protocol/events/envelope.ts';

const rooms: RoomEffects = {
  ...{
    newRooms: [],
    rooms: [],
    clearedChannels: [],
    goneChannels: [],
    channels: [],
    facts: [],
    goneMembers: [],
  },
  ...{ members: [], meta: [], invites: [], inviteesChecked: [] },
};
const events: EventEffects = { retired: [], newEvents: [], states: [], erased: [], copies: [] };
const messages: MessageEffects = {
  ...{ clearedRooms: [], goneMessages: [], messages: [], goneReactionsTo: [], goneReactions: [] },
  ...{ reactions: [], mentions: [] },
};
const queues: QueueEffects = {
  ...{ withdrawnLanes: [], withdrawnRows: [], withdrawnEvents: [], queued: [], passedOver: [] },
  ...{ expected: [], held: [], goneHeld: [], due: [], doneDue: [], waitingDue: [], replays: [] },
};

/** Writes what a batch would, but without the rules. */
export function putRows(
  store: Pick<Store, 'batch'>,
  some: Partial<RoomEffects & EventEffects & MessageEffects & QueueEffects>,
): void {
  store.batch.write({
    rooms: { ...rooms, ...some },
    events: { ...events, ...some },
    messages: { ...messages, ...some },
    queues: { ...queues, ...some },
  });
}

export type SomeEvent = Partial<EventRow> & { readonly envelope: UnsignedEvent };

/** Stores an event that is in force, and returns its place in arrival order. */
export function putEvent(store: Pick<Store, 'batch' | 'events'>, { envelope, ...more }: SomeEvent): number {
  const seq = store.events.lastSeq() + 1;
  const { event_id, room_id, event_type, sender, origin_server, origin_ts, depth } = envelope;
  const row = {
    ...{ seq, event_id, room_id, event_type, sender, origin_server, origin_ts, depth },
    ...{ target: null, subject: null, state: 1 as const, body: '{}', key_id: 'k' },
    ...{ files_unsigned: 0 as const, received_from: null, received_at: 1 },
  };
  putRows(store, { newEvents: [{ ...row, ...more }] });
  return seq;
}

export function putQueued(
  store: Pick<Store, 'batch'>,
  row: Pick<NewQueueRow, 'destination' | 'roomId' | 'seq'> & Partial<NewQueueRow>,
): void {
  putRows(store, { queued: [{ origin: 'a.test', alsoSentTo: [], subjectServer: null, at: 1, ...row }] });
}

/** Notes that we expect the room's home to report whether this server has the event. */
export function putExpected(
  store: Pick<Store, 'batch'>,
  receipt: Pick<ExpectedReceipt, 'seq' | 'server' | 'via'> & Partial<ExpectedReceipt>,
): void {
  putRows(store, { expected: [{ roomId: '!1:b.test', tells: true, at: 1, ...receipt }] });
}
