import { parseRoomId, userId } from '../../shared/protocol/identifiers.ts';
import type { RoomRole } from '../../shared/protocol/room-state.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import type { Room, RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Tables } from '../store/ports.ts';

/** Decides who may do what in a room from here: the checks behind every action of a local user. */
export class Actors {
  readonly #store: Tables<'consents' | 'rooms' | 'users'>;
  readonly #registry: RoomRegistry;
  readonly #keyring: Keyring;

  constructor(store: Tables<'consents' | 'rooms' | 'users'>, registry: RoomRegistry, keyring: Keyring) {
    this.#store = store;
    this.#registry = registry;
    this.#keyring = keyring;
  }

  /** The local user who acts: `as`, or the owner. BAD_REQUEST if there is no such user. */
  local(as: string | undefined): string {
    if (as === undefined) {
      const owner = this.#store.users.owner();
      // Before set-up, `serverName` throws an error that says so.
      if (!owner) throw refusal('BAD_REQUEST', said('room.no_users', { server: this.#keyring.serverName }));
      return owner.user_id;
    }
    if (!this.#store.users.byUserId(as)) throw refusal('BAD_REQUEST', said('room.no_user_as', { user: as }));
    return as;
  }

  /** NOT_FOUND if this server does not know the room. */
  room(id: string): Room {
    parseRoomId(id);
    const room = this.#registry.get(id);
    if (!room) throw refusal('NOT_FOUND', said('room.unknown', { room: id }));
    return room;
  }

  /** FORBIDDEN if another server is the home; otherwise as `room`. */
  homedHere(id: string): Room {
    const room = this.room(id);
    if (!this.isHomedHere(room))
      throw refusal('FORBIDDEN', said('room.not_home', { room: id, home: room.row.home }));
    return room;
  }

  isMember(room: Room, user: string): boolean {
    return this.#store.rooms.member(room.row.room_id, user)?.state === 'joined';
  }

  /** The room. FORBIDDEN if the user isn't a member now. */
  memberRoom(id: string, user: string): Room {
    const room = this.room(id);
    const { home, home_announces } = room.row;
    const state = this.#store.rooms.member(id, user)?.state;
    const details = { reason: 'not_a_member' } as const;
    if (state === 'removed' || state === 'banned') {
      const who = { home, user, room: id };
      const removed = home_announces === 1 ? said('room.removed_invite', who) : said('room.removed_ask', who);
      throw refusal('FORBIDDEN', state === 'banned' ? said('room.banned_there', who) : removed, { details });
    }
    if (state !== 'joined') throw refusal('FORBIDDEN', said('room.not_in', { user, room: id }), { details });
    return room;
  }

  /** The same for somebody who writes, or reacts. FORBIDDEN if the room isn't open to that. */
  writableRoom(id: string, user: string, event_type?: string): Room {
    const room = this.memberRoom(id, user);
    const reason = this.#registry.closedNow(room, user, event_type);
    if (reason !== null)
      throw refusal('FORBIDDEN', said(`room.${reason}`, { home: room.row.home }), { details: { reason } });
    return room;
  }

  /**
   * The role a user has in the room, or had when they were last in it. The owner of the home owns all its rooms, but
   * nobody decides in a direct chat.
   */
  roleIn({ row }: Room, user: string): RoomRole {
    const { rooms, users, consents } = this.#store;
    if (row.direct !== null) return 'member';
    if (row.home === this.#keyring.serverName && user === users.owner()?.user_id) return 'owner';
    const role = rooms.member(row.room_id, user)?.role ?? 'member';
    return role === 'moderator' && consents.isRestricted(user) ? 'member' : role;
  }

  /** Whether a user owns a room that is homed here. */
  owns(room: Room, user: string): boolean {
    return this.moderates(room, user) && this.roleIn(room, user) === 'owner';
  }

  /** The owner of the room, or of this server, and the moderators. */
  moderates(room: Room, user: string): boolean {
    if (!this.isHomedHere(room) || this.roleIn(room, user) === 'member') return false;
    return this.isMember(room, user) || user === this.#store.users.owner()?.user_id;
  }

  isHomedHere({ row }: Pick<Room, 'row'>): boolean {
    return row.home === this.#keyring.serverName;
  }

  /** FORBIDDEN for those who don't own the room, BAD_REQUEST for a direct chat; otherwise as `homedHere`. */
  requireOwner(id: string, user: string): Room {
    const room = this.homedHere(id);
    if (room.row.direct !== null) throw refusal('BAD_REQUEST', said('direct.stays'));
    if (!this.owns(room, user)) throw refusal('FORBIDDEN', said('room.not_owner', { room: id, user }));
    return room;
  }

  /** FORBIDDEN for those who don't moderate the room, BAD_REQUEST for a direct chat; otherwise as `homedHere`. */
  requireModerator(id: string, user: string): Room {
    const room = this.homedHere(id);
    if (room.row.direct !== null) throw refusal('BAD_REQUEST', said('direct.stays'));
    if (!this.moderates(room, user))
      throw refusal('FORBIDDEN', said('room.not_moderator', { room: id, user }));
    return room;
  }

  /**
   * The room of another home. FORBIDDEN for those who don't moderate it, as far as this server knows: whether they do is for
   * the home to say. Children and guests of this server don't moderate anywhere.
   */
  requireModeratorElsewhere(id: string, user: string): Room {
    const room = this.memberRoom(id, user);
    if (this.roleIn(room, user) !== 'member') return room;
    const mayNot = this.#store.rooms.member(id, user)?.role !== 'member';
    throw refusal(
      'FORBIDDEN',
      mayNot ? said('room.may_not_moderate', { user }) : said('room.not_moderator', { room: id, user }),
    );
  }

  /** The user in whose name the home writes what somebody decides: they themselves, if they are its user. */
  signerFor(room: Pick<Room, 'row'>, user: string): string {
    return this.#registry.serverOfUser(user) === this.#keyring.serverName ? user : this.voice(room);
  }

  /** The user in whose name the home admits remote users: the room's owner, whom other servers know as a member. */
  voice({ row }: Pick<Room, 'row'>): string {
    const { room_id: roomId, home } = row;
    return this.#store.rooms.ownerOf(roomId, home) ?? this.homeActor();
  }

  /**
   * The user in whose name the home removes a remote user. It isn't a person: the existing server reads a leave as its
   * *sender* leaving, and a name it has never seen makes that harmless.
   */
  homeActor(): string {
    return userId('_home', this.#keyring.domain);
  }
}
