import type { ReadNow } from '../../shared/api/topics.ts';
import type {
  MemberView,
  RoomInviteView,
  RoomView,
  SentInviteView,
  UnreadView,
} from '../../shared/api/views/room-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { kindOf } from '../../shared/protocol/file-type.ts';
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import { visible } from '../../shared/unicode/visible.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import type { Said } from '../../shared/words/said.ts';
import type { Words } from '../../shared/words/words.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import { nameIn, readStored, removalIn } from '../events/projection/stored.ts';
import type { Retention } from '../events/retention.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Accounts } from '../people/accounts.ts';
import type { Actors } from '../rooms/actors.ts';
import type { DirectChats } from '../rooms/direct-chats.ts';
import type { RoomHome } from '../rooms/home.ts';
import type { Memberships } from '../rooms/memberships.ts';
import { currentWords, mentionsIn, textBegin } from '../rooms/message-words.ts';
import type { Decision, Moderation } from '../rooms/moderation.ts';
import type { ReadState } from '../rooms/read-state.ts';
import type { Typing } from '../rooms/typing.ts';
import type { Tables } from '../store/ports.ts';
import type { EventRow } from '../store/tables/rooms/event-store.ts';
import type { UnreadRow } from '../store/tables/rooms/read-store.ts';
import { type InviteRow, type MemberRow, pinnedIn, type RoomRow } from '../store/tables/rooms/room-store.ts';
import { labelWarning, nameWarnings, userWarnings } from '../trust/misleading-names.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { decodeCursor, isNumber, limitOf, pageFrom, pageOf, type SaidApi } from './answer.ts';

/** Warnings about user names that look like ours or like those of members of these rooms. */
export function misleadingUsers(
  { rooms, users }: Tables<'rooms' | 'users'>,
  roomIds: readonly string[],
): (userId: string) => Said | null {
  const ours = new Set(users.users().map((user) => user.user_id));
  const members = roomIds.flatMap((id) => rooms.members(id)).map((member) => member.user_id);
  return userWarnings([...ours, ...members], (userId) => ours.has(userId));
}

/** The same for members of all rooms. They are only read once there is a name to compare. */
export function misleadingAnywhere(store: Tables<'rooms' | 'users'>): (userId: string) => Said | null {
  let look: ((userId: string) => Said | null) | undefined;
  return (userId) => {
    look ??= misleadingUsers(
      store,
      store.rooms.rooms().map((room) => room.room_id),
    );
    return look(userId);
  };
}

export const nameWarning = (warning: Said | null): { readonly name_warning?: Said } =>
  warning === null ? {} : { name_warning: warning };

const channelsDefault = ['general'];

/** How many rooms of that moment have been listed. It names no room, because a bot may not see the last one of a page. */
type RoomCursor = readonly [createdAt: number, listed: number];

const isRoomCursor = (value: unknown): value is RoomCursor =>
  Array.isArray(value) && value.length === 2 && value.every((part) => isNumber(part) && part >= 0);

export interface RoomDeps {
  readonly actors: Pick<Actors, 'room' | 'local'>;
  readonly home: Pick<
    RoomHome,
    | 'create'
    | 'change'
    | 'pin'
    | 'invite'
    | 'revokeInvite'
    | 'addChannel'
    | 'renameChannel'
    | 'deleteChannel'
    | 'handOver'
    | 'close'
  >;
  readonly moderation: Pick<Moderation, 'decide' | 'setModerator'>;
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
  readonly registry: Pick<RoomRegistry, 'get' | 'serverOfUser' | 'standing'>;
  readonly directory: Pick<PeerDirectory, 'kindOf' | 'isOneWay' | 'isStrict'>;
  readonly keyring: Keyring;
  readonly accounts: Pick<Accounts, 'roleOf'>;
}

