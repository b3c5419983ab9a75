import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import {
  comparePositions,
  isCounted,
  type Position,
  roleGiven,
} from '../../../shared/protocol/room-state.ts';
import type { NewRoom, RoomEffects } from '../../store/batch/batch-port.ts';
import type { ChannelRow, MemberRow, RoomRow } from '../../store/tables/rooms/room-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { end, type Room, RoomReader } from '../projection/room-reader.ts';
import { type RoomRegistry, refusedKey, roomOf } from '../projection/room-registry.ts';
import type { Asked } from './questions.ts';
import { WorkingFacts } from './working-facts.ts';

const inRoom = (roomId: string, name: string): string => `${roomId} ${name}`;

/** Rooms, members and channels as a batch sees them. */
export class WorkingRooms extends RoomReader {
  readonly #ask: Asked;
  readonly #registry: RoomRegistry;
  readonly #facts: WorkingFacts;
  readonly #rooms = new Map<string, Room>();
  readonly #created = new Map<string, NewRoom>();
  readonly #changed = new Set<Room>();
  readonly #members = new Map<string, MemberRow | null>();
  readonly #clearedMembers = new Set<string>();
  readonly #channels = new Map<string, ChannelRow>();
  readonly #clearedChannels = new Set<string>();
  readonly #goneChannels = new Map<string, ChannelRow>();
  readonly #refused = new Map<string, number>();
  readonly #invites: RoomEffects['invites'][number][] = [];
  readonly #invitees: RoomEffects['inviteesChecked'][number][] = [];

  constructor(ask: Asked, registry: RoomRegistry, directory: PeerDirectory) {
    const facts = new WorkingFacts(ask, registry);
    super(facts, directory, (roomId, remoteId) => ask.userIn.get(roomId, remoteId)?.user_id);
    this.#ask = ask;
    this.#registry = registry;
    this.#facts = facts;
  }

  /** Loads the room, and what shows whether it concerns us, `self`. */
  expect(roomId: string, self?: string): void {
    const room = this.#registry.remembered(roomId);
    if (room) {
      if (self !== undefined && !room.servers.has(self)) this.#ask.isJoining.want(roomId);
      return;
    }
    this.#ask.room.want(roomId);
    this.#ask.meta.want(refusedKey(roomId));
  }

  expectFact(roomId: string, userId: string, at: Position): void {
    this.#facts.expect(roomId, userId, at);
    this.#ask.member.want(roomId, userId);
  }

  /** Loads how many users of the same server are in the room. */
  expectNewcomer(roomId: string, userId: string): void {
    this.#ask.usersOf.want(roomId, this.serverOfUser(userId));
  }

