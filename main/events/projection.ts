import { type Envelope, parseEnvelope } from '../../shared/protocol/envelope.ts';
import { type Meaning, meaningOf, messageKey } from '../../shared/protocol/event-content.ts';
import {
  comparePositions,
  foldMessage,
  isAhead,
  type MembershipStep,
  type MessageEffect,
} from '../../shared/protocol/room-state.ts';
import { type EventRow, type EventState, eventState } from '../store/event-store.ts';
import type { Store } from '../store/store.ts';
import type { Room, RoomRegistry } from './room-registry.ts';

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
    if (isAhead(event, now)) return eventState.ahead;
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
    });
    if (effects.length > 0) this.store.messages.setReactions(seq, now.reactions);
    if (room.row.info_depth < 0) this.learnFromMessage(room, event, meaning);
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
      });
      this.store.messages.setReactions(message.seq, now.reactions);
    }
  }

  /** Where the home tells nothing of its channels and members, messages are what is known of them. */
  private learnFromMessage(room: Room, event: Envelope, meaning: Meaning & { kind: 'message' }): void {
    const roomId = event.room_id;
    const known = this.store.rooms
      .channels(roomId)
      .find((channel) => channel.channel_id === meaning.channelId);
    const here = { depth: event.depth, eventId: event.event_id };
    const newer = !known || comparePositions(here, { depth: known.depth, eventId: known.event_id }) > 0;
    if (!known || (newer && meaning.channelName !== null))
      this.store.rooms.putChannel({
        room_id: roomId,
        channel_id: meaning.channelId,
        name: meaning.channelName ?? known?.name ?? `channel ${meaning.channelId}`,
        position: 0,
        depth: meaning.channelName === null ? -1 : event.depth,
        event_id: meaning.channelName === null ? '' : event.event_id,
      });
    if (!this.registry.isByHome(room, event)) return;
    const member = this.store.rooms.member(roomId, event.sender);
    if (member && (member.implicit === 0 || member.joined_at <= event.origin_ts)) return;
    this.store.rooms.putMember({
      room_id: roomId,
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
    if (this.registry.isByHome(room, event) && room.row.home_announces === 0) {
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
    if (fresh) this.reconsider(fresh, subject, event.depth);
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

  /** Looks again at what a user wrote from a depth on: a join lets it in, a removal takes it out. */
  private reconsider(room: Room, userId: string, depth: number): void {
    for (const row of this.store.events.fromDepth(room.row.room_id, depth)) {
      if (row.sender !== userId || row.state === eventState.ahead) continue;
      const event = parseEnvelope(row.body);
      const meaning = meaningOf(event);
      if (meaning.kind === 'membership' || meaning.kind === 'invite' || meaning.kind === 'room') continue;
      const state = this.registry.mayAct(room, event) ? eventState.applied : eventState.waiting;
      if (state !== row.state) this.turn(room, row, event, meaning, state);
    }
  }

  private turn(room: Room, row: EventRow, event: Envelope, meaning: Meaning, state: EventState): void {
    this.store.events.setState(row.seq, state);
    if (state === eventState.applied || meaning.kind !== 'message') this.apply(room, row.seq, event, meaning);
    else this.store.messages.remove(row.seq);
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
      const meaning = meaningOf(event);
      const room = this.registry.get(row.room_id);
      if (!room) continue;
      const state = this.decide(room, event, meaning, now);
      if (state === eventState.ahead) continue;
      this.store.events.setState(row.seq, state);
      room.highestDepth = Math.max(room.highestDepth, event.depth);
      if (state === eventState.applied) this.apply(room, row.seq, event, meaning);
      rooms.add(row.room_id);
    }
    return [...rooms];
  }

  /** Makes a room's projection anew from its stored events. */
  rebuild(roomId: string): void {
    this.store.messages.clearRoom(roomId);
    this.store.rooms.clearMembers(roomId);
    const all = this.store.events.fromDepth(roomId, 0).filter((row) => row.state !== eventState.ahead);
    for (const row of all) {
      // Read anew each time: what was applied before may have changed it.
      const room = this.registry.get(roomId);
      if (!room) return;
      const event = parseEnvelope(row.body);
      const meaning = meaningOf(event);
      if (meaning.kind === 'membership') {
        this.putMember(room, meaning.subject, this.registry.stepsOf(room, meaning.subject));
        continue;
      }
      const applies =
        meaning.kind === 'invite' || meaning.kind === 'room' || this.registry.mayAct(room, event);
      const state = applies ? eventState.applied : eventState.waiting;
      if (state !== row.state) this.store.events.setState(row.seq, state);
      if (applies) this.apply(room, row.seq, event, meaning);
    }
    this.registry.forget(roomId);
  }
}
