/** A room, as one of its users sees it. */
import type { ReadNow } from '../../shared/api/topics.ts';
import type { RoomView, UnreadView } from '../../shared/api/views/room-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { kindOf } from '../../shared/protocol/file-type.ts';
import { visible } from '../../shared/unicode/visible.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import type { Words } from '../../shared/words/words.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import { readStored, removalIn } from '../events/projection/stored.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { DirectChats } from '../rooms/direct-chats.ts';
import { currentWords, mentionsIn, textBegin } from '../rooms/message-words.ts';
import type { ReadState } from '../rooms/read-state.ts';
import type { SlowMode } from '../rooms/slow-mode.ts';
import type { Tables } from '../store/ports.ts';
import type { UnreadRow } from '../store/tables/rooms/read-store.ts';
import { pinnedIn, type RoomRow } from '../store/tables/rooms/room-store.ts';
import { labelWarning } from '../trust/misleading-names.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calledIn, directWarnings, nameWarning } from './people-names.ts';

export interface RoomViewDeps {
  readonly directChats: Pick<DirectChats, 'of'>;
  readonly slowMode: Pick<SlowMode, 'nextAt'>;
  readonly readState: Pick<ReadState, 'unread' | 'totalNow'>;
  readonly store: Tables<
    'consents' | 'events' | 'files' | 'listings' | 'messages' | 'reads' | 'remoteUsers' | 'rooms' | 'users'
  >;
  readonly registry: Pick<RoomRegistry, 'get' | 'standing' | 'closedNow'>;
  readonly directory: Pick<PeerDirectory, 'answers' | 'kindOf' | 'isOneWay' | 'isStrict'>;
  readonly keyring: Pick<Keyring, 'serverName'>;
}

/** The name of the other one in a direct chat, also before they are in it. */
function calledInDirect(store: Tables<'events' | 'users'>, userId: string, roomId: string): string {
  const isTold = store.events.profile(userId, roomId) !== null;
  return calledIn(store, userId, isTold ? roomId : null);
}

/** The hash of the picture that somebody shows in a room. */
export const pictureIn = ({ files, users }: Tables<'files' | 'users'>, userId: string, roomId: string) =>
  files.picture(userId, users.byUserId(userId) ? '' : roomId)?.hash ?? null;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

/** The end of the timeline, as the list of rooms shows it. */
function lastMessage({ store }: Pick<RoomViewDeps, 'store'>, roomId: string): RoomView['last_message'] {
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

/** Says how a user who is out was removed from the room. */
export function removalOf(
  { store, registry }: Pick<RoomViewDeps, 'store' | 'registry'>,
  row: RoomRow,
  user: string,
): RoomView['removal'] {
  const room = registry.get(row.room_id);
  const event = room && store.events.byId(registry.standing(room, user)?.eventId ?? '');
  if (!event) return null;
  const { by = null, reason = null } = removalIn(event.body) ?? {};
  return { by, reason, at: event.origin_ts };
}

export const channelViews = (
  { store }: Pick<RoomViewDeps, 'store'>,
  roomId: string,
  unread: readonly UnreadRow[],
) =>
  store.rooms.channels(roomId).map((channel) => ({
    channel_id: channel.channel_id,
    name: visible(channel.name),
    ...nameWarning(labelWarning(channel.name)),
    ...unreadIn(unread, channel.channel_id),
  }));

/** Reads a room for somebody in it who has read more of it; null if they aren't in it, or much has to be counted. */
export function readNow(
  deps: RoomViewDeps & { readonly words: Words },
  user: string,
  roomId: string,
): ReadNow | null {
  const { registry, readState, words } = deps;
  const known = registry.get(roomId);
  const total = known && readState.totalNow(user);
  if (!total) return null;
  const room = inWords<RoomView>(words, roomViews(deps, user)(known.row));
  return room.membership === 'joined' && room.waits === null ? { room, total } : null;
}

function unreadIn(
  rows: readonly UnreadRow[],
  channelId: string,
): UnreadView & { first_unread: string | null } {
  const row = rows.find((each) => each.channel_id === channelId);
  return { unread: row?.unread ?? 0, mentions: row?.mentions ?? 0, first_unread: row?.first_unread ?? null };
}

/** Shows the other one in a direct chat; null for a room that isn't a direct chat of the user. */
function directView({ store, directChats }: RoomViewDeps, row: RoomRow, user: string): RoomView['direct'] {
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

/** Makes the views of rooms, as the user sees them. */
export function roomViews(deps: RoomViewDeps, user: string): (row: RoomRow) => Sayable<RoomView> {
  const warn = directWarnings(deps.store);
  return (row) => {
    const view = roomView(deps, row, user);
    const direct = directView(deps, row, user);
    if (direct === null) return { ...view, ...nameWarning(labelWarning(row.name)), direct };
    const name = calledInDirect(deps.store, direct.user_id, row.room_id);
    return { ...view, name: plainText(name, 100), ...nameWarning(warn(direct.user_id, name)), direct };
  };
}

/** Has what direct chats and other rooms have in common. */
function roomView(deps: RoomViewDeps, row: RoomRow, user: string): Omit<Sayable<RoomView>, 'direct'> {
  const { store, keyring, directory } = deps;
  const servers = [...(deps.registry.get(row.room_id)?.servers ?? [])];
  const pending = store.rooms.pendingJoins(row.room_id).includes(user);
  const state = store.rooms.member(row.room_id, user)?.state ?? null;
  const isNear = state === 'joined' || row.home === keyring.serverName;
  const isOut = state === 'removed' || state === 'banned';
  const unread = deps.readState.unread(user, row.room_id);
  return {
    room_id: row.room_id,
    name: visible(row.name),
    topic: plainText(row.topic),
    description: visible(row.description),
    picture: isNear && row.direct === null ? (store.files.picture('', row.room_id)?.hash ?? null) : null,
    pinned: [...pinnedIn(row)],
    archived: row.archived === 1,
    writers: row.writers,
    slow_seconds: row.slow_seconds,
    may_write: state === 'joined' && deps.registry.closedNow({ row }, user) === null,
    next_message_at: deps.slowMode.nextAt({ row }, user),
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