  /** Loads what a message may reveal about its room and its sender. */
  expectMessage(roomId: string, { origin_server, sender }: UnsignedEvent, channelId: string): void {
    const room = this.#registry.remembered(roomId);
    if (!room) return;
    if (room.row.info_depth < 0) this.#ask.channel.want(roomId, channelId);
    const isByHome = origin_server === room.row.home;
    if (isByHome && room.row.home_announces === 0) this.#ask.member.want(roomId, sender);
    if (!isByHome && this.#registry.rememberedLast(roomId, sender) === undefined)
      this.#ask.factBefore.want(roomId, sender, end.depth, end.eventId);
  }

  get(roomId: string): Room | undefined {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const room = this.#registry.remembered(roomId) ?? this.#found(roomId);
    if (!room) return undefined;
    const { row, highestDepth, servers, joined } = room;
    const mine = { row, highestDepth, servers, joined };
    this.#rooms.set(roomId, mine);
    return mine;
  }

  #found(roomId: string): Room | undefined {
    this.expect(roomId);
    const found = this.#ask.room.get(roomId);
    if (found === null) return undefined;
    return roomOf(found, Number(this.#ask.meta.get(refusedKey(roomId))?.value ?? -1));
  }

  /** A new room of ours. */
  create(room: NewRoom): void {
    const nothingYet = { info_depth: -1, info_event_id: '', named_depth: -1, named_event_id: '' };
    this.#created.set(room.room_id, room);
    const row = { ...room, ...nothingYet, keep_days: null, keep_megabytes: null, dropped_to: -1 };
    const servers = new Set([room.home]);
    this.#rooms.set(room.room_id, { row, highestDepth: -1, servers, joined: new Map() });
  }

  change(room: Room, change: Partial<RoomRow>): void {
    room.row = { ...room.row, ...change };
    this.#changed.add(room);
  }

  /**
   * The home refused an event at that position because its sender had left. New events written here get positions after
   * it, so that a user who is admitted again doesn't look like a member at that point to servers that have the event.
   */
  noteRefused(room: Room, depth: number, now: number): void {
    // An event further ahead than that has no effect anywhere until then, and our depth doesn't follow it.
    if (depth <= room.highestDepth || depth > now + limits.aheadMsMax) return;
    room.highestDepth = depth;
    this.#refused.set(room.row.room_id, depth);
  }

  /** Records what an applied event says about a membership. False if it doesn't count. */
  addFact(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'membership' }): boolean {
    const { change, subject } = meaning;
    const by = this.isByHome(room, event) ? 'home' : 'self';
    if (!isCounted({ by, change }, room.row.home_announces === 1)) return false;
    this.#facts.add({
      roomId: room.row.room_id,
      userId: subject,
      depth: event.depth,
      eventId: event.event_id,
      change,
      role: roleGiven({ by, role: meaning.role }),
      originTs: event.origin_ts,
    });
    return true;
  }

  /** Where the next counted fact about the user is. */
  nextFact(room: Room, userId: string, at: Position): Position | null {
    return this.#facts.after(room.row.room_id, userId, at);
  }

  member(roomId: string, userId: string): MemberRow | null {
    const mine = this.#members.get(inRoom(roomId, userId));
    if (mine !== undefined) return mine;
    return this.#clearedMembers.has(roomId) ? null : this.#ask.member.get(roomId, userId);
  }

  /**
   * Whether an event comes too late because its sender is out: a while after this server learned of that, or written
   * later by its own time. Its place in the order doesn't matter, because its server chose it. Decided by the first leave
   * or removal to arrive, so leaving again wins no time.
   */
  isTooLate(room: Room, { sender, origin_ts }: UnsignedEvent, here: { self: string; now: number }): boolean {
    const { room_id: roomId, home } = room.row;
    const last = this.#facts.before(roomId, sender, end);
    if (last === null || last.change === 'join') return false;
    const join = this.#facts.before(roomId, sender, end, 'join');
    const joined = join && this.#ask.eventById.get(join.eventId);
    const out = joined && this.#ask.outAfter.get(roomId, sender, joined.seq);
    if (!out) return false;
    const isByHome = out.origin_server === home;
    if (isByHome && origin_ts > out.origin_ts) return true;
    // A removal of our own that was lost with our disk comes back from a peer, beside events that were lost, too.
    const isBack = isByHome && home === here.self && out.received_from !== null;
    return !isBack && here.now - out.received_at > limits.afterRemovalMsMax;
  }

  /** Whether some user of the server is or was in the room. */
  hasMemberOf(room: Room, server: string): boolean {
    if (room.servers.has(server)) return true;
    const roomId = room.row.room_id;
    for (const row of this.#members.values())
      if (row?.room_id === roomId && row.server === server) return true;
    return !this.#clearedMembers.has(roomId) && this.#ask.hasMemberOf.get(roomId, server);
  }

  /** How many users of the server are or were in the room. */
  countUsersOf(roomId: string, server: string): number {
    const isCleared = this.#clearedMembers.has(roomId);
    let count = isCleared ? 0 : this.#ask.usersOf.get(roomId, server);
    for (const row of this.#members.values())
      if (row?.room_id === roomId && row.server === server)
        count += Number(isCleared || this.#ask.member.get(roomId, row.user_id) === null);
    return count;
  }

  /** Saves the user's current membership. */
  putMember(room: Room, userId: string): void {
    const roomId = room.row.room_id;
    const before = this.member(roomId, userId);
    const now = this.standing(room, userId);
    if (before?.state === 'joined') this.#count(room, before.server, -1);
    if (!now) {
      if (before) this.#members.set(inRoom(roomId, userId), null);
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
    this.#members.set(inRoom(member.room_id, member.user_id), member);
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

  /** Clears the room's members, to rebuild them. */
  clearMembers(room: Room): void {
    const roomId = room.row.room_id;
    this.#facts.clearRoom(roomId);
    this.#clearedMembers.add(roomId);
    for (const [key, row] of this.#members)
      if (row?.room_id === roomId || key.startsWith(inRoom(roomId, ''))) this.#members.delete(key);
    room.joined = new Map();
  }

  channel(roomId: string, channelId: string): ChannelRow | null {
    const mine = this.#channels.get(inRoom(roomId, channelId));
    if (mine) return mine;
    if (this.#goneChannels.has(inRoom(roomId, channelId))) return null;
    return this.#clearedChannels.has(roomId) ? null : this.#ask.channel.get(roomId, channelId);
  }

  channels(roomId: string): ChannelRow[] {
    const mine = [...this.#channels.values()].filter((channel) => channel.room_id === roomId);
    const stored = this.#clearedChannels.has(roomId) ? [] : this.#ask.channels.get(roomId);
    const isMine = (id: string) =>
      mine.some(({ channel_id }) => channel_id === id) || this.#goneChannels.has(inRoom(roomId, id));
    return [...stored.filter(({ channel_id }) => !isMine(channel_id)), ...mine];
  }

  putChannel(channel: ChannelRow): void {
    this.#goneChannels.delete(inRoom(channel.room_id, channel.channel_id));
    this.#channels.set(inRoom(channel.room_id, channel.channel_id), channel);
  }

  /** Nothing shows any more that the channel exists. */
  dropChannel(channel: ChannelRow): void {
    const key = inRoom(channel.room_id, channel.channel_id);
    this.#channels.delete(key);
    this.#goneChannels.set(key, channel);
  }

  clearChannels(roomId: string): void {
    this.#clearedChannels.add(roomId);
    for (const [key, channel] of this.#channels) if (channel.room_id === roomId) this.#channels.delete(key);
  }

  /** The home gave the room this name at that position. A name at a later position takes precedence. */
  nameAt(room: Room, name: string, { depth, eventId }: Position): void {
    const { named_depth, named_event_id } = room.row;
    if (comparePositions({ depth, eventId }, { depth: named_depth, eventId: named_event_id }) > 0)
      this.change(room, { name, named_depth: depth, named_event_id: eventId });
  }

  isJoining(roomId: string): boolean {
    return this.#ask.isJoining.get(roomId);
  }

  isLocalUser(userId: string): boolean {
    return this.#ask.isLocalUser.get(userId);
  }

  addInvite(invite: RoomEffects['invites'][number]): void {
    this.#invites.push(invite);
  }

  /** An invite of the user or its revocation arrived. In either order, the user isn't offered a revoked invite. */
  checkInvitee(roomId: string, userId: string): void {
    this.#invitees.push({ room_id: roomId, user_id: userId });
  }

  /** Updates the registry with the rooms that this batch changed. */
  publish(): void {
    for (const [roomId, room] of this.#rooms) {
      if (this.#facts.isCleared(roomId)) this.#registry.forget(roomId);
      this.#registry.keep(room, this.#facts.lastsIn(roomId));
    }
  }

  effects(): RoomEffects {
    const members = [...this.#members];
    return {
      newRooms: [...this.#created.values()],
      rooms: [...this.#changed].map((room) => room.row),
      clearedChannels: [...this.#clearedChannels],
      goneChannels: [...this.#goneChannels.values()],
      channels: [...this.#channels.values()],
      ...this.#facts.effects(),
      goneMembers: members.flatMap(([key, row]) => (row === null ? goneMember(key) : [])),
      members: members.flatMap(([, row]) => row ?? []),
      meta: [...this.#refused].map(([roomId, depth]) => ({ key: refusedKey(roomId), value: String(depth) })),
      invites: this.#invites,
      inviteesChecked: this.#invitees,
    };
  }
}

function goneMember(key: string): { room_id: string; user_id: string } {
  const space = key.indexOf(' ');
  return { room_id: key.slice(0, space), user_id: key.slice(space + 1) };
}
