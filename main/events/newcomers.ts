import { limits } from '../../shared/protocol/limits.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { WorkingSet } from './batch/working-set.ts';
import type { Room } from './projection/room-reader.ts';
import type { VerifiedEvent } from './verify.ts';

/**
 * Limits how many users of one server are or were in a room, because each costs memory here and work for every reading.
 * What another home decides about its own room isn't limited, or our room would differ from its. Throws FORBIDDEN.
 */
export function boundNewcomers(
  { rooms }: WorkingSet,
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
  if (rooms.countUsersOf(roomId, server) < max) return;
  throw refusal('FORBIDDEN', said('room.many_users', { server, max }), {
    details: { scope: 'event', reason: 'room_closed' },
  });
}
