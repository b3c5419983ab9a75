import type {
  MemberView,
  RoomInviteView,
  RoomView,
  SentInviteView,
} from '../../shared/api/views/room-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import type { Decision } from '../../shared/protocol/moderating.ts';
import { visible } from '../../shared/unicode/visible.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import type { Said } from '../../shared/words/said.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Retention } from '../events/retention.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Accounts } from '../people/accounts.ts';
import type { Actors } from '../rooms/actors.ts';
import type { Descriptions } from '../rooms/descriptions.ts';
import type { DirectChats } from '../rooms/direct-chats.ts';
import type { Pictures } from '../rooms/files/pictures.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Memberships } from '../rooms/memberships.ts';
import type { Moderation } from '../rooms/moderation.ts';
import type { ReadState } from '../rooms/read-state.ts';
import type { Typing } from '../rooms/typing.ts';
import type { Tables } from '../store/ports.ts';
import type { EventRow } from '../store/tables/rooms/event-store.ts';
import type { InviteRow, MemberRow, RoomRow } from '../store/tables/rooms/room-store.ts';
import { labelWarning } from '../trust/misleading-names.ts';
import {
  bytesOf,
  decodeCursor,
  isNumber,
  limitOf,
  pageFrom,
  pageOf,
  pictureView,
  type SaidApi,
} from './answer.ts';
import {
  calledIn,
  memberWarnings,
  misleadingAnywhere,
  misleadingUsers,
  nameWarning,
} from './people-names.ts';
import { channelViews, pictureIn, type RoomViewDeps, removalOf, roomViews } from './room-view.ts';

const channelsDefault = ['general'];

/** How many rooms of that moment have been listed. It names no room, because a bot may not see the last one of a page. */
type RoomCursor = readonly [createdAt: number, listed: number];

const isRoomCursor = (value: unknown): value is RoomCursor =>
  Array.isArray(value) && value.length === 2 && value.every((part) => isNumber(part) && part >= 0);

export interface RoomDeps extends RoomViewDeps {
  readonly actors: Pick<Actors, 'room' | 'local'>;
  readonly pictures: Pick<Pictures, 'readOfRoom'>;
  readonly home: Pick<RoomHome, 'create' | 'invite'>;
  readonly descriptions: Pick<Descriptions, 'change' | 'addChannel' | 'renameChannel' | 'deleteChannel'>;
  readonly moderation: Pick<Moderation, 'decide' | 'setModerator' | 'handOver' | 'close'>;
  readonly memberships: Pick<Memberships, 'join' | 'leave' | 'accept' | 'decline'>;
  readonly retention: Pick<Retention, 'set'>;
  readonly typing: Pick<Typing, 'writes'>;
  readonly directChats: Pick<DirectChats, 'start' | 'of'>;
  readonly readState: Pick<ReadState, 'markRead' | 'mute' | 'hide' | 'unread' | 'totalOf' | 'totalNow'>;
  readonly store: Tables<
    | 'attempts'
    | 'consents'
    | 'events'
    | 'files'
    | 'listings'
    | 'messages'
    | 'reads'
    | 'remoteUsers'
    | 'rooms'
    | 'users'
  >;
  readonly registry: RoomViewDeps['registry'] & Pick<RoomRegistry, 'serverOfUser'>;
  readonly keyring: Keyring;
  readonly accounts: Pick<Accounts, 'roleOf'>;
}

