import { SvelteMap } from 'svelte/reactivity';
import type { UserView } from '../../../../shared/api/views/node-views.ts';
import type { MemberView, RemovalView, RoomView } from '../../../../shared/api/views/room-views.ts';
import { visible } from '../../../../shared/unicode/visible.ts';
import { text } from '../../../text/text.ts';

/** `@alice:chat.example` as name and server, to be shown. Anything else stays whole. */
export function partsOf(userId: string): { name: string; server: string } {
  const colon = userId.indexOf(':');
  return userId.startsWith('@') && colon > 1
    ? { name: visible(userId.slice(1, colon)), server: userId.slice(colon + 1) }
    : { name: visible(userId), server: '' };
}

interface Known {
  readonly name: string;
  readonly picture: string | null;
  readonly since: number;
}

/** Members of the rooms that were looked at, by their user ID. */
const known = new SvelteMap<string, Known>();
/** A server with more people than a household has is known by its own name, as in the node's findings. */
const householdMax = 4;

export function learnNames(members: readonly MemberView[]): void {
  for (const { user_id, display_name: name, picture, joined_at: since } of members)
    known.set(user_id, { name, picture, since });
}

/** The name of somebody of any server; the user name if they have no other, or nothing is known. */
export const calledHere = (userId: string): string => known.get(userId)?.name ?? partsOf(userId).name;

/** The hash of the picture of somebody, as far as it is known; null without one. */
export const pictureOf = (userId: string): string | null => known.get(userId)?.picture ?? null;

/** “Ben’s server”, by the first person known there; the server's name if that could mean another one, too. */
export function serverCalled(server: string): string {
  const there = [...known].filter(([userId]) => partsOf(userId).server === server).map(([, one]) => one);
  if (there.length === 0 || there.length > householdMax) return visible(server);
  const { name } = there.reduce((first, one) => (one.since < first.since ? one : first));
  const isElsewhere = [...known].some(
    ([userId, one]) => partsOf(userId).server !== server && one.name.toLowerCase() === name.toLowerCase(),
  );
  if (isElsewhere) return visible(server);
  return /[sßxz]$/i.test(name) ? text.people.serverOfS({ name }) : text.people.serverOf({ name });
}

/** A hue that is the same everywhere for one user. */
export function hueOf(userId: string): number {
  let hash = 0;
  for (const char of userId) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 360_007;
  return hash % 360;
}

/** The letter in place of a picture. */
export const initialOf = (name: string): string => [...name.toUpperCase()][0] ?? '?';

export interface ServerGroup {
  readonly server: string;
  readonly members: readonly MemberView[];
}

/** Our own server first, the others by name; in each owners and moderators first. */
export function byServer(members: readonly MemberView[], ownServer: string): ServerGroup[] {
  const groups = Map.groupBy(members, (member) => member.server);
  return [...groups]
    .map(([server, of]) => ({ server, members: of.toSorted(compareMembers) }))
    .sort((a, b) => rank(a, ownServer) - rank(b, ownServer) || compare(a.server, b.server));
}

/** Names that more than one member has. */
export function twinsOf(members: readonly MemberView[], nameOf: (userId: string) => string): Set<string> {
  const named = Map.groupBy(members, ({ user_id }) => nameOf(user_id));
  return new Set([...named].filter(([, all]) => all.length > 1).map(([name]) => name));
}

/** The latest speaker comes first; a room without messages was just created or joined. */
export const byActivity = (rooms: readonly RoomView[]): RoomView[] =>
  rooms.toSorted(
    (a, b) =>
      Number(a.archived) - Number(b.archived) ||
      (b.last_event_at ?? 0) - (a.last_event_at ?? 0) ||
      compare(a.name, b.name) ||
      compare(a.room_id, b.room_id),
  );

type Role = MemberView['role'];

/**
 * Decides as the node does: the owner of the room decides about it, and that of the server that hosts it. Somebody elsewhere
 * moderates it at most.
 */
export function roleIn(room: RoomView, me: UserView, members: readonly MemberView[]): Role {
  if (room.direct !== null) return 'member';
  const role = members.find(({ user_id }) => user_id === me.user_id)?.role ?? 'member';
  if (!room.homed_here) return role === 'moderator' ? role : 'member';
  return me.owner ? 'owner' : role;
}

/** Whether somebody with this role may remove or ban somebody with the other. */
export const mayTakeOut = (role: Role, other: Role): boolean =>
  role === 'owner' || (role === 'moderator' && other === 'member');

/** “Anna banned Ben: spam” */
export function removalSaid(
  { display_name: user, banned, by, reason }: Pick<RemovalView, 'display_name' | 'banned' | 'by' | 'reason'>,
  nameOf: (userId: string) => string,
): string {
  const words = text.rooms.people;
  if (by === null) return words.isBanned({ user });
  const about = { how: banned ? 'ban' : 'removal', user, by: nameOf(by) };
  return reason === null ? words.removal(about) : words.removalWhy({ ...about, reason });
}

const rank = (group: ServerGroup, own: string): number => (group.server === own ? 0 : 1);
const order: readonly Role[] = ['owner', 'moderator', 'member'];
const compareMembers = (a: MemberView, b: MemberView): number =>
  order.indexOf(a.role) - order.indexOf(b.role) || compare(a.user_id, b.user_id);
const compare = (a: string, b: string): number => a.localeCompare(b, text.locale, { numeric: true });
