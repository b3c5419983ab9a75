import { everyPage } from '../../../shared/api/pages.ts';
import type { MemberView, RoomView } from '../../../shared/api/views/room-views.ts';
import type { NodeLink } from '../../node/node-link.ts';
import { byActivity } from '../rooms/members/people.ts';

/** Each of these rooms is asked for its members, so older ones are left out. */
const roomsMax = 40;

/** The rooms, but not direct chats, in which the reader and somebody else are, with all their members; the latest one first. */
export async function sharedRooms(
  { api }: Pick<NodeLink, 'api'>,
  isOther: (member: MemberView) => boolean,
): Promise<RoomView[]> {
  const joined = byActivity(await everyPage(api.rooms)).filter(
    ({ membership, waits, direct }) => membership === 'joined' && waits === null && direct === null,
  );
  const met = await Promise.all(
    joined.slice(0, roomsMax).map(async (room) => {
      const members = await everyPage((page) => api.members({ ...page, room_id: room.room_id }));
      return members.some(isOther) ? [room] : [];
    }),
  );
  return met.flat();
}
