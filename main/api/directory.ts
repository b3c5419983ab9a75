import type { DirectoryView, PersonView } from '../../shared/api/views/room-views.ts';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { visible } from '../../shared/unicode/visible.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import { nameIn } from '../events/projection/stored.ts';
import type { Actors } from '../rooms/actors.ts';
import type { Listed } from '../rooms/listed.ts';
import type { PeerListings } from '../rooms/peer-listings.ts';
import type { Profiles } from '../rooms/profiles.ts';
import type { Tables } from '../store/ports.ts';
import { labelWarning } from '../trust/misleading-names.ts';
import type { PeerAdmin } from '../trust/peer-admin.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { SaidApi } from './answer.ts';
import { misleadingUsers, nameWarning } from './people-names.ts';

export interface DirectoryDeps {
  readonly actors: Pick<Actors, 'local'>;
  readonly listed: Listed;
  readonly peerListings: Pick<PeerListings, 'canAsk' | 'read' | 'all'>;
  readonly peerAdmin: Pick<PeerAdmin, 'required'>;
  readonly directory: Pick<PeerDirectory, 'all' | 'standing'>;
  readonly profiles: Pick<Profiles, 'meetingIn' | 'shownIn'>;
  readonly store: Tables<'events' | 'listings' | 'rooms' | 'users'>;
}

const peopleMax = 20;
/** Names enough people of a peer for the screens, which call a server by its people. */
const namedPerPeer = 4;

export function directoryApi(deps: DirectoryDeps) {
  const { actors, listed, peerListings, peerAdmin, store } = deps;
  return {
    async listUser(input) {
      await listed.listUser(input.user_id, input.listed);
      return { done: true };
    },
    async listRoom(input) {
      await listed.listRoom(input.room_id, input.listed, actors.local(input.as));
      return { done: true };
    },
    async peerDirectory(input) {
      const server = peerAdmin.required(input.server_name).server_name;
      const nothing = { server_name: server, read_at: null, users: [], rooms: [] };
      if (!peerListings.canAsk(server)) return { ...nothing, supported: false };
      const user = actors.local(input.as);
      const read = await peerListings.read(server).catch((error: unknown) => {
        if (error instanceof ProtocolError && error.code === 'SERVICE_UNAVAILABLE') return null;
        throw error;
      });
      if (read === null) return { ...nothing, supported: true };
      const { users, rooms, readAt } = read;
      const misleading = misleadingUsers(store, []);
      return {
        server_name: server,
        supported: true,
        read_at: readAt,
        users: users.map((each) => ({ ...each, ...nameWarning(misleading(each.user_id)) })),
        rooms: rooms.map(
          (room): Sayable<DirectoryView['rooms'][number]> => ({
            room_id: room.room_id,
            name: room.name,
            ...nameWarning(labelWarning(room.name)),
            member_count: room.members,
            is_member: store.rooms.member(room.room_id, user)?.state === 'joined',
          }),
        ),
      };
    },
    async people(input) {
      const query = (input.query ?? '').trim().toLowerCase();
      return { items: peopleBy(deps, query, input.room_id, actors.local(input.as)), next: null };
    },
  } satisfies Partial<SaidApi>;
}

/**
 * Lists users of this server first, then those that peers list, then other members of rooms known here. A call for
 * everybody also gets some people of every peer, however many others there are.
 */
function peopleBy(
  { store, peerListings, directory, profiles }: DirectoryDeps,
  query: string,
  roomId: string | undefined,
  reader: string,
): Sayable<PersonView>[] {
  const has = (...texts: readonly string[]) => texts.some((text) => text.toLowerCase().includes(query));
  const found = new Map<string, Sayable<PersonView>>();
  const misleading = misleadingUsers(store, []);
  const add = (
    user_id: string,
    display_name: string | null,
    source: PersonView['source'],
    max = peopleMax,
  ) => {
    if (found.size >= max || found.has(user_id) || store.users.isRemoved(user_id)) return;
    if (roomId !== undefined && store.rooms.member(roomId, user_id)?.state === 'joined') return;
    const rooms = profiles.meetingIn(reader, user_id);
    const profile = rooms.length > 0 ? profiles.shownIn(rooms, user_id) : null;
    found.set(user_id, {
      user_id,
      ...nameWarning(misleading(user_id)),
      display_name: profile === null ? display_name : plainText(profile.displayName, 100),
      picture: profile?.picture?.hash ?? null,
      source,
    });
  };
  for (const { user_id, display_name } of store.users.users())
    if (has(user_id, display_name)) add(user_id, visible(display_name), 'here');
  for (const { listing } of peerListings.all())
    for (const { user_id, display_name } of listing.users)
      if (has(user_id, display_name)) add(user_id, display_name, 'listed');
  const addMet = (user_id: string, max?: number) => {
    const name = nameIn(store.events.profile(user_id, null));
    add(user_id, name === null ? null : plainText(name, 100), 'met', max);
  };
  for (const user_id of store.listings.met(query, 2 * peopleMax)) addMet(user_id);
  if (query === '' && roomId === undefined)
    for (const { server_name } of directory.all())
      if (directory.standing(server_name) !== 'known')
        for (const user_id of store.listings.peopleAt(server_name, namedPerPeer))
          addMet(user_id, Number.POSITIVE_INFINITY);
  return [...found.values()];
}
