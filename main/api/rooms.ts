import type { MemberView, RoomInviteView, RoomView } from '../../shared/api/views/views.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Actors } from '../rooms/actors.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Memberships } from '../rooms/memberships.ts';
import type { Tables } from '../store/ports.ts';
import type { InviteRow, MemberRow, RoomRow } from '../store/tables/room-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { pageOf, type SaidApi } from './answer.ts';

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

export interface RoomParts {
  readonly actors: Pick<Actors, 'room' | 'local'>;
  readonly home: Pick<RoomHome, 'create' | 'change' | 'invite' | 'remove' | 'addChannel'>;
  readonly memberships: Pick<Memberships, 'join' | 'leave' | 'accept' | 'decline'>;
  readonly store: Tables<'events' | 'rooms'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly directory: Pick<PeerDirectory, 'kindOf'>;
  readonly keyring: Keyring;
}

export function roomApi(parts: RoomParts): RoomApi {
  const { actors, home, memberships, store } = parts;
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
      await memberships.join(input.room_id, user, input.via);
      return view(input.room_id, user);
    },
    async leaveRoom(input) {
      const user = actors.local(input.as);
      await memberships.leave(input.room_id, user);
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
      const invite = await memberships.accept(input.id);
      return view(invite.room_id, invite.user_id);
    },
    async declineInvite(input) {
      return inviteView(await memberships.decline(input.id));
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
function joinedMembers({ store }: Pick<RoomParts, 'store'>, row: RoomRow): MemberRow[] {
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

const channelViews = ({ store }: Pick<RoomParts, 'store'>, roomId: string) =>
  store.rooms.channels(roomId).map((channel) => ({ channel_id: channel.channel_id, name: channel.name }));

function roomView(parts: RoomParts, row: RoomRow, user: string): RoomView {
  const { store, keyring, directory } = parts;
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
    home_kind: directory.kindOf(row.home),
    other_servers: servers.filter((server) => directory.kindOf(server) === 'other').toSorted(),
    member_count: joinedMembers(parts, row).length,
    last_event_at: store.events.lastArrivalAt(row.room_id),
  };
}
