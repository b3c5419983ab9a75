import type { MemberView, RoomInviteView, RoomView } from '../../shared/api/views.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { InviteRow, MemberRow, RoomRow } from '../store/tables/room-store.ts';
import { pageOf } from './page.ts';
import type { ApiParts } from './parts.ts';
import type { SaidApi } from './said-api.ts';
import { kindOf } from './server-kind.ts';

type RoomApi = Pick<
  SaidApi,
  | 'rooms'
  | 'createRoom'
  | 'room'
  | 'changeRoom'
  | 'joinRoom'
  | 'leaveRoom'
  | 'inviteUser'
  | 'invites'
  | 'acceptInvite'
  | 'declineInvite'
  | 'members'
  | 'removeMember'
  | 'channels'
  | 'addChannel'
>;

const channelsDefault = ['general'];

export function roomApi(parts: ApiParts): RoomApi {
  const { actors, home, remote, store, keyring, changes } = parts;
  const view = (roomId: string, as: string | undefined): RoomView =>
    roomView(parts, actors.room(roomId).row, actors.local(as));
  return {
    async rooms(input) {
      const user = actors.local(input.as);
      const page = pageOf(store.rooms.rooms(), input, (row) => row.room_id);
      return { ...page, items: page.items.map((row) => roomView(parts, row, user)) };
    },
    async createRoom(input) {
      const id = await home.create({
        name: input.name,
        joinRule: input.join_rule,
        channels: input.channels ?? channelsDefault,
        as: input.as,
      });
      changes.publish({ topic: 'room', room_id: id });
      return view(id, input.as);
    },
    async room(input) {
      return view(input.room_id, input.as);
    },
    async changeRoom(input) {
      await home.change(input.room_id, { name: input.name, joinRule: input.join_rule }, input.as);
      return view(input.room_id, input.as);
    },
    async joinRoom(input) {
      const user = actors.local(input.as);
      await joinAnywhere(parts, input.room_id, user, input.via);
      return view(input.room_id, user);
    },
    async leaveRoom(input) {
      const user = actors.local(input.as);
      const { row } = actors.memberRoom(input.room_id, user);
      if (row.home === keyring.serverName) await home.leave(input.room_id, user, false);
      else await remote.leave(input.room_id, user);
      return view(input.room_id, user);
    },
    inviteUser: (input) => home.invite(input.room_id, input.user_id, input.as),
    async invites(input) {
      const user = input.as === undefined ? null : actors.local(input.as);
      const all = store.rooms.pendingInvites().filter((invite) => user === null || invite.user_id === user);
      const page = pageOf(all, input, (invite) => invite.event_id);
      return { ...page, items: page.items.map(inviteView) };
    },
    async acceptInvite(input) {
      const invite = pendingInvite(parts, input.id);
      await joinAnywhere(parts, invite.room_id, invite.user_id, invite.home);
      await store.writer.write(() => store.rooms.setInvite(invite.event_id, 'accepted'));
      changes.publish({ topic: 'invites' });
      return view(invite.room_id, invite.user_id);
    },
    async declineInvite(input) {
      const invite = pendingInvite(parts, input.id);
      await store.writer.write(() => store.rooms.setInvite(invite.event_id, 'declined'));
      changes.publish({ topic: 'invites' });
      return inviteView({ ...invite, status: 'declined' });
    },
    async members(input) {
      const { row } = actors.room(input.room_id);
      const page = pageOf(joinedMembers(parts, row), input, (member) => member.user_id);
      return { ...page, items: page.items.map(memberView) };
    },
    async removeMember(input) {
      await home.remove(input.room_id, input.user_id, input.as);
      return { done: true };
    },
    async channels(input) {
      actors.room(input.room_id);
      return { items: channelViews(parts, input.room_id), next: null };
    },
    addChannel: (input) => home.addChannel(input.room_id, input.name, input.as),
  };
}

async function joinAnywhere(
  parts: ApiParts,
  roomId: string,
  user: string,
  via: string | undefined,
): Promise<void> {
  const { registry, keyring, directory, home, remote, changes } = parts;
  const known = registry.get(roomId);
  const homeName = known?.row.home ?? directory.serverOf(roomId.slice(roomId.indexOf(':') + 1));
  if (homeName === keyring.serverName) await home.join(roomId, user);
  else await remote.join(roomId, user, via);
  changes.publish({ topic: 'room', room_id: roomId });
}

function pendingInvite({ store }: ApiParts, id: string): InviteRow {
  const invite = store.rooms.invite(id);
  if (!invite) throw refusal('NOT_FOUND', said('room.invite_unknown', { id }));
  if (invite.status !== 'pending')
    throw refusal('CONFLICT', said('room.invite_over', { status: invite.status }));
  return invite;
}

const inviteView = (row: InviteRow): RoomInviteView => ({
  id: row.event_id,
  room_id: row.room_id,
  room_name: row.room_name,
  home: row.home,
  inviter: row.inviter,
  user_id: row.user_id,
  created_at: row.created_at,
  status: row.status,
});

/** Those known only by having spoken count where the home announces nobody. */
function joinedMembers({ store }: ApiParts, row: RoomRow): MemberRow[] {
  return store.rooms
    .members(row.room_id)
    .filter((member) => member.state === 'joined' && (member.implicit === 0 || row.home_announces === 0));
}

const memberView = (row: MemberRow): MemberView => ({
  user_id: row.user_id,
  server: row.server,
  role: row.role,
  joined_at: row.joined_at,
});

const channelViews = ({ store }: ApiParts, roomId: string) =>
  store.rooms.channels(roomId).map((channel) => ({ channel_id: channel.channel_id, name: channel.name }));

function roomView(parts: ApiParts, row: RoomRow, user: string): RoomView {
  const { store, keyring } = parts;
  const servers = [...(parts.registry.get(row.room_id)?.servers ?? [])];
  const pending = store.rooms.pendingJoins(row.room_id).includes(user);
  const state = store.rooms.member(row.room_id, user)?.state ?? null;
  return {
    room_id: row.room_id,
    name: row.name,
    home: row.home,
    join_rule: row.join_rule,
    channels: channelViews(parts, row.room_id),
    membership: pending && state !== 'joined' ? 'joining' : state,
    homed_here: row.home === keyring.serverName,
    home_kind: kindOf(parts, row.home),
    other_servers: servers.filter((server) => kindOf(parts, server) === 'other').toSorted(),
    member_count: joinedMembers(parts, row).length,
    last_event_at: store.events.lastArrivalAt(row.room_id),
  };
}
