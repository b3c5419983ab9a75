import { type Envelope, parseEnvelope } from '../../shared/protocol/envelope.ts';
import { type Meaning, meaningOf, messageKey } from '../../shared/protocol/event-content.ts';
import {
  comparePositions,
  foldMessage,
  isAhead,
  type MembershipStep,
  type MessageEffect,
} from '../../shared/protocol/room-state.ts';
import { type EventState, eventState } from '../store/event-store.ts';
import type { Store } from '../store/store.ts';
import type { Room, RoomRegistry } from './room-registry.ts';

/** Their effect does not hang on whether the sender is a member. */
const alwaysInForce: ReadonlySet<string> = new Set([
  'm.member.join',
  'm.member.leave',
  'm.member.invite',
  'm.room.info',
]);

const filesText = ({ files }: Meaning & { kind: 'message' }): string | null =>
  files.length === 0 ? null : JSON.stringify(files);

/**
 * Keeps messages, members and channels what the rules of room-state.ts make of the stored events. Runs inside the
 * transaction that stores an event; whatever order events come in, the tables end up the same.
 */
export class Projection {
  private readonly store: Store;
  private readonly registry: RoomRegistry;

  constructor(store: Store, registry: RoomRegistry) {
    this.store = store;
    this.registry = registry;
  }

  /** Whether an event has its effect now, or what it waits for. */
  decide(room: Room, event: Envelope, meaning: Meaning, now: number): EventState {
    return isAhead(event, now) ? eventState.ahead : this.stateOf(room, event, meaning);
  }

  private stateOf(room: Room, event: Envelope, meaning: Meaning): EventState {
    if (meaning.kind === 'membership' || meaning.kind === 'invite' || meaning.kind === 'room')
      return eventState.applied;
    return this.registry.mayAct(room, event) ? eventState.applied : eventState.waiting;
  }

  /** Gives a stored event that is in force its effect. */
  apply(room: Room, seq: number, event: Envelope, meaning: Meaning): void {
    switch (meaning.kind) {
      case 'message':
        this.applyMessage(room, seq, event, meaning);
        break;
      case 'edit':
      case 'delete':
      case 'reaction':
        this.refreshTarget(event.room_id, meaning.target);
        break;
      case 'membership':
        this.applyMembership(room, event, meaning.subject);
        break;
      case 'room':
        this.applyRoomInfo(room, event, meaning);
        break;
      case 'invite':
      case 'other':
        break;
    }
  }

  private applyMessage(
    room: Room,
    seq: number,
    event: Envelope,
    meaning: Meaning & { kind: 'message' },
  ): void {
    const key = messageKey(event.origin_server, meaning.messageId);
    const effects = this.effectsOn(room, event.event_id, key);
    const now = foldMessage(event.sender, meaning.body, effects);
    this.store.messages.put({
      seq,
      room_id: event.room_id,
      channel_id: meaning.channelId,
      event_id: event.event_id,
      message_id: meaning.messageId,
      message_key: key,
      sender: event.sender,
      depth: event.depth,
      body: now.body,
      edited_at: now.editedAt,
      deleted: now.deleted ? 1 : 0,
      files: now.deleted ? null : filesText(meaning),
    });
    if (effects.length > 0) this.store.messages.setReactions(seq, now.reactions);
    if (room.row.info_depth < 0) this.learnNames(room, event, meaning);
    if (room.row.home_announces === 0 && this.registry.isByHome(room, event)) this.learnMember(room, event);
  }

  /** Another copy of a message came, with other names of files. */
  refreshFiles(seq: number, meaning: Meaning): void {
    if (meaning.kind === 'message') this.store.messages.setFiles(seq, filesText(meaning));
  }

  private effectsOn(room: Room, eventId: string, key: string): MessageEffect[] {
    const effects: MessageEffect[] = [];
    for (const row of this.store.events.aboutMessage(eventId, key)) {
      if (row.room_id !== room.row.room_id) continue;
      const event = parseEnvelope(row.body);
      const meaning = meaningOf(event);
      if (meaning.kind !== 'edit' && meaning.kind !== 'delete' && meaning.kind !== 'reaction') continue;
      effects.push({
        kind: meaning.kind,
        depth: row.depth,
        eventId: row.event_id,
        sender: row.sender,
        byHome: this.registry.isByHome(room, event),
        originTs: row.origin_ts,
        ...(meaning.kind === 'edit' ? { body: meaning.body } : {}),
        ...(meaning.kind === 'reaction' ? { emoji: meaning.emoji, add: meaning.add } : {}),
      });
    }
    return effects;
  }

