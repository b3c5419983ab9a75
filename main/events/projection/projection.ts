import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { comparePositions, isAhead } from '../../../shared/protocol/room-state.ts';
import type { Tables } from '../../store/ports.ts';
import { type EventState, eventState } from '../../store/tables/event-store.ts';
import { isSpokenOf, type Loaded, nameIn, namesOf } from '../load.ts';
import type { Erasure } from './erasure.ts';
import { MessageProjection } from './message-projection.ts';
import type { Room, RoomRegistry } from './room-registry.ts';
import { readStored, type Stored } from './stored.ts';

/**
 * Their effect does not hang on whether the sender is a member. A delete takes away its sender's own words, or is the
 * home's: it counts for good, so that no erased text can come to be missed.
 */
const alwaysInForce: ReadonlySet<string> = new Set([
  'm.member.join',
  'm.member.leave',
  'm.member.invite',
  'm.room.info',
  'm.message.delete',
]);

interface StoredAt extends Stored {
  readonly seq: number;
}

/**
 * Keeps messages, members and channels what the rules of room-state.ts make of the stored events. Runs inside the
 * transaction that stores an event; whatever order events come in, the tables end up the same.
 */
export class Projection {
  readonly #store: Tables<
    'events' | 'erasures' | 'rooms' | 'memberFacts' | 'messages' | 'receipts' | 'writer'
  >;
  readonly #registry: RoomRegistry;
  readonly #messages: MessageProjection;

  constructor(
    store: Tables<'events' | 'erasures' | 'rooms' | 'memberFacts' | 'messages' | 'receipts' | 'writer'>,
    registry: RoomRegistry,
    erasure: Erasure,
  ) {
    this.#store = store;
    this.#registry = registry;
    this.#messages = new MessageProjection(store, registry, erasure);
  }

  /** Erases what could not be erased when it came to be due (message-projection.ts). */
  eraseDue(afterSeq: number, limit: number): number | null {
    return this.#messages.eraseDue(afterSeq, limit);
  }

  /** Whether an event has its effect now, or what it waits for. */
  decide(room: Room, event: UnsignedEvent, now: number): EventState {
    return isAhead(event, now) ? eventState.ahead : this.#stateOf(room, event);
  }

