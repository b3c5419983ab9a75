import type { PictureNote } from '../../../shared/protocol/events/attachments.ts';
import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  comparePositions,
  isCounted,
  orderEnd,
  type Position,
  roleGiven,
  type Writing,
} from '../../../shared/protocol/room-state.ts';
import type { Tables } from '../../store/ports.ts';
import type { EventTable } from '../../store/rules/event-table.ts';
import type { MessageTable } from '../../store/rules/message-table.ts';
import type { QueueTable } from '../../store/rules/queue-table.ts';
import type { NewRoom, RoomTable } from '../../store/rules/room-table.ts';
import type { Waiting } from '../../store/tables/consent-store.ts';
import type { ChannelRow, MemberRow, RoomRow } from '../../store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import type { Room } from './room-permissions.ts';
import { type RegistryTables, RoomRegistry, refusedKey } from './room-registry.ts';
import { profileIn } from './stored.ts';

/** Reads and changes what the rules of rooms need. */
export interface RuleTables {
  readonly events: EventTable;
  readonly rooms: RoomWriter;
  readonly messages: MessageTable;
  readonly queues: QueueTable;
}

type WriterTables = RegistryTables & Tables<'rules' | 'consents' | 'files'>;

/** The registry, for the rules: they also change rooms, channels and memberships, in the transaction of an event. */
export class RoomWriter extends RoomRegistry {
  readonly #store: WriterTables;

  constructor(store: WriterTables, directory: PeerDirectory) {
    super(store, directory);
    this.#store = store;
  }

  /** The rows of rooms, for what changes nothing that is remembered. */
  get rows(): RoomTable {
    return this.#store.rules.rooms;
  }

  /** All that the rules read and change. */
  get tables(): RuleTables {
    const { events, messages, queues } = this.#store.rules;
    return { events, messages, queues, rooms: this };
  }

  /** A new room of ours. */
  create(room: NewRoom): void {
    this.#store.rules.rooms.create(room);
    this.forget(room.room_id);
  }

  change(room: Room, change: Partial<RoomRow>): void {
    room.row = { ...room.row, ...change };
    this.#store.rules.rooms.update(room.row);
  }

  /**
   * The home refused an event at that position because its sender had left. New events written here get positions after
   * it, so that a user who is admitted again doesn't look like a member at that point to servers that have the event.
   */
  noteRefused(room: Room, depth: number, now: number): void {
    // An event further ahead than that has no effect anywhere until then, and our depth doesn't follow it.
    if (depth <= room.highestDepth || depth > now + limits.aheadMsMax) return;
    room.highestDepth = depth;
    this.#store.rules.rooms.putMeta(refusedKey(room.row.room_id), String(depth));
  }

