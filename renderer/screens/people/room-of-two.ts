import { everyPage } from '../../../shared/api/pages.ts';
import type { NodeLink } from '../../node/node-link.ts';

/**
 * Finds the room of the reader and this user, or makes one with this name and invites them. Returns its ID. A room into
 * which inviting failed, or whose invite was declined, is used again.
 */
export async function roomOfTwo(
  { api }: Pick<NodeLink, 'api'>,
  user_id: string,
  name: string,
): Promise<string> {
  const closed = (await everyPage(api.rooms)).filter(
    ({ membership, join_rule }) => membership === 'joined' && join_rule === 'invite',
  );
  for (const { room_id } of closed.filter(({ member_count }) => member_count === 2)) {
    const members = await everyPage((page) => api.members({ ...page, room_id }));
    if (members.some((member) => member.user_id === user_id)) return room_id;
  }
  const begun = closed.find(
    (room) => room.homed_here && room.member_count === 1 && room.name === name,
  )?.room_id;
  const room_id = begun ?? (await api.createRoom({ name, join_rule: 'invite' })).room_id;
  const invited = begun === undefined ? [] : await everyPage((page) => api.sentInvites({ ...page, room_id }));
  if (!invited.some((one) => one.user_id === user_id)) await api.inviteUser({ room_id, user_id });
  return room_id;
}
