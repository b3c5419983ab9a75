import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import { type EventState, eventState } from '../store/tables/rooms/event-store.ts';
import type { Room } from './projection/room-permissions.ts';
import type { RuleTables } from './projection/room-writer.ts';
import type { VerifiedEvent } from './verify.ts';

/**
 * Limits what is stored about users who are not members. Their join may still arrive, so their events are kept, up to a
 * limit. A delete applies no matter who sent it, so deletes of strangers have a limit of their own. Throws
 * RATE_LIMITED.
 */
export function boundStrangers(
  { events, rooms }: RuleTables,
  room: Room,
  { envelope, meaning }: VerifiedEvent,
  state: EventState,
): void {
  const origin = envelope.origin_server;
  const roomId = room.row.room_id;
  const isStrangersDelete =
    meaning.kind === 'delete' && !rooms.isByHome(room, envelope) && !rooms.wasIn(room, envelope.sender);
  if (state !== eventState.pending && !isStrangersDelete) return;
  const count = isStrangersDelete ? events.deletesCount(roomId, origin) : events.pendingCount(roomId, origin);
  if (count < tuning.pendingEventsMax) return;
  throw refusal('RATE_LIMITED', said('event.strangers', { count, server: origin }), {
    retryAfterSeconds: 600,
    details: { scope: 'event' },
  });
}

/**
 * Limits how many users of one server are or were in a room, because each costs memory here and work for every reading.
 * Another home's decisions about its own room aren't limited, or our copy of that room would differ. Throws FORBIDDEN.
 */
export function boundNewcomers(
  { rooms }: RuleTables,
  room: Room,
  { envelope, meaning }: VerifiedEvent,
  self: string,
): void {
  const { room_id: roomId, home } = room.row;
  if (meaning.kind !== 'membership' || meaning.change !== 'join') return;
  if (home !== self && rooms.isByHome(room, envelope)) return;
  const server = rooms.serverOfUser(meaning.subject);
  if (server === self || rooms.member(roomId, meaning.subject) !== null) return;
  const max = limits.roomUsersMax;
  if (rooms.rows.usersOf(roomId, server) < max) return;
  throw refusal('FORBIDDEN', said('room.many_users', { server, max }), {
    details: { scope: 'event', reason: 'room_closed' },
  });
}