  /** Records what an applied event says about a membership. False if it doesn't count. */
  addFact(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'membership' }): boolean {
    const { change, subject } = meaning;
    if (!this.isFor(room, subject)) return false;
    const by = this.isByHome(room, event) ? 'home' : 'self';
    if (!isCounted({ by, change }, room.row.home_announces === 1)) return false;
    const { depth, event_id: eventId, origin_ts: originTs } = event;
    const fact = { depth, eventId, change, role: roleGiven({ by, role: meaning.role }), originTs };
    this.#store.rules.rooms.addFact(room.row.room_id, subject, fact);
    this.keepFact(room.row.room_id, subject, fact);
    return true;
  }

  /** Notes for whom the room is, by everything that its home said about it. Returns whether that changed. */
  setDirect(room: Room, users: readonly string[] | null): boolean {
    const direct = users?.join(' ') ?? null;
    if (direct === room.row.direct) return false;
    this.change(room, { direct });
    return true;
  }

  /** Returns the place of the next counted fact about the user. */
  nextFact(room: Room, userId: string, at: Position): Position | null {
    return this.factAfter(room.row.room_id, userId, at);
  }

  member(roomId: string, userId: string): MemberRow | null {
    return this.#store.rules.rooms.member(roomId, userId);
  }

  /**
   * Whether an event comes too late because its sender is out: a while after this server learned of that, or written
   * later by its own time. Its place in the order doesn't matter, because its server chose it. Decided by the first leave
   * or removal to arrive, so leaving again wins no time.
   */
  isTooLate(room: Room, { sender, origin_ts }: UnsignedEvent, here: { self: string; now: number }): boolean {
    const { events } = this.#store.rules;
    const { room_id: roomId, home } = room.row;
    const last = this.factBefore(roomId, sender, orderEnd);
    if (last === null || last.change === 'join') return false;
    const join = this.factBefore(roomId, sender, orderEnd, 'join');
    const joined = join && events.byId(join.eventId);
    const out = joined && events.outAfter(roomId, sender, joined.seq);
    if (!out) return false;
    const isByHome = out.origin_server === home;
    if (isByHome && origin_ts > out.origin_ts) return true;
    // A removal of our own that was lost with our disk comes back from a peer, beside events that were lost, too.
    const isBack = isByHome && home === here.self && out.received_from !== null;
    return !isBack && here.now - out.received_at > limits.afterRemovalMsMax;
  }

  /** Whether a description of the room changes what counts after it. */
  opensOrCloses(room: Room, event: UnsignedEvent, { archived, writers }: Writing): boolean {
    const before = this.writingBefore(room.row.room_id, { depth: event.depth, eventId: event.event_id });
    return before.archived !== archived || before.writers !== writers;
  }

  /** Whether some user of the server is or was in the room. */
  hasMemberOf(room: Room, server: string): boolean {
    return room.servers.has(server) || this.#store.rules.rooms.hasMemberOf(room.row.room_id, server);
  }

  /** Saves the user's current membership. */
  putMember(room: Room, userId: string): void {
    const roomId = room.row.room_id;
    const before = this.member(roomId, userId);
    const now = this.standing(room, userId);
    if (before?.state === 'joined') this.#count(room, before.server, -1);
    if (!now) {
      if (before) this.#store.rules.rooms.removeMember(roomId, userId);
      this.putPicture(roomId, userId);
      return;
    }
    // The server a user belongs to doesn't change here. Only the directory changes it, when it learns a name.
    const server = before?.server ?? this.serverOfUser(userId, room);
    const { state, role, joinedAt } = now;
    this.putImplicit({
      room_id: roomId,
      user_id: userId,
      server,
      state,
      role,
      joined_at: joinedAt,
      implicit: 0,
    });
    if (state === 'joined') this.#count(room, server, 1);
  }

  /** Adds a member without looking at the facts about the membership. */
  putImplicit(member: MemberRow): void {
    const { rules, consents } = this.#store;
    const { room_id: roomId, user_id: user } = member;
    rules.rooms.putMember(member);
    this.putPicture(roomId, user);
    if (member.state !== 'joined') consents.parted(roomId, user);
    else {
      consents.meet(roomId, user);
      if (consents.isChild(user)) consents.meetAll(roomId, user);
    }
  }

  /** Notes which picture stands for somebody in a room: that of their last profile in force, while they are in the room. */
  putPicture(roomId: string, userId: string): void {
    const { events, files } = this.#store;
    const isIn = this.member(roomId, userId)?.state === 'joined';
    const profile = isIn ? profileIn(events.profile(userId, roomId)) : null;
    files.putPicture(userId, roomId, profile?.picture ?? null);
  }

  /** Notes the picture that the home gave the room last. */
  putRoomPicture(roomId: string, picture: PictureNote | null): void {
    this.#store.files.putPicture('', roomId, picture);
  }

  /** A user wrote in a room. Users of its home needn't be members of it. */
  heard(roomId: string, user: string): void {
    this.#store.consents.meet(roomId, user, true);
  }

  /** Whether a child would have to ask a guardian before it is in touch with somebody. */
  isUnconfirmed(user: string, other: string): boolean {
    const { consents } = this.#store;
    return consents.isChild(user) && consents.isUnconfirmed(user, other);
  }

  /** The consent that a child or a guest waits for before they may be in a room; null for everybody else. */
  waiting(roomId: string, user: string): Waiting | null {
    return this.#store.consents.waiting(user, roomId);
  }

  /** An invite by a guardian of this server allows a child the room, and who is in it. */
  allowInvited(roomId: string, { user, by, at }: { user: string; by: string; at: number }): void {
    const { consents } = this.#store;
    if (!consents.isChild(user) || !consents.isGuardian(by)) return;
    consents.putRoom({ user_id: user, room_id: roomId, allowed_by: by, via: null, at });
    for (const person of consents.membersOutside(roomId))
      consents.addContact({ user_id: user, person, allowed_by: by, at });
  }

  #count(room: Room, server: string, change: 1 | -1): void {
    const joined = new Map(room.joined);
    const count = (joined.get(server) ?? 0) + change;
    if (count > 0) joined.set(server, count);
    else joined.delete(server);
    room.joined = joined;
  }

  /** Updates which servers are in the room after members joined or left. */
  countServers(room: Room): void {
    const { servers, joined } = room;
    const isSame = (server: string) => joined.has(server) || server === room.row.home;
    if ([...servers].every(isSame) && [...joined.keys()].every((server) => servers.has(server))) return;
    room.servers = new Set([room.row.home, ...joined.keys()]);
  }

  /** Clears the room's members and their pictures, to rebuild them. */
  clearMembers(room: Room): void {
    const roomId = room.row.room_id;
    this.#store.rules.rooms.clearMembers(roomId);
    this.#store.files.clearPictures(roomId);
    this.forgetFacts(roomId);
    room.joined = new Map();
  }

  /** Notes that what the room shows has to be rebuilt. The next start does that if nothing else does. */
  setOutdated(roomId: string): void {
    this.#store.rooms.setOutdated(roomId);
  }

  channels(roomId: string): ChannelRow[] {
    return this.#store.rooms.channels(roomId);
  }

  putChannel(channel: ChannelRow): void {
    this.#store.rooms.putChannel(channel);
  }

  /** The home gave the room this name at that position. A name at a later position takes precedence. */
  nameAt(room: Room, name: string, { depth, eventId }: Position): void {
    const { named_depth, named_event_id } = room.row;
    if (comparePositions({ depth, eventId }, { depth: named_depth, eventId: named_event_id }) > 0)
      this.change(room, { name, named_depth: depth, named_event_id: eventId });
  }
}