  #stateOf(room: Room, event: UnsignedEvent): EventState {
    if (alwaysInForce.has(event.event_type)) return eventState.applied;
    return this.#registry.mayAct(room, event) ? eventState.applied : eventState.pending;
  }

  /** Takes in an event that was just stored, in the state that it is stored in. */
  add(
    room: Room,
    stored: StoredAt,
    state: EventState,
    { messages, spokenOf }: Pick<Loaded, 'messages' | 'spokenOf'>,
  ): void {
    const { event, meaning } = stored;
    const inForce = state === eventState.applied;
    if (meaning.kind === 'message')
      this.#messages.add(
        room,
        stored.seq,
        { ...stored, meaning },
        inForce,
        isSpokenOf(spokenOf, event, meaning),
      );
    if (inForce && meaning.kind === 'reaction' && stored.erased === null)
      this.#messages.reacted(
        { ...stored, meaning, inForce },
        messages.get(nameIn(event.room_id, meaning.target)) ?? [],
      );
    else if (inForce) this.#apply(room, stored);
  }

  /** Gives a stored event that came into force its effect. */
  #apply(room: Room, { seq, event, meaning, erased }: StoredAt): void {
    switch (meaning.kind) {
      case 'message':
        this.#learnFrom(room, event, meaning);
        break;
      case 'delete':
        this.#messages.deleted(room, seq, event, meaning.target);
        break;
      case 'edit':
        this.#messages.edited(room, { seq, event, meaning, inForce: true });
        break;
      case 'reaction':
        // A reaction is erased only with its message.
        if (erased === null) this.#messages.reacted({ seq, event, meaning, inForce: true });
        break;
      case 'membership':
        this.#applyMembership(room, event, meaning);
        break;
      case 'room':
        this.#applyRoomInfo(room, event, meaning);
        break;
      case 'invite':
      case 'other':
        break;
    }
  }

  /** Takes the effect of a stored event away again: its sender was no member at that place after all. */
  #takeBack(room: Room, { seq, event, meaning }: StoredAt): void {
    if (meaning.kind === 'message') this.#messages.show(seq, false);
    else if (meaning.kind === 'edit') this.#messages.edited(room, { seq, event, meaning, inForce: false });
    else if (meaning.kind === 'reaction') this.#messages.reacted({ seq, event, meaning, inForce: false });
  }

  #learnFrom(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'message' }): void {
    if (room.row.info_depth < 0) this.#learnNames(room, event, meaning);
    if (room.row.home_announces === 0 && this.#registry.isByHome(room, event)) this.#learnMember(room, event);
  }

  /**
   * Where the home tells nothing of the room, messages are what is known of it. Anybody's shows that a channel is there;
   * what room and channel are called, the home's last one tells.
   */
  #learnNames(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'message' }): void {
    const { rooms } = this.#store;
    const { room_id: roomId } = event;
    const here = { depth: event.depth, eventId: event.event_id };
    const isByHome = this.#registry.isByHome(room, event);
    const roomName = isByHome ? meaning.roomName?.trim() : undefined;
    if (roomName && rooms.nameAt(roomId, roomName, here)) this.#registry.reread(room);
    const name = isByHome ? meaning.channelName : null;
    const known = rooms.channel(roomId, meaning.channelId);
    const newer = !known || comparePositions(here, { depth: known.depth, eventId: known.event_id }) > 0;
    if (known && (!newer || name === null)) return;
    rooms.putChannel({
      room_id: roomId,
      channel_id: meaning.channelId,
      name: name ?? `channel ${meaning.channelId}`,
      position: 0,
      depth: name === null ? -1 : event.depth,
      event_id: event.event_id,
    });
  }

  /** A message that told of a channel has no effect any more: looks at what the others tell. */
  #learnChannelsAnew(room: Room): void {
    const roomId = room.row.room_id;
    this.#forgetLearntChannels(roomId);
    for (const row of this.#store.events.fromDepth(roomId, 0)) {
      if (row.event_type !== 'm.message' || row.state !== eventState.applied) continue;
      const { event, meaning } = readStored(row);
      if (meaning.kind === 'message') this.#learnNames(room, event, meaning);
    }
  }

  #forgetLearntChannels(roomId: string): void {
    const { rooms } = this.#store;
    // What the answer to a join told of is no event's and stays.
    const told = rooms.channels(roomId).filter((channel) => channel.event_id === '');
    rooms.clearChannels(roomId);
    for (const channel of told) rooms.putChannel(channel);
  }

  /** Where the home tells nothing of its members, those who speak are what is known of them. */
  #learnMember(room: Room, event: UnsignedEvent): void {
    const { rooms } = this.#store;
    const known = rooms.member(event.room_id, event.sender);
    if (known && (known.implicit === 0 || known.joined_at <= event.origin_ts)) return;
    rooms.putMember({
      room_id: event.room_id,
      user_id: event.sender,
      server: room.row.home,
      state: 'joined',
      role: 'member',
      joined_at: event.origin_ts,
      implicit: 1,
    });
  }

  #applyMembership(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'membership' }): void {
    const registry = this.#registry;
    const store = this.#store;
    const roomId = event.room_id;
    const { subject } = meaning;
    // The existing server tells of its own users, in no state_key; it never speaks for those of others.
    const isAnnounced = registry.isByHome(room, event) && (event.state_key ?? '') !== '';
    if (isAnnounced && room.row.home_announces === 0) {
      store.rooms.setAnnounces(roomId, true);
      this.rebuild(roomId);
      return;
    }
    if (!registry.addFact(room, event, meaning)) return;
    registry.putMember(room, subject);
    registry.countServers(room);
    // What comes after the next fact hangs on that one: an old leave sent late must not have a whole room read again.
    const next = store.memberFacts.after(roomId, subject, { depth: event.depth, eventId: event.event_id });
    this.#reconsider(room, subject, event.depth, next?.depth ?? Number.MAX_SAFE_INTEGER);
  }

  /** Looks again at what a user wrote between two depths: a join lets it in, a removal takes it out. */
  #reconsider(room: Room, userId: string, from: number, to: number): void {
    let messageGone = false;
    for (const place of this.#store.events.placesOf(room.row.room_id, userId, from, to)) {
      if (place.state === eventState.ahead || alwaysInForce.has(place.event_type)) continue;
      const state = this.#registry.mayAct(room, place) ? eventState.applied : eventState.pending;
      if (state === place.state) continue;
      const row = this.#store.events.bySeq(place.seq);
      if (!row) continue;
      const { event, meaning, erased } = readStored(row);
      this.#store.events.setState(row.seq, state);
      this.#change(room, { seq: row.seq, event, meaning, erased }, state);
      messageGone ||= meaning.kind === 'message' && state !== eventState.applied;
    }
    if (messageGone && room.row.info_depth < 0) this.#learnChannelsAnew(room);
  }

  /** An event that was stored before has its effect now, or has it no more. */
  #change(room: Room, stored: StoredAt, state: EventState): void {
    if (state !== eventState.applied) {
      this.#takeBack(room, stored);
      return;
    }
    if (stored.meaning.kind === 'message') this.#messages.show(stored.seq, true);
    this.#apply(room, stored);
  }

  #applyRoomInfo(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'room' }): void {
    const { row } = room;
    const here = { depth: event.depth, eventId: event.event_id };
    if (comparePositions(here, { depth: row.info_depth, eventId: row.info_event_id }) <= 0) return;
    this.#store.rooms.setInfo(event.room_id, {
      name: meaning.name,
      join_rule: meaning.joinRule,
      info_depth: event.depth,
      info_event_id: event.event_id,
    });
    this.#store.rooms.clearChannels(event.room_id);
    meaning.channels.forEach((channel, position) => {
      this.#store.rooms.putChannel({
        room_id: event.room_id,
        channel_id: channel.channel_id,
        name: channel.name,
        position,
        depth: event.depth,
        event_id: event.event_id,
      });
    });
    this.#registry.reread(room);
  }

  /** Events that lay ahead of our clock and have been caught up with. Returns the rooms that changed. */
  applyDue(now: number, aheadMs: number): string[] {
    const rooms = new Set<string>();
    for (const row of this.#store.events.aheadUpTo(now + aheadMs)) {
      const { event, meaning: read, erased } = readStored(row);
      const room = this.#registry.get(row.room_id);
      if (!room) continue;
      const meaning = this.#registry.meaningIn(room, event, read);
      const state = this.decide(room, event, now);
      if (state === eventState.ahead) continue;
      this.#store.events.setState(row.seq, state);
      room.highestDepth = Math.max(room.highestDepth, event.depth);
      if (state === eventState.applied) this.#change(room, { seq: row.seq, event, meaning, erased }, state);
      rooms.add(row.room_id);
    }
    return [...rooms];
  }

  /** Rebuilds what older rules made, and what is gone although its events are there, before anything reads it. */
  async bringUpToDate(): Promise<void> {
    const { rooms, writer } = this.#store;
    for (const roomId of new Set([...rooms.outdated(), ...rooms.emptied()]))
      await writer.write(() => {
        this.rebuild(roomId);
        rooms.setProjected(roomId);
      });
  }

  /**
   * Rebuilds a room's projection from its stored events: first who is in and with it what is in force, then
   * messages, which look for what is in force about them.
   */
  rebuild(roomId: string): void {
    const { messages, rooms, events, memberFacts } = this.#store;
    const registry = this.#registry;
    registry.forget(roomId);
    const room = registry.get(roomId);
    if (!room) return;
    messages.clearRoom(roomId);
    rooms.clearMembers(roomId);
    memberFacts.clear(roomId);
    if (room.row.info_depth < 0) this.#forgetLearntChannels(roomId);
    const read = events.fromDepth(roomId, 0).map((row) => {
      const stored = readStored(row);
      const meaning = registry.meaningIn(room, stored.event, stored.meaning);
      return { ...stored, meaning, seq: row.seq, state: row.state };
    });
    const members = new Set<string>();
    for (const { event, meaning, state } of read)
      if (
        meaning.kind === 'membership' &&
        state !== eventState.ahead &&
        registry.addFact(room, event, meaning)
      )
        members.add(meaning.subject);
    for (const user of members) registry.putMember(room, user);
    const now = read.map((each) => {
      if (each.state === eventState.ahead) return each;
      const state = this.#stateOf(room, each.event);
      if (state !== each.state) events.setState(each.seq, state);
      if (each.meaning.kind === 'room') this.#applyRoomInfo(room, each.event, each.meaning);
      return { ...each, state };
    });
    const spokenOf = new Set(
      events.spokenOf(
        now.flatMap(({ event, meaning }) => (meaning.kind === 'message' ? namesOf(event, meaning) : [])),
      ),
    );
    for (const { seq, event, meaning, erased, state } of now) {
      if (meaning.kind !== 'message') continue;
      const isShown = state === eventState.applied;
      this.#messages.add(
        room,
        seq,
        { event, meaning, erased },
        isShown,
        isSpokenOf(spokenOf, event, meaning),
      );
      if (state === eventState.applied) this.#learnFrom(room, event, meaning);
    }
    registry.forget(roomId);
  }
}