  private refreshTarget(roomId: string, target: string): void {
    const room = this.registry.get(roomId);
    if (!room) return;
    for (const message of this.store.messages.byTarget(roomId, target)) {
      const row = this.store.events.bySeq(message.seq);
      if (!row) continue;
      const event = parseEnvelope(row.body);
      const meaning = meaningOf(event);
      if (meaning.kind !== 'message') continue;
      const effects = this.effectsOn(room, message.event_id, message.message_key);
      const now = foldMessage(event.sender, meaning.body, effects);
      this.store.messages.put({
        ...message,
        body: now.body,
        edited_at: now.editedAt,
        deleted: now.deleted ? 1 : 0,
        files: now.deleted ? null : filesText(meaning),
      });
      this.store.messages.setReactions(message.seq, now.reactions);
    }
  }

  /**
   * Where the home tells nothing of the room, messages are what is known of it. Anybody's shows that a channel is there;
   * what room and channel are called, the home's last one tells.
   */
  private learnNames(room: Room, event: Envelope, meaning: Meaning & { kind: 'message' }): void {
    const { rooms } = this.store;
    const { room_id: roomId } = event;
    const here = { depth: event.depth, eventId: event.event_id };
    const isByHome = this.registry.isByHome(room, event);
    const roomName = isByHome ? meaning.roomName?.trim() : undefined;
    if (roomName && rooms.nameAt(roomId, roomName, here)) this.registry.forget(roomId);
    const name = isByHome ? meaning.channelName : null;
    const known = rooms.channels(roomId).find((channel) => channel.channel_id === meaning.channelId);
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
  private learnChannelsAnew(room: Room): void {
    const roomId = room.row.room_id;
    this.forgetLearntChannels(roomId);
    for (const row of this.store.events.fromDepth(roomId, 0)) {
      if (row.event_type !== 'm.message' || row.state !== eventState.applied) continue;
      const event = parseEnvelope(row.body);
      const meaning = meaningOf(event);
      if (meaning.kind === 'message') this.learnNames(room, event, meaning);
    }
  }

  private forgetLearntChannels(roomId: string): void {
    const { rooms } = this.store;
    // What the answer to a join told of is no event's and stays.
    const told = rooms.channels(roomId).filter((channel) => channel.event_id === '');
    rooms.clearChannels(roomId);
    for (const channel of told) rooms.putChannel(channel);
  }

  /** Where the home tells nothing of its members, those who speak are what is known of them. */
  private learnMember(room: Room, event: Envelope): void {
    const { rooms } = this.store;
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

  private applyMembership(room: Room, event: Envelope, subject: string): void {
    const roomId = event.room_id;
    // The existing server tells of its own users, in no state_key; it never speaks for those of others.
    const isAnnounced = this.registry.isByHome(room, event) && (event.state_key ?? '') !== '';
    if (isAnnounced && room.row.home_announces === 0) {
      this.store.rooms.setAnnounces(roomId, true);
      this.registry.forget(roomId);
      this.rebuild(roomId);
      return;
    }
    room.steps.delete(subject);
    const steps = this.registry.stepsOf(room, subject);
    this.putMember(room, subject, steps);
    this.registry.forget(roomId);
    const fresh = this.registry.get(roomId);
    if (!fresh) return;
    // What comes after the next step hangs on that one: an old leave sent late must not have a whole room read again.
    const here = { depth: event.depth, eventId: event.event_id };
    const next = steps.find((step) => comparePositions(step, here) > 0);
    this.reconsider(fresh, subject, event.depth, next?.depth ?? Number.MAX_SAFE_INTEGER);
  }

  private putMember(room: Room, userId: string, steps: readonly MembershipStep[]): void {
    const last = steps.at(-1);
    const roomId = room.row.room_id;
    if (!last) {
      this.store.rooms.dropMember(roomId, userId);
      return;
    }
    this.store.rooms.putMember({
      room_id: roomId,
      user_id: userId,
      server: this.registry.serverOfUser(userId),
      state: last.state,
      role: last.role,
      joined_at: last.joinedAt,
      implicit: 0,
    });
  }

  /** Looks again at what a user wrote between two depths: a join lets it in, a removal takes it out. */
  private reconsider(room: Room, userId: string, from: number, to: number): void {
    let messageGone = false;
    for (const place of this.store.events.placesOf(room.row.room_id, userId, from, to)) {
      if (place.state === eventState.ahead || alwaysInForce.has(place.event_type)) continue;
      const state = this.registry.mayAct(room, place) ? eventState.applied : eventState.waiting;
      if (state === place.state) continue;
      const row = this.store.events.bySeq(place.seq);
      if (!row) continue;
      const event = parseEnvelope(row.body);
      const meaning = meaningOf(event);
      this.store.events.setState(row.seq, state);
      if (state === eventState.applied || meaning.kind !== 'message')
        this.apply(room, row.seq, event, meaning);
      else {
        this.store.messages.remove(row.seq);
        messageGone = true;
      }
    }
    if (messageGone && room.row.info_depth < 0) this.learnChannelsAnew(room);
  }

  private applyRoomInfo(room: Room, event: Envelope, meaning: Meaning & { kind: 'room' }): void {
    const { row } = room;
    const here = { depth: event.depth, eventId: event.event_id };
    if (comparePositions(here, { depth: row.info_depth, eventId: row.info_event_id }) <= 0) return;
    this.store.rooms.setInfo(event.room_id, {
      name: meaning.name,
      join_rule: meaning.joinRule,
      info_depth: event.depth,
      info_event_id: event.event_id,
    });
    this.store.rooms.clearChannels(event.room_id);
    meaning.channels.forEach((channel, position) => {
      this.store.rooms.putChannel({
        room_id: event.room_id,
        channel_id: channel.channel_id,
        name: channel.name,
        position,
        depth: event.depth,
        event_id: event.event_id,
      });
    });
    this.registry.forget(event.room_id);
  }

  /** Events that lay ahead of our clock and have been caught up with. Returns the rooms that changed. */
  applyDue(now: number, aheadMs: number): string[] {
    const rooms = new Set<string>();
    for (const row of this.store.events.aheadUpTo(now + aheadMs)) {
      const event = parseEnvelope(row.body);
      const room = this.registry.get(row.room_id);
      if (!room) continue;
      const meaning = this.registry.meaningIn(room, event, meaningOf(event));
      const state = this.decide(room, event, meaning, now);
      if (state === eventState.ahead) continue;
      this.store.events.setState(row.seq, state);
      room.highestDepth = Math.max(room.highestDepth, event.depth);
      if (state === eventState.applied) this.apply(room, row.seq, event, meaning);
      rooms.add(row.room_id);
    }
    return [...rooms];
  }

  /**
   * Makes a room's projection anew from its stored events: first who is in and with it what is in force, then
   * messages, which look for what is in force about them.
   */
  rebuild(roomId: string): void {
    const { messages, rooms, events } = this.store;
    this.registry.forget(roomId);
    const room = this.registry.get(roomId);
    if (!room) return;
    messages.clearRoom(roomId);
    rooms.clearMembers(roomId);
    if (room.row.info_depth < 0) this.forgetLearntChannels(roomId);
    const due = events.fromDepth(roomId, 0).filter((row) => row.state !== eventState.ahead);
    const written: { seq: number; event: Envelope; meaning: Meaning & { kind: 'message' } }[] = [];
    for (const { seq, body, state: before } of due) {
      const event = parseEnvelope(body);
      const meaning = this.registry.meaningIn(room, event, meaningOf(event));
      const state = this.stateOf(room, event, meaning);
      if (state !== before) events.setState(seq, state);
      if (meaning.kind === 'membership')
        this.putMember(room, meaning.subject, this.registry.stepsOf(room, meaning.subject));
      else if (meaning.kind === 'room') this.applyRoomInfo(room, event, meaning);
      else if (meaning.kind === 'message' && state === eventState.applied)
        written.push({ seq, event, meaning });
    }
    for (const { seq, event, meaning } of written) this.applyMessage(room, seq, event, meaning);
    this.registry.forget(roomId);
  }
}
