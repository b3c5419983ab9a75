import type { Said } from '../../shared/words/said.ts';
import type { ApiParts } from './parts.ts';

/** Rooms that cannot be read at a server, by their names. */
export const unreadRooms = ({ catchUp, store }: ApiParts): { server: string; room: string; reason: Said }[] =>
  catchUp.unread().map(({ server, roomId, reason }) => ({
    server,
    room: store.rooms.room(roomId)?.name ?? roomId,
    reason,
  }));
