import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import type { Tables } from '../store/ports.ts';
import { type EventState, eventState } from '../store/tables/event-store.ts';
import type { Room, RoomRegistry } from './projection/room-registry.ts';
import type { VerifiedEvent } from './verify.ts';

/**
 * Bounds what is kept of users who are not members. Their join may still arrive, so their events are kept, up to a limit.
 * A delete has effect no matter who sent it, so deletes of strangers have a limit of their own. Throws RATE_LIMITED.
 */
export function boundStrangers(
  { store, registry }: { readonly store: Tables<'events' | 'erasures'>; readonly registry: RoomRegistry },
  room: Room,
  { envelope, meaning }: VerifiedEvent,
  state: EventState,
): void {
  const origin = envelope.origin_server;
  const roomId = room.row.room_id;
  const isStrangersDelete =
    meaning.kind === 'delete' && !registry.isByHome(room, envelope) && !registry.wasIn(room, envelope.sender);
  if (state !== eventState.pending && !isStrangersDelete) return;
  const count = isStrangersDelete
    ? store.erasures.countDeletesOf(roomId, origin, tuning.pendingEventsMax)
    : store.events.pendingCount(roomId, origin);
  if (count < tuning.pendingEventsMax) return;
  throw refusal('RATE_LIMITED', said('event.strangers', { count, server: origin }), {
    retryAfterSeconds: 600,
    details: { scope: 'event' },
  });
}
