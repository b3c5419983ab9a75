/** The names of people, and warnings about those that may be mistaken for others. */
import { parseUserId } from '../../shared/protocol/identifiers.ts';
import type { Said } from '../../shared/words/said.ts';
import { nameIn } from '../events/projection/stored.ts';
import type { Tables } from '../store/ports.ts';
import { nameWarnings, userWarnings } from '../trust/misleading-names.ts';

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

/** The name of a user in a room; the user name if they chose no other. */
export function calledIn(
  { events, users }: Tables<'events' | 'users'>,
  userId: string,
  roomId: string | null,
): string {
  const own = users.byUserId(userId)?.display_name;
  return own ?? nameIn(events.profile(userId, roomId)) ?? parseUserId(userId).localpart;
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
  const compare = comparison(store, called, [roomId]);
  return (userId) => compare(userId, called.get(userId) ?? calledIn(store, userId, roomId));
}

/**
 * Warnings about the other one in direct chats. Nobody else is in there, so they are compared with the users of this
 * server, who are only read once for all chats.
 */
export function directWarnings(
  store: Tables<'rooms' | 'users'>,
): (userId: string, displayName: string) => Said | null {
  let compare: ReturnType<typeof comparison> | undefined;
  return (userId, displayName) => {
    if (store.users.byUserId(userId)) return null;
    compare ??= comparison(store, new Map(), []);
    return compare(userId, displayName);
  };
}

/** Compares somebody with the users of this server, and with those of rooms, who are `called` like that. */
function comparison(
  store: Tables<'rooms' | 'users'>,
  called: Map<string, string>,
  roomIds: readonly string[],
): (userId: string, displayName: string) => Said | null {
  for (const { user_id, display_name } of store.users.users()) called.set(user_id, display_name);
  const misleading = misleadingUsers(store, roomIds);
  const like = nameWarnings([...called].map(([user_id, display_name]) => ({ user_id, display_name })));
  return (user_id, display_name) => misleading(user_id) ?? like({ user_id, display_name });
}
