import type { UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import {
  comparePositions,
  isAhead,
  narrowed,
  orderBegin,
  type Position,
} from '../../../shared/protocol/room-state.ts';
import {
  type EventPlace,
  type EventRow,
  type EventState,
  eventState,
} from '../../store/tables/rooms/event-store.ts';
import type { Erasure } from './erasure.ts';
import { MessageProjection, type StoredMessage } from './message-projection.ts';
import type { Room } from './room-permissions.ts';
import type { RuleTables } from './room-writer.ts';
import { readStored, type Stored } from './stored.ts';

/**
 * Applied even if the sender is not a member. A delete removes its sender's own text, or comes from the home, and it is
 * final, so erased text is never needed again.
 */
const alwaysInForce: ReadonlySet<string> = new Set([
  'm.member.join',
  'm.member.leave',
  'm.member.invite',
  'm.member.uninvite',
  'm.room.info',
  'm.message.delete',
  'm.channel.delete',
]);

/** Event types that count only while somebody may write. */
const written: ReadonlySet<string> = new Set([
  'm.message',
  'm.message.edit',
  'm.reaction.add',
  'm.reaction.remove',
]);

/** The progress of a rebuild: all events that aren't messages come before the messages. */
export interface Rebuilt {
  readonly kind: 'others' | 'messages';
  readonly after: Position;
}

/** How many events of a room are rebuilt in one transaction: about 8 ms of work. */
export const rebuiltTogether = 200;

interface StoredAt extends Stored, Pick<StoredMessage, 'isUnheardOf'> {
  readonly seq: number;
}

/**
 * Keeps messages, members and channels in line with the stored events, by the rules of room-state.ts. The
 * tables end up the same in whatever order events arrive.
 */
export class Projection {
  readonly #tables: RuleTables;
  readonly #messages: MessageProjection;
  readonly #outdated = new Set<string>();

  constructor(tables: RuleTables, erasure: Erasure) {
    this.#tables = tables;
    this.#messages = new MessageProjection(tables, erasure);
  }

  /** Rooms that have to be rebuilt after the transaction, since the last call. */
  takeOutdated(): string[] {
    const rooms = [...this.#outdated];
    this.#outdated.clear();
    return rooms;
  }

  /** Erases texts that had to wait until they could be erased (message-projection.ts). */
  eraseDue(due: readonly number[]): void {
    this.#messages.eraseDue(due);
  }

  /** Whether an event applies now, or what it waits for. */
  decide(room: Room, event: UnsignedEvent, now: number): EventState {
    return isAhead(event, now) ? eventState.ahead : this.#stateOf(room, event);
  }

  #stateOf(room: Room, event: Pick<EventRow, keyof EventPlace & keyof UnsignedEvent>): EventState {
    if (alwaysInForce.has(event.event_type)) return eventState.applied;
    const { rooms } = this.#tables;
    const counts =
      rooms.mayAct(room, event) && (!written.has(event.event_type) || rooms.closedTo(room, event) === null);
    return counts ? eventState.applied : eventState.pending;
  }

  /** Handles an event that was just stored, by the state it was stored with. */
  add(room: Room, stored: StoredAt, state: EventState): void {
    const { meaning } = stored;
    const inForce = state === eventState.applied;
    if (meaning.kind === 'message') this.#messages.add(room, stored.seq, { ...stored, meaning }, inForce);
    if (inForce) this.#apply(room, stored);
  }

  /** Applies a stored event. */
  #apply(room: Room, { seq, event, meaning, erased }: StoredAt): void {
    switch (meaning.kind) {
      case 'message':
        this.#learnFrom(room, event, meaning);
        this.#tables.rooms.heard(event.room_id, event.sender);
        break;
      case 'delete':
        this.#messages.deleted(room, seq, event, meaning.target);
        break;
      case 'delete-channel':
        this.#deleteChannel(room, meaning.target);
        break;
      case 'edit':
        this.#tables.rooms.heard(event.room_id, event.sender);
        this.#messages.edited(room, { seq, event, meaning, inForce: true });
        break;
      case 'reaction':
        this.#tables.rooms.heard(event.room_id, event.sender);
        // A reaction is erased only with its message.
        if (erased === null) this.#messages.reacted({ seq, event, meaning, inForce: true });
        break;
      case 'membership':
        this.#applyMembership(room, event, meaning);
        break;
      case 'room':
        this.#applyRoomInfo(room, event, meaning);
        if (this.#tables.rooms.opensOrCloses(room, event, meaning)) this.#reconsiderUnder(room, event);
        // Events of others in it don't count any more, or never did.
        if (this.#tables.rooms.setDirect(room, narrowed(this.#tables.rooms.directOf(room), meaning.direct)))
          this.#rebuildSoon(room);
        break;
      case 'profile':
        this.#tables.rooms.putPicture(event.room_id, meaning.user);
        break;
      case 'invite':
      case 'other':
        break;
    }
  }

  /** Undoes the effect of a stored event: it turned out that its sender was not a member at that point. */
  #takeBack(room: Room, { seq, event, meaning }: StoredAt): void {
    if (meaning.kind === 'message') this.#messages.show(seq, false);
    else if (meaning.kind === 'edit') this.#messages.edited(room, { seq, event, meaning, inForce: false });
    else if (meaning.kind === 'reaction') this.#messages.reacted({ seq, event, meaning, inForce: false });
    else if (meaning.kind === 'profile') this.#tables.rooms.putPicture(event.room_id, meaning.user);
  }

  #learnFrom(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'message' }): void {
    const { rooms } = this.#tables;
    if (room.row.info_depth < 0) this.#learnNames(room, event, meaning);
    if (room.row.home_announces === 0 && rooms.isByHome(room, event)) this.#learnMember(room, event);
  }

  /**
   * If the home announces nothing about the room, we learn about it from messages. Any message shows that a channel
   * exists; the names of the room and its channels come from the home's last message.
   */
  #learnNames(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'message' }): void {
    const { rooms } = this.#tables;
    const { room_id: roomId } = event;
    const here = { depth: event.depth, eventId: event.event_id };
    const isByHome = rooms.isByHome(room, event);
    const roomName = isByHome ? meaning.roomName?.trim() : undefined;
    if (roomName) rooms.nameAt(room, roomName, here);
    const name = isByHome ? meaning.channelName : null;
    if (this.#tables.events.isChannelDeleted(roomId, meaning.channelId)) return;
    const known = rooms.rows.channel(roomId, meaning.channelId);
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

  /** A message no longer applies. If nothing else shows that its channel exists, the channel goes. */
  #forgetChannel(roomId: string, channelId: string): void {
    const { rooms, messages } = this.#tables;
    const channel = rooms.rows.channel(roomId, channelId);
    // The home named it, or told us about it when we joined.
    if (channel === null || channel.depth >= 0 || channel.event_id === '') return;
    const shown = messages.shownIn(roomId, channelId);
    if (shown === null) rooms.rows.removeChannel(roomId, channelId);
    else rooms.putChannel({ ...channel, event_id: shown });
  }

  #forgetLearntChannels(roomId: string): void {
    const { rooms } = this.#tables;
    // Channels from the answer to a join belong to no event and stay.
    const fromJoin = rooms.channels(roomId).filter((channel) => channel.event_id === '');
    rooms.rows.clearChannels(roomId);
    for (const channel of fromJoin) rooms.putChannel(channel);
  }

  /** If the home doesn't announce members, we know only those who write. */
  #learnMember(room: Room, event: UnsignedEvent): void {
    const { rooms } = this.#tables;
    const known = rooms.member(event.room_id, event.sender);
    if (known && (known.implicit === 0 || known.joined_at <= event.origin_ts)) return;
    rooms.putImplicit({
      room_id: event.room_id,
      user_id: event.sender,
      server: known?.server ?? room.row.home,
      state: 'joined',
      role: 'member',
      joined_at: event.origin_ts,
      implicit: 1,
    });
  }

  #applyMembership(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'membership' }): void {
    const { rooms } = this.#tables;
    const roomId = event.room_id;
    const { subject } = meaning;
    // The existing server announces its own users, without a state_key. It never speaks for users of other servers.
    const isAnnounced = rooms.isByHome(room, event) && (event.state_key ?? '') !== '';
    if (isAnnounced && room.row.home_announces === 0) {
      rooms.change(room, { home_announces: 1 });
      this.#rebuildSoon(room);
      return;
    }
    if (!rooms.addFact(room, event, meaning)) return;
    const here = { depth: event.depth, eventId: event.event_id };
    // A late leave changes only what comes before the next fact, so the rest of the room isn't read again.
    const next = rooms.nextFact(room, subject, here);
    const { events } = this.#tables;
    const places = events.placesOf(roomId, subject, event.depth, next?.depth ?? Number.MAX_SAFE_INTEGER);
    rooms.putMember(room, subject);
    rooms.countServers(room);
    this.#reconsider(room, places);
  }

  /** Checks again what was written between two facts: a join admits it, a removal or an archive excludes it. */
  #reconsider(room: Room, places: readonly EventPlace[]): void {
    const { events } = this.#tables;
    const left = new Set<string>();
    for (const place of places) {
      if (place.state === eventState.ahead) continue;
      const state = this.#stateOf(room, place);
      if (state === place.state) continue;
      const row = events.bySeq(place.seq);
      if (!row) continue;
      const { event, meaning, erased } = readStored(row);
      events.setState(row.seq, state);
      if (meaning.kind === 'message' && state !== eventState.applied) left.add(meaning.channelId);
      this.#change(room, { seq: row.seq, event, meaning, erased }, state);
    }
    if (room.row.info_depth < 0)
      for (const channelId of left) this.#forgetChannel(room.row.room_id, channelId);
  }

  /** Checks again what was written under a description of the room. So much that others would wait is rebuilt later. */
  #reconsiderUnder(room: Room, { room_id, depth, event_id: eventId }: UnsignedEvent): void {
    // A user who is known only by a message may no longer be known.
    if (room.row.home_announces === 0) {
      this.#rebuildSoon(room);
      return;
    }
    const places = this.#tables.events.writtenUnder(room_id, { depth, eventId }, rebuiltTogether + 1);
    if (places.length <= rebuiltTogether) this.#reconsider(room, places);
    else this.#rebuildLater(room_id);
  }

  /** An event that was stored earlier now applies, or no longer does. */
  #change(room: Room, stored: StoredAt, state: EventState): void {
    if (state !== eventState.applied) {
      this.#takeBack(room, stored);
      return;
    }
    if (stored.meaning.kind === 'message') this.#messages.show(stored.seq, true);
    this.#apply(room, stored);
  }

  #applyRoomInfo(room: Room, event: UnsignedEvent, meaning: Meaning & { kind: 'room' }): void {
    const { rooms } = this.#tables;
    const { row } = room;
    const here = { depth: event.depth, eventId: event.event_id };
    if (comparePositions(here, { depth: row.info_depth, eventId: row.info_event_id }) <= 0) return;
    rooms.change(room, {
      name: meaning.name,
      join_rule: meaning.joinRule,
      topic: meaning.topic,
      description: meaning.description,
      pinned: JSON.stringify(meaning.pinned),
      archived: meaning.archived ? 1 : 0,
      writers: meaning.writers,
      slow_seconds: meaning.slowSeconds,
      info_depth: event.depth,
      info_event_id: event.event_id,
    });
    rooms.putRoomPicture(event.room_id, meaning.picture);
    rooms.rows.clearChannels(event.room_id);
    meaning.channels.forEach((channel, position) => {
      if (this.#tables.events.isChannelDeleted(event.room_id, channel.channel_id)) return;
      rooms.putChannel({
        room_id: event.room_id,
        channel_id: channel.channel_id,
        name: channel.name,
        position,
        depth: event.depth,
        event_id: event.event_id,
      });
    });
  }

  #deleteChannel(room: Room, channelId: string): void {
    this.#tables.rooms.rows.removeChannel(room.row.room_id, channelId);
    this.#messages.channelDeleted(room, channelId, rebuiltTogether);
  }

  /** Applies events that were ahead of our clock and no longer are. Returns their rooms. */
  applyDue(due: readonly number[], now: number): string[] {
    const { events, rooms } = this.#tables;
    const changed = new Set<string>();
    for (const seq of due) {
      const row = events.bySeq(seq);
      const room = row && rooms.get(row.room_id);
      if (!room || row.state !== eventState.ahead) continue;
      const { event, meaning: read, erased } = readStored(row);
      const meaning = rooms.meaningIn(room, event, read);
      const state = this.decide(room, event, now);
      if (state === eventState.ahead) continue;
      events.setState(seq, state);
      room.highestDepth = Math.max(room.highestDepth, event.depth);
      if (state === eventState.applied) this.#change(room, { seq, event, meaning, erased }, state);
      changed.add(row.room_id);
    }
    return [...changed];
  }

  /** A small room is rebuilt at once. A large one would hold up everything else, so it has to wait. */
  #rebuildSoon(room: Room): void {
    const others = this.continueRebuild(room, this.beginRebuild(room), rebuiltTogether);
    if (others !== null && this.continueRebuild(room, others, rebuiltTogether) === null) return;
    this.#rebuildLater(room.row.room_id);
  }

  #rebuildLater(roomId: string): void {
    this.#tables.rooms.setOutdated(roomId);
    this.#outdated.add(roomId);
  }

  /**
   * Begins to rebuild what a room shows from its stored events: first who is in it, which decides what applies, then which
   * of the other events apply, then messages, which look up what applies to them. Every part is a transaction, and between
   * two of them anything may happen in the room.
   */
  beginRebuild(room: Room): Rebuilt {
    const { messages, rooms, events } = this.#tables;
    const roomId = room.row.room_id;
    if (room.row.info_depth < 0) this.#forgetLearntChannels(roomId);
    const read = events.aboutRoom(roomId).map((row) => {
      const { event, meaning } = readStored(row);
      return { event, meaning: rooms.meaningIn(room, event, meaning) };
    });
    messages.dropStrays(roomId);
    rooms.clearMembers(room);
    const members = new Set<string>();
    const named = read.map(({ meaning }) => (meaning.kind === 'room' ? meaning.direct : null));
    rooms.setDirect(room, named.reduce(narrowed, null));
    for (const { event, meaning } of read) {
      if (meaning.kind === 'room') this.#applyRoomInfo(room, event, meaning);
      if (meaning.kind === 'membership' && rooms.addFact(room, event, meaning)) members.add(meaning.subject);
    }
    for (const user of members) rooms.putMember(room, user);
    rooms.countServers(room);
    return { kind: 'others', after: orderBegin };
  }

  /** Goes on with at most `limit` events. Returns up to where the room is rebuilt; null at the end. */
  continueRebuild(room: Room, { kind, after }: Rebuilt, limit: number): Rebuilt | null {
    const { events } = this.#tables;
    const roomId = room.row.room_id;
    const others = kind === 'others' ? events.othersAfter(roomId, after, limit) : [];
    const messages = kind === 'messages' ? events.messagesAfter(roomId, after, limit) : [];
    for (const row of others) {
      this.#settle(room, row);
      if (row.event_type === 'm.member.profile') this.#tables.rooms.putPicture(roomId, row.sender);
    }
    for (const row of messages) this.#showAgain(room, row);
    const last: EventPlace | undefined = others.at(-1) ?? messages.at(-1);
    if (last && others.length + messages.length === limit)
      return { kind, after: { depth: last.depth, eventId: last.event_id } };
    return kind === 'others' ? { kind: 'messages', after: orderBegin } : null;
  }

  /** Decides again whether a stored event applies. */
  #settle(room: Room, row: EventPlace): boolean {
    const state = row.state === eventState.ahead ? row.state : this.#stateOf(room, row);
    if (state !== row.state) this.#tables.events.setState(row.seq, state);
    return state === eventState.applied;
  }

  #showAgain(room: Room, row: EventRow): void {
    const isShown = this.#settle(room, row);
    const { messages } = this.#tables;
    const { event, meaning, erased } = readStored(row);
    messages.search.change(row.seq, () => {
      messages.remove(row.seq);
      if (meaning.kind === 'message') this.#messages.add(room, row.seq, { event, meaning, erased }, isShown);
    });
    if (meaning.kind !== 'message' || !isShown) return;
    this.#learnFrom(room, event, meaning);
    this.#tables.rooms.heard(event.room_id, event.sender);
  }
}
