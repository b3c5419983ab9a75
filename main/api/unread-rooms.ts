import type { ApiParts } from './parts.ts';

/** Rooms that cannot be read at a server, by their names; `reason` follows the name of the server. */
export const unreadRooms = ({
  catchUp,
  store,
}: ApiParts): { server: string; room: string; reason: string }[] =>
  catchUp.unread().map(({ server, roomId, reason }) => ({
    server,
    room: store.rooms.room(roomId)?.name ?? roomId,
    reason,
  }));