export function roomApi(deps: RoomDeps) {
  const { accounts, actors, home, memberships, store } = deps;
  const isPerson = (user: string): boolean => !['owner', undefined].includes(accounts.roleOf(user));
  const view = (roomId: string, as: string | undefined): Sayable<RoomView> => {
    const user = actors.local(as);
    return roomView(deps, actors.room(roomId).row, user, deps.readState.unread(user, roomId));
  };
  const moderate = async (
    about: { room_id: string; user_id: string; reason?: string | undefined; as?: string | undefined },
    act: Decision['act'],
  ) => {
    const { room_id: roomId, user_id: user, reason, as } = about;
    await deps.moderation.decide({ roomId, user, act, reason }, as);
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
        (row) => roomView(deps, row, user, deps.readState.unread(user, row.room_id)),
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
      await home.change(input.room_id, { name: input.name, joinRule: input.join_rule }, input.as);
      return view(input.room_id, input.as);
    },
    async describeRoom(input) {
      await home.change(input.room_id, { topic: input.topic, description: input.description }, input.as);
      return view(input.room_id, input.as);
    },
    async archiveRoom(input) {
      await home.change(input.room_id, { archived: input.archived }, input.as);
      return view(input.room_id, input.as);
    },
    async pinMessage(input) {
      await home.pin(input.room_id, input.event_id, input.pinned, input.as);
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
    async hideRoom(input) {
      await deps.readState.hide(input.room_id, actors.local(input.as), input.hidden);
      return { done: true };
    },
    async deleteRoom(input) {
      await home.close(input.room_id, input.as);
      for (const { user_id } of store.users.users()) await deps.readState.hide(input.room_id, user_id, true);
      return { done: true };
    },
    async handRoomOver(input) {
      await home.handOver(input.room_id, input.user_id, input.as);
      return view(input.room_id, input.as);
    },
    async renameChannel(input) {
      await home.renameChannel(input.room_id, input.channel_id, input.name, input.as);
      return { done: true };
    },
    async deleteChannel(input) {
      await home.deleteChannel(input.room_id, input.channel_id, input.as);
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
      const open = row.home === deps.keyring.serverName ? store.events.openInvites(row.room_id) : [];
      const page = pageOf(open, input, (invite) => invite.event_id);
      return { ...page, items: sentInviteViews(deps, page.items) };
    },
    async revokeInvite(input) {
      await home.revokeInvite(input.room_id, input.user_id, input.as);
      return { done: true };
    },
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
      return { ...page, items: page.items.map((member) => memberView(store, member, warn)) };
    },
    removeMember: (input) => moderate(input, 'remove'),
    banUser: (input) => moderate(input, 'ban'),
    unbanUser: (input) => moderate(input, 'unban'),
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
      await deps.moderation.setModerator(room_id, user_id, { moderates, as });
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
        ...(await home.addChannel(input.room_id, input.name, input.as)),
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
      arrived: server === keyring.serverName || delivery.get(seq)?.get(server)?.state === 'delivered',
    };
  });
}

/** If the home doesn't announce its members, those known only from their messages are listed too. */
function joinedMembers({ store }: Pick<RoomDeps, 'store'>, row: RoomRow): MemberRow[] {
  return store.rooms
    .members(row.room_id)
    .filter((member) => member.state === 'joined' && (member.implicit === 0 || row.home_announces === 0));
}

/** The name of a user in a room; the user name if they chose no other. */
export function calledIn(
  { events, users }: Tables<'events' | 'users'>,
  userId: string,
  roomId: string | null,
): string {
  const own = users.byUserId(userId)?.display_name;
  return own ?? nameIn(events.profile(userId, roomId)) ?? parseUserId(userId).localpart;
}

/** The name of the other one in a direct chat, also before they are in it. */
function calledInDirect(store: Tables<'events' | 'users'>, userId: string, roomId: string): string {
  const isTold = store.events.profile(userId, roomId) !== null;
  return plainText(calledIn(store, userId, isTold ? roomId : null), 100);
}

/**
 * Warnings about members of a room whose user name, or what they want to be called, looks like that of somebody else. The
 * members are only read once there is one of another server: there are no warnings about our own.
 */