export function roomApi(deps: RoomDeps) {
  const { accounts, actors, descriptions, home, memberships, moderation, store } = deps;
  const isPerson = (user: string): boolean => !['owner', undefined].includes(accounts.roleOf(user));
  const view = (roomId: string, as: string | undefined): Sayable<RoomView> => {
    const user = actors.local(as);
    return roomViews(deps, user)(actors.room(roomId).row);
  };
  const moderate = async (decision: Decision, as: string | undefined) => {
    await moderation.decide(decision, as);
    return { done: true } as const;
  };
  return {
    async rooms(input) {
      const user = actors.local(input.as);
      const limit = limitOf(input);
      const [createdAt, listed] = decodeCursor(input.cursor, isRoomCursor) ?? [0, 0];
      const rows = store.rooms.page(createdAt, listed, limit + 1);
      const shown = rows.slice(0, limit);
      const page = pageFrom(
        rows,
        limit,
        roomViews(deps, user),
        ({ created_at }): RoomCursor => [
          created_at,
          shown.filter((row) => row.created_at === created_at).length +
            (created_at === createdAt ? listed : 0),
        ],
      );
      const isHidden = ({ room_id, direct }: RoomRow) => {
        if (direct !== null && !direct.split(' ').includes(user)) return true;
        // Somebody who is in it again sees it again.
        if (store.rooms.member(room_id, user)?.state !== 'joined') return store.reads.isHidden(user, room_id);
        return direct !== null && store.reads.isPutAway(user, room_id);
      };
      return { ...page, items: page.items.filter((_, at) => !isHidden(shown[at]!)) };
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
    async startDirect(input) {
      const me = actors.local(input.as);
      const other = input.person;
      const name = plainText([me, other].map((user) => calledIn(store, user, null)).join(', '), 200);
      return view(await deps.directChats.start({ me, other, name }), me);
    },
    async room(input) {
      return view(input.room_id, input.as);
    },
    async changeRoom(input) {
      await descriptions.change(input.room_id, { name: input.name, joinRule: input.join_rule }, input.as);
      return view(input.room_id, input.as);
    },
    async describeRoom(input) {
      await descriptions.change(
        input.room_id,
        { topic: input.topic, description: input.description, picture: bytesOf(input.picture) },
        input.as,
      );
      return view(input.room_id, input.as);
    },
    async fetchRoomPicture(input) {
      return pictureView(await deps.pictures.readOfRoom(input.as, input.room_id, input.hash));
    },
    async archiveRoom(input) {
      await descriptions.change(input.room_id, { archived: input.archived }, input.as);
      return view(input.room_id, input.as);
    },
    async setWriting(input) {
      const { room_id, writers, slow_seconds: slowSeconds } = input;
      await descriptions.change(room_id, { writers, slowSeconds }, input.as);
      return view(input.room_id, input.as);
    },
    async pinMessage({ room_id, event_id, pinned, as }) {
      await moderate({ room_id, event_id, act: pinned ? 'pin' : 'unpin' }, as);
      return view(room_id, as);
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
    async hideRoom(input) {
      await deps.readState.hide(input.room_id, actors.local(input.as), input.hidden);
      return { done: true };
    },
    async deleteRoom(input) {
      await moderation.close(input.room_id, input.as);
      for (const { user_id } of store.users.users()) await deps.readState.hide(input.room_id, user_id, true);
      return { done: true };
    },
    async handRoomOver(input) {
      await moderation.handOver(input.room_id, input.user_id, input.as);
      return view(input.room_id, input.as);
    },
    async renameChannel(input) {
      await descriptions.renameChannel(input.room_id, input.channel_id, input.name, input.as);
      return { done: true };
    },
    async deleteChannel(input) {
      await descriptions.deleteChannel(input.room_id, input.channel_id, input.as);
      return { done: true };
    },
    async unread(input) {
      return deps.readState.totalOf(actors.local(input.as));
    },
    async markRead(input) {
      await deps.readState.markRead(input.room_id, actors.local(input.as), input.channel_id, input.arrival);
      return { done: true };
    },
    async typing(input) {
      deps.typing.writes(input.room_id, input.as);
      return { done: true };
    },
    async muteRoom(input) {
      await deps.readState.mute(input.room_id, actors.local(input.as), input.muted);
      return view(input.room_id, input.as);
    },
    async limitRoom({ room_id, days, megabytes }) {
      actors.room(room_id);
      await deps.retention.set(room_id, { days, megabytes });
      return view(room_id, undefined);
    },
    inviteUser: (input) => home.invite(input.room_id, input.user_id, input.as),
    async sentInvites(input) {
      const { row } = actors.room(input.room_id);
      const page = pageOf(store.events.openInvites(row.room_id), input, (invite) => invite.event_id);
      return { ...page, items: sentInviteViews(deps, row.home, page.items) };
    },
    revokeInvite: ({ room_id, user_id, as }) => moderate({ room_id, user_id, act: 'uninvite' }, as),
    async invites(input) {
      const user = input.as === undefined ? null : actors.local(input.as);
      // Users who can log in answer for themselves, so without `as` theirs are left out.
      const isFor = (id: string) => (user === null ? !isPerson(id) : id === user);
      // Those that wait for a guardian are none of the child's business yet.
      const all = store.rooms
        .pendingInvites()
        .filter(
          ({ user_id, room_id }) => isFor(user_id) && store.consents.waiting(user_id, room_id) !== 'room',
        );
      const page = pageOf(all, input, (invite) => invite.event_id);
      return { ...page, items: page.items.map(inviteViews(deps)) };
    },
    async acceptInvite(input) {
      const invite = await memberships.accept(input.id);
      return view(invite.room_id, invite.user_id);
    },
    async declineInvite(input) {
      return inviteViews(deps)(await memberships.decline(input.id));
    },
    async members(input) {
      const { row } = actors.room(input.room_id);
      const page = pageOf(joinedMembers(deps, row), input, (member) => member.user_id);
      const warn = memberWarnings(store, row.room_id);
      return { ...page, items: page.items.map((member) => memberView(deps, member, warn)) };
    },
    removeMember: ({ room_id, user_id, reason, as }) =>
      moderate({ room_id, user_id, reason, act: 'remove' }, as),
    banUser: ({ room_id, user_id, reason, as }) => moderate({ room_id, user_id, reason, act: 'ban' }, as),
    unbanUser: ({ room_id, user_id, as }) => moderate({ room_id, user_id, act: 'unban' }, as),
    async removals(input) {
      const { row } = actors.room(input.room_id);
      const rows = store.rooms.membersOut(row.room_id);
      const all = rows.flatMap(({ user_id, state }) => {
        const removal = removalOf(deps, row, user_id);
        return state === 'banned' || removal?.by ? [{ user_id, banned: state === 'banned', removal }] : [];
      });
      const page = pageOf(all, input, (one) => one.user_id);
      const warn = memberWarnings(store, row.room_id);
      const items = page.items.map(({ user_id, banned, removal }) => ({
        user_id,
        display_name: plainText(calledIn(store, user_id, row.room_id), 100),
        ...nameWarning(warn(user_id)),
        banned,
        by: removal?.by ?? null,
        reason: removal?.reason ?? null,
        at: removal?.at ?? 0,
      }));
      return { ...page, items };
    },
    async setModerator({ room_id, user_id, moderator: moderates, as }) {
      await moderation.setModerator(room_id, user_id, { moderates, as });
      return { done: true };
    },
    async channels(input) {
      actors.room(input.room_id);
      return {
        items: channelViews(
          deps,
          input.room_id,
          deps.readState.unread(actors.local(input.as), input.room_id),
        ),
        next: null,
      };
    },
    async addChannel(input) {
      return {
        ...(await descriptions.addChannel(input.room_id, input.name, input.as)),
        unread: 0,
        mentions: 0,
        first_unread: null,
      };
    },
  } satisfies Partial<SaidApi>;
}

function inviteViews({ store }: Pick<RoomDeps, 'store'>): (row: InviteRow) => Sayable<RoomInviteView> {
  const misleading = misleadingAnywhere(store);
  return (row) => {
    const isDirect = row.direct === 1;
    const name = isDirect ? plainText(calledIn(store, row.inviter, null), 100) : visible(row.room_name);
    return inviteView(row, name, misleading(row.inviter) ?? (isDirect ? null : labelWarning(row.room_name)));
  };
}

const inviteView = (row: InviteRow, room_name: string, warning: Said | null): Sayable<RoomInviteView> => ({
  id: row.event_id,
  room_id: row.room_id,
  room_name,
  description: visible(row.description),
  direct: row.direct === 1,
  ...nameWarning(warning),
  home: row.home,
  inviter: row.inviter,
  user_id: row.user_id,
  created_at: row.created_at,
  status: row.status,
});

function sentInviteViews(
  { store, registry, keyring }: Pick<RoomDeps, 'store' | 'registry' | 'keyring'>,
  home: string,
  rows: readonly EventRow[],
): Sayable<SentInviteView>[] {
  const delivery = store.attempts.deliveryOf(rows.map(({ seq }) => seq));
  const rooms = [...new Set(rows.map((row) => row.room_id))];
  const misleading = misleadingUsers(store, rooms);
  return rows.map(({ seq, subject, sender, origin_ts }) => {
    const user_id = subject ?? '';
    const server = registry.serverOfUser(user_id);
    return {
      user_id,
      ...nameWarning(misleading(user_id)),
      server,
      inviter: sender,
      invited_at: origin_ts,
      // Only the home knows, and it delivers the invite.
      arrived:
        home !== keyring.serverName ||
        server === home ||
        delivery.get(seq)?.get(server)?.state === 'delivered',
    };
  });
}

/** If the home doesn't announce its members, those known only from their messages are listed too. */
function joinedMembers({ store }: Pick<RoomDeps, 'store'>, row: RoomRow): MemberRow[] {
  return store.rooms
    .members(row.room_id)
    .filter((member) => member.state === 'joined' && (member.implicit === 0 || row.home_announces === 0));
}

const memberView = (
  { store, directory, keyring }: Pick<RoomDeps, 'store' | 'directory' | 'keyring'>,
  row: MemberRow,
  warn: (userId: string) => Said | null,
): Sayable<MemberView> => ({
  user_id: row.user_id,
  display_name: plainText(calledIn(store, row.user_id, row.room_id), 100),
  picture: pictureIn(store, row.user_id, row.room_id),
  ...nameWarning(warn(row.user_id)),
  server: row.server,
  role: row.role,
  can_moderate: row.server === keyring.serverName || directory.answers(row.server, 'moderate'),
  joined_at: row.joined_at,
});
