import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { parseUserId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  type CountedFact,
  comparePositions,
  isCounted,
  type MembershipStep,
  membershipNow,
  type Position,
  roleGiven,
} from '../../../shared/protocol/room-state.ts';
import type { Tables } from '../../store/ports.ts';
import type { RoomRow } from '../../store/tables/room-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';

/** What deciding about an event in a room needs, read once and kept until something about it changes. */
export interface Room {
  row: RoomRow;
  highestDepth: number;
  /** server_names with a joined member, the home included; another set whenever that changes. */
  servers: ReadonlySet<string>;
  /** How many joined members each server has. */
  readonly joined: Map<string, number>;
  /** The last counted word about each user's membership, as far as it was asked for. */
  readonly lastFacts: Map<string, CountedFact | null>;
}

const refusedKey = (roomId: string): string => `refused_depth ${roomId}`;

export class RoomRegistry {
  readonly #store: Tables<'events' | 'rooms' | 'memberFacts' | 'remoteUsers' | 'meta' | 'onRollback'>;
  readonly #directory: PeerDirectory;
  readonly #rooms = new Map<string, Room>();
  #namesLearnt = 0;

  constructor(
    store: Tables<'events' | 'rooms' | 'memberFacts' | 'remoteUsers' | 'meta' | 'onRollback'>,
    directory: PeerDirectory,
  ) {
    this.#store = store;
    this.#directory = directory;
    store.onRollback(() => this.#rooms.clear());
  }

  get(roomId: string): Room | undefined {
    if (this.#namesLearnt !== this.#directory.namesLearnt) this.#rooms.clear();
    this.#namesLearnt = this.#directory.namesLearnt;
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const row = this.#store.rooms.room(roomId);
    if (!row) return undefined;
    const joined = new Map<string, number>();
    for (const member of this.#store.rooms.members(roomId))
      if (member.state === 'joined') joined.set(member.server, (joined.get(member.server) ?? 0) + 1);
    const servers = new Set([row.home, ...joined.keys()]);
    const highestDepth = Math.max(this.#store.events.highestDepth(roomId), this.#refusedDepth(roomId));
    const room = { row, servers, joined, lastFacts: new Map(), highestDepth };
    this.#rooms.set(roomId, room);
    return room;
  }

  #refusedDepth(roomId: string): number {
    return Number(this.#store.meta.get(refusedKey(roomId)) ?? -1);
  }

  /**
   * The home refused an event that lies there because its sender is out. What is written here from now on stands
   * behind it, so that nobody who is let in again was a member at that place for those who have the event. Inside the
   * transaction that refuses.
   */
  noteRefused(room: Room, depth: number, now: number): void {
    // Further ahead than that it has no effect anywhere until then, and is not followed.
    if (depth <= room.highestDepth || depth > now + limits.aheadMsMax) return;
    room.highestDepth = depth;
    this.#store.meta.put(refusedKey(room.row.room_id), String(depth));
  }

  /** After the room changed in ways that what is remembered of it does not follow. */
  forget(roomId: string): void {
    this.#rooms.delete(roomId);
  }

  /** After the room's own row changed. */
  reread(room: Room): void {
    room.row = this.#store.rooms.room(room.row.room_id) ?? room.row;
  }

  /** How a user is at the end of the room's order; null for one of whom nothing is known. */
  standing(room: Room, userId: string): MembershipStep | null {
    return membershipNow(this.#store.memberFacts.ends(room.row.room_id, userId));
  }

  #lastFact(room: Room, userId: string): CountedFact | null {
    let last = room.lastFacts.get(userId);
    if (last === undefined) {
      last = this.#store.memberFacts.last(room.row.room_id, userId);
      room.lastFacts.set(userId, last);
    }
    return last;
  }

  /** Whether the user is or was in the room. */
  wasIn(room: Room, userId: string): boolean {
    return this.#lastFact(room, userId) !== null;
  }

  /** Whether the user was a member at a place in the order. */
  isMemberAt(room: Room, userId: string, at: Position): boolean {
    const last = this.#lastFact(room, userId);
    if (last === null) return false;
    if (comparePositions(last, at) < 0) return last.change === 'join';
    return this.#store.memberFacts.before(room.row.room_id, userId, at)?.change === 'join';
  }

  /** Takes note of what an event in force says about a membership. False if that does not count. */
  addFact(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'membership' }): boolean {
    const { change, subject } = meaning;
    const by = this.isByHome(room, event) ? 'home' : 'self';
    if (!isCounted({ by, change }, room.row.home_announces === 1)) return false;
    this.#store.memberFacts.add(room.row.room_id, subject, {
      depth: event.depth,
      eventId: event.event_id,
      change,
      role: roleGiven({ by, role: meaning.role }),
      originTs: event.origin_ts,
    });
    room.lastFacts.delete(subject);
    return true;
  }

  /** Writes down how a user stands now. */
  putMember(room: Room, userId: string): void {
    const { rooms } = this.#store;
    const roomId = room.row.room_id;
    const before = rooms.member(roomId, userId);
    const now = this.standing(room, userId);
    if (before?.state === 'joined') this.#count(room, before.server, -1);
    if (!now) {
      if (before) rooms.dropMember(roomId, userId);
      return;
    }
    const server = this.serverOfUser(userId);
    const { state, role, joinedAt } = now;
    rooms.putMember({
      room_id: roomId,
      user_id: userId,
      server,
      state,
      role,
      joined_at: joinedAt,
      implicit: 0,
    });
    if (state === 'joined') this.#count(room, before?.server ?? server, 1);
  }

  #count(room: Room, server: string, change: 1 | -1): void {
    const count = (room.joined.get(server) ?? 0) + change;
    if (count > 0) room.joined.set(server, count);
    else room.joined.delete(server);
  }

