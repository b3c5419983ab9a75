import { badRequest, forbidden, notFound } from '../../shared/protocol/errors.ts';
import { parseRoomId, userId } from '../../shared/protocol/identifiers.ts';
import type { Room, RoomRegistry } from '../events/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Tables } from '../store/ports.ts';

/** Who may do what in a room from here: the checks behind every action of a local user. */
export class Actors {
  private readonly store: Tables<'rooms' | 'users'>;
  private readonly registry: RoomRegistry;
  private readonly keyring: Keyring;

  constructor(store: Tables<'rooms' | 'users'>, registry: RoomRegistry, keyring: Keyring) {
    this.store = store;
    this.registry = registry;
    this.keyring = keyring;
  }

  /** The local user who acts: `as`, or the owner. */
  local(as: string | undefined): string {
    if (as === undefined) {
      const owner = this.store.users.users()[0];
      // Refuses with the sentence about set-up where that is what is missing.
      if (!owner) throw badRequest(`${this.keyring.serverName} has no users yet. Add one first.`);
      return owner.user_id;
    }
    if (!this.store.users.byUserId(as))
      throw badRequest(`Field as: ${as} is no user of this server. Expected one of its users.`);
    return as;
  }

  /** NOT_FOUND if this server does not know the room. */
  room(id: string): Room {
    parseRoomId(id);
    const room = this.registry.get(id);
    if (!room) throw notFound(`The room ${id} is not known here. The list of rooms tells which are.`);
    return room;
  }

  homedHere(id: string): Room {
    const room = this.room(id);
    if (room.row.home !== this.keyring.serverName)
      throw forbidden(`The room ${id} is homed at ${room.row.home}; only there can this be done.`);
    return room;
  }

  isMember(room: Room, user: string): boolean {
    return this.store.rooms.member(room.row.room_id, user)?.state === 'joined';
  }

  /** A room in which the user is a member now. */
  memberRoom(id: string, user: string): Room {
    const room = this.room(id);
    const { home, home_announces } = room.row;
    const state = this.store.rooms.member(id, user)?.state;
    if (state === 'removed')
      throw forbidden(
        `${home} removed ${user} from the room ${id}, so nothing more can be written there. ${
          home_announces === 1
            ? 'Only an invite lets that user in again.'
            : `Join the room again to ask whether ${home} lets that user back in.`
        }`,
        { reason: 'not_a_member' },
      );
    if (state !== 'joined')
      throw forbidden(`${user} is not in the room ${id}. Join it first.`, { reason: 'not_a_member' });
    return room;
  }

  /** The owner of the room, or of this server. */
  moderates(room: Room, user: string): boolean {
    if (room.row.home !== this.keyring.serverName) return false;
    const member = this.store.rooms.member(room.row.room_id, user);
    return (
      (member?.state === 'joined' && member.role === 'owner') || user === this.store.users.users()[0]?.user_id
    );
  }

  requireModerator(id: string, user: string): Room {
    const room = this.homedHere(id);
    if (!this.moderates(room, user))
      throw forbidden(`Only the owner of the room ${id} may do that, ${user} is not.`);
    return room;
  }

  /** In whose name the home lets remote users in: its owner's, whom other servers know as a member anyway. */
  voice(room: Room): string {
    const owner = this.store.rooms
      .members(room.row.room_id)
      .find(
        (member) => member.role === 'owner' && member.state === 'joined' && member.server === room.row.home,
      );
    return owner?.user_id ?? this.homeActor();
  }

  /**
   * In whose name the home takes a remote user out. No person: the existing server reads a leave as its *sender*
   * leaving, and a name it never heard of makes that harmless.
   */
  homeActor(): string {
    return userId('_home', this.keyring.domain);
  }
}
