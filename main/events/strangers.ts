import { ProtocolError } from '../../shared/protocol/errors.ts';
import { tuning } from '../config.ts';
import { type EventState, eventState } from '../store/event-store.ts';
import type { Store } from '../store/store.ts';
import type { Room, RoomRegistry } from './room-registry.ts';
import type { VerifiedEvent } from './verify.ts';

/**
 * What those who are no members send is kept, since they may turn out to be; only so much of it. A delete is in force
 * whoever sent it, so those of strangers are counted by themselves. Throws RATE_LIMITED.
 */
export function boundStrangers(
  { store, registry }: { readonly store: Store; readonly registry: RoomRegistry },
  room: Room,
  { envelope, meaning }: VerifiedEvent,
  state: EventState,
): void {
  const origin = envelope.origin_server;
  const roomId = room.row.room_id;
  const isStrangersDelete =
    meaning.kind === 'delete' &&
    !registry.isByHome(room, envelope) &&
    registry.stepsOf(room, envelope.sender).length === 0;
  if (state !== eventState.waiting && !isStrangersDelete) return;
  const count = isStrangersDelete
    ? store.erasures.countDeletesOf(roomId, origin)
    : store.events.waitingCount(roomId, origin);
  if (count < tuning.waitingEventsMax) return;
  throw new ProtocolError(
    'RATE_LIMITED',
    `This server already holds ${count} events of ${origin} in this room whose senders it does not know as members. Send more once they are members.`,
    { retryAfterSeconds: 600, details: { scope: 'event' } },
  );
}