  /** After members came or went: which servers are in the room now. */
  countServers(room: Room): void {
    const { servers, joined } = room;
    const isSame = (server: string) => joined.has(server) || server === room.row.home;
    if ([...servers].every(isSame) && [...joined.keys()].every((server) => servers.has(server))) return;
    room.servers = new Set([room.row.home, ...joined.keys()]);
  }

  /**
   * What an event means in a room. The existing server says that a user of ours is out, kicked or banned, by a leave
   * in the name of the user it keeps in that one's place; the number it gave us at the join tells who is meant.
   */
  meaningIn(room: Room, event: UnsignedEvent, meaning: Meaning): Meaning {
    if (meaning.kind !== 'membership' || meaning.change === 'join' || !this.isByHome(room, event))
      return meaning;
    const remoteId = event.content.get('user_id');
    if ((event.state_key ?? '') !== '' || typeof remoteId !== 'string') return meaning;
    const subject = this.#store.remoteUsers.userIn(room.row.room_id, remoteId);
    return subject === undefined ? meaning : { ...meaning, subject, change: 'remove' };
  }

  isByHome(room: Room, event: Pick<UnsignedEvent, 'origin_server'>): boolean {
    return event.origin_server === room.row.home;
  }

  serverOfUser(userId: string): string {
    return this.#directory.serverOf(parseUserId(userId).server);
  }

  /** Users of the home always count; others when they were members at that place in the order. */
  mayAct(room: Room, event: Pick<UnsignedEvent, 'origin_server' | 'sender' | 'depth' | 'event_id'>): boolean {
    if (this.isByHome(room, event)) return true;
    return this.isMemberAt(room, event.sender, { depth: event.depth, eventId: event.event_id });
  }

  /** Whether a server has, or had at that depth, a member in the room: who may read it. */
  mayRead(room: Room, server: string, depth: number | null): boolean {
    if (room.servers.has(server)) return true;
    const members = this.#store.rooms.members(room.row.room_id).filter((member) => member.server === server);
    if (depth === null) return members.length > 0;
    // At the very depth of a membership event the event itself is for that server too.
    return members.some(
      ({ user_id }) =>
        this.isMemberAt(room, user_id, { depth, eventId: '\u{10ffff}' }) ||
        this.isMemberAt(room, user_id, { depth, eventId: '' }),
    );
  }
}