export function memberWarnings(
  store: Tables<'events' | 'rooms' | 'users'>,
  roomId: string,
): (userId: string) => Said | null {
  let compare: ((userId: string) => Said | null) | undefined;
  const warnings = new Map<string, Said | null>();
  const warningAbout = (userId: string): Said | null => {
    if (store.users.byUserId(userId)) return null;
    compare ??= memberComparison(store, roomId);
    return compare(userId);
  };
  return (userId) => {
    if (!warnings.has(userId)) warnings.set(userId, warningAbout(userId));
    return warnings.get(userId) ?? null;
  };
}

function memberComparison(
  store: Tables<'events' | 'rooms' | 'users'>,
  roomId: string,
): (userId: string) => Said | null {
  const members = store.rooms.members(roomId).filter(({ state }) => state === 'joined');
  const called = new Map(members.map(({ user_id }) => [user_id, parseUserId(user_id).localpart]));
  for (const { user_id, body } of store.events.profilesIn(roomId)) {
    const name = nameIn(body);
    if (name !== null) called.set(user_id, name);
  }
  for (const { user_id, display_name } of store.users.users()) called.set(user_id, display_name);
  const misleading = misleadingUsers(store, [roomId]);
  const like = nameWarnings([...called].map(([user_id, display_name]) => ({ user_id, display_name })));
  return (user_id) => {
    const display_name = called.get(user_id) ?? calledIn(store, user_id, roomId);
    return misleading(user_id) ?? like({ user_id, display_name });
  };
}

/** The hash of the picture that somebody shows in a room. */
const pictureIn = ({ files, users }: Tables<'files' | 'users'>, userId: string, roomId: string) =>
  files.picture(userId, users.byUserId(userId) ? '' : roomId)?.hash ?? null;

const memberView = (
  store: Tables<'events' | 'files' | 'users'>,
  row: MemberRow,
  warn: (userId: string) => Said | null,
): Sayable<MemberView> => ({
  user_id: row.user_id,
  display_name: plainText(calledIn(store, row.user_id, row.room_id), 100),
  picture: pictureIn(store, row.user_id, row.room_id),
  ...nameWarning(warn(row.user_id)),
  server: row.server,
  role: row.role,
  joined_at: row.joined_at,
});

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

/** The end of the timeline, as the list of rooms shows it. */
function lastMessage({ store }: Pick<RoomDeps, 'store'>, roomId: string): RoomView['last_message'] {
  const [row] = store.messages.page(roomId, null, null, 1);
  if (!row) return null;
  const stored = readStored({ body: row.event_body });
  const { meaning } = stored;
  const said = row.deleted === 0 && meaning.kind === 'message' ? meaning : null;
  const files = said?.files ?? [];
  const words = currentWords(row, stored);
  const called = new Map(words === null ? [] : mentionsIn(store, row, stored).map((each) => [each.id, each]));
  const nameOf = (id: string) => {
    const user = called.get(id)?.user_id;
    return user && plainText(calledIn(store, user, roomId), 100);
  };
  return {
    event_id: row.event_id,
    sender: row.sender,
    sender_name: plainText(calledIn(store, row.sender, roomId), 100),
    origin_ts: row.origin_ts,
    text: words === null ? null : textBegin(words, nameOf),
    is_reply: said?.replyTo != null,
    forwarded: said?.forwarded === true,
    deleted: row.deleted === 1,
    unverified: row.deleted === 0 && stored.erased === 'unverified',
    files: files.length,
    file_kind: files.length === 0 ? null : kindOf(files.map(({ type }) => type)),
  };
}

/** How a user who is out was removed from the room. */
function removalOf(
  { store, registry }: Pick<RoomDeps, 'store' | 'registry'>,
  row: RoomRow,
  user: string,
): RoomView['removal'] {
  const room = registry.get(row.room_id);
  const event = room && store.events.byId(registry.standing(room, user)?.eventId ?? '');
  if (!event) return null;
  const { by = null, reason = null } = removalIn(event.body) ?? {};
  return { by, reason, at: event.origin_ts };
}

const channelViews = ({ store }: Pick<RoomDeps, 'store'>, roomId: string, unread: readonly UnreadRow[]) =>
  store.rooms.channels(roomId).map((channel) => ({
    channel_id: channel.channel_id,
    name: visible(channel.name),
    ...nameWarning(labelWarning(channel.name)),
    ...unreadIn(unread, channel.channel_id),
  }));

/** For somebody who has read more of a room they are in; null if they aren't in it, or much has to be counted. */
export function readNow(
  deps: RoomDeps & { readonly words: Words },
  user: string,
  roomId: string,
): ReadNow | null {
  const { registry, readState, words } = deps;
  const known = registry.get(roomId);
  const total = known && readState.totalNow(user);
  if (!total) return null;
  const room = inWords<RoomView>(words, roomView(deps, known.row, user, readState.unread(user, roomId)));
  return room.membership === 'joined' && room.waits === null ? { room, total } : null;
}

function unreadIn(
  rows: readonly UnreadRow[],
  channelId: string,
): UnreadView & { first_unread: string | null } {
  const row = rows.find((each) => each.channel_id === channelId);
  return { unread: row?.unread ?? 0, mentions: row?.mentions ?? 0, first_unread: row?.first_unread ?? null };
}

/** Null for a room that isn't a direct chat of the user. */
function directView({ store, directChats }: RoomDeps, row: RoomRow, user: string): RoomView['direct'] {
  const pair = row.direct?.split(' ') ?? [];
  const other = pair.find((one) => one !== user);
  if (other === undefined || pair.length < 2 || !pair.includes(user)) return null;
  const state = store.rooms.member(row.room_id, other)?.state;
  const shown = directChats.of(user, other)?.room_id ?? row.room_id;
  return {
    user_id: other,
    picture: pictureIn(store, other, row.room_id),
    state: state === undefined ? 'invited' : state === 'joined' ? 'joined' : 'left',
    newer: shown === row.room_id ? null : shown,
  };
}

function roomView(
  deps: RoomDeps,
  row: RoomRow,
  user: string,
  unread: readonly UnreadRow[],
): Sayable<RoomView> {
  const { store, keyring, directory } = deps;
  const servers = [...(deps.registry.get(row.room_id)?.servers ?? [])];
  const pending = store.rooms.pendingJoins(row.room_id).includes(user);
  const state = store.rooms.member(row.room_id, user)?.state ?? null;
  const isOut = state === 'removed' || state === 'banned';
  const direct = directView(deps, row, user);
  return {
    room_id: row.room_id,
    name: direct === null ? visible(row.name) : calledInDirect(store, direct.user_id, row.room_id),
    ...nameWarning(
      direct === null ? labelWarning(row.name) : memberWarnings(store, row.room_id)(direct.user_id),
    ),
    direct,
    topic: plainText(row.topic),
    description: visible(row.description),
    pinned: [...pinnedIn(row)],
    archived: row.archived === 1,
    home: row.home,
    join_rule: row.join_rule,
    channels: channelViews(deps, row.room_id, unread),
    membership: pending && state !== 'joined' ? 'joining' : state,
    removal: isOut ? removalOf(deps, row, user) : null,
    waits: store.consents.waiting(user, row.room_id),
    homed_here: row.home === keyring.serverName,
    home_kind: directory.kindOf(row.home),
    one_way: directory.isOneWay(row.home),
    long_texts_dropped_at: servers.filter((server) => directory.isStrict(server)).toSorted(),
    member_count: store.rooms.countJoined(row.room_id, row.home_announces === 0),
    unread: sum(unread.map((each) => each.unread)),
    mentions: sum(unread.map((each) => each.mentions)),
    muted: store.reads.isMuted(user, row.room_id),
    last_message: lastMessage(deps, row.room_id),
    retention: {
      days: row.keep_days,
      megabytes: row.keep_megabytes,
      dropped_to: row.dropped_to <= 0 ? null : row.dropped_to,
    },
    last_event_at: store.events.lastArrivalAt(row.room_id),
    listed: store.listings.isRoomListed(row.room_id),
  };
}
