import { ProtocolError } from '../../shared/protocol/errors.ts';
import { type Meaning, messageKey } from '../../shared/protocol/events/event-content.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import { writeErased } from '../store/erased-body.ts';
import type { NewEvent } from '../store/rules/event-table.ts';
import type { ReplayRow } from '../store/rules/queue-table.ts';
import { type EventRow, eventState } from '../store/tables/rooms/event-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { destinationsOf, type FanOut, servedByHome } from './fan-out.ts';
import { isKnown } from './known.ts';
import { Erasure, hashOf, namesOf } from './projection/erasure.ts';
import { Projection } from './projection/projection.ts';
import type { Room } from './projection/room-permissions.ts';
import type { RuleTables } from './projection/room-writer.ts';
import { RoomRules } from './room-rules.ts';
import { boundNewcomers, boundStrangers } from './strangers.ts';
import type { VerifiedEvent } from './verify.ts';

export interface Arrival {
  /** The servers to which the origin says it sends the event itself. */
  readonly sentTo?: readonly string[];
  /** The transport signature to remember in the same transaction. */
  readonly replaySignature?: string;
  /** The owner released it, so it is not held again. */
  readonly released?: boolean;
}

export type IngestOutcome =
  | {
      readonly kind: 'inserted';
      readonly seq: number;
      readonly destinations: readonly string[];
      /** Servers for which queued events were withdrawn: they left, the author was removed, or the text was erased. */
      readonly withdrawn?: readonly string[];
      /** Whether the room has to be rebuilt (`Upkeep.rebuild`). */
      readonly isOutdated?: boolean;
    }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly error: ProtocolError };

export interface DecisionDeps {
  readonly directory: PeerDirectory;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly keepsHistory: () => boolean;
  /** The row that prevents a transport signature from being reused. */
  readonly replayOf: (signature: string) => ReplayRow;
}

const replayOnly: IngestOutcome = { kind: 'duplicate' };

/**
 * Decides what happens to an event, and stores it with its effect: the rules of rooms and servers, in the event's
 * transaction. Whatever refuses an event does it before the first write, so nothing has to be undone.
 */
export class EventDecision {
  readonly #tables: RuleTables;
  readonly #deps: DecisionDeps;
  readonly #erasure: Erasure;
  readonly #projection: Projection;
  readonly #rules: RoomRules;

  constructor(tables: RuleTables, deps: DecisionDeps) {
    this.#tables = tables;
    this.#deps = deps;
    this.#erasure = new Erasure(tables, deps);
    this.#projection = new Projection(tables, this.#erasure);
    this.#rules = new RoomRules(tables.rooms, deps);
  }

  /**
   * A refused event is not stored, but its request is remembered against replays, and events written here may get
   * positions after it. An event that was released is no longer held, unless it is refused.
   */
  decide(event: VerifiedEvent, arrival: Arrival): IngestOutcome {
    const { replaySignature, released } = arrival;
    if (replaySignature !== undefined) this.#tables.queues.replay(this.#deps.replayOf(replaySignature));
    try {
      const outcome = this.#insert(event, arrival);
      if (released) this.#tables.queues.dropHeld(event.envelope.event_id);
      return outcome;
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: 'refused', error };
      throw error;
    }
  }

  #insert(verified: VerifiedEvent, arrival: Arrival): IngestOutcome {
    const { events } = this.#tables;
    const event = this.#understand(verified);
    const { envelope } = event;
    const row = events.byId(envelope.event_id);
    if (row ? isKnown(this.#tables, row, event) : this.#isGone(envelope)) return replayOnly;
    this.#checkStanding(event);
    const now = this.#deps.clock.now();
    const holder = arrival.released ? null : this.#holder(event);
    if (holder !== null) {
      // If its text was deleted, the owner has nothing to decide.
      if (!this.#isDeletedAlready(event)) this.#hold(event, holder, now);
      return { kind: 'held' };
    }
    const room = this.#rules.admit(event);
    if (room) boundNewcomers(this.#tables, room, event, this.#deps.keyring.serverName);
    // An event written here follows what the room shows, even if our clock was set back behind that since.
    const present = verified.hop === null && room ? Math.max(now, room.highestDepth) : now;
    const state = room ? this.#projection.decide(room, envelope, present) : eventState.applied;
    if (room) boundStrangers(this.#tables, room, event, state);
    return this.#store({ verified, event, arrival, now, room, state, retired: row });
  }

  /** The owner has discarded the event, or it was dropped. Either way it stays out. */
  #isGone(envelope: VerifiedEvent['envelope']): boolean {
    const { events, rooms } = this.#tables;
    if (events.isDiscarded(envelope.event_id)) return true;
    // The question costs a query, so it is asked only in rooms that dropped something.
    return (rooms.get(envelope.room_id)?.row.dropped_to ?? -1) >= 0 && events.isDropped(envelope);
  }

  /** The event is accepted. Nothing refuses it from here on. */
  #store({
    verified,
    event,
    arrival,
    now,
    room,
    state,
    retired,
  }: {
    readonly verified: VerifiedEvent;
    /** `verified`, with its meaning in this room. */
    readonly event: VerifiedEvent;
    readonly arrival: Arrival;
    readonly now: number;
    readonly room: Room | null;
    readonly state: EventRow['state'];
    /** The row of what was known about the event before it arrived. */
    readonly retired: EventRow | undefined;
  }): IngestOutcome {
    const { events } = this.#tables;
    const { envelope, meaning, filesUnsigned } = event;
    const isUnheardOf = meaning.kind === 'message' && !events.isSpokenOf(namesOf(envelope, meaning));
    const isDeleted = (!isUnheardOf || this.#isInDeletedChannel(event)) && this.#isDeletedAlready(event);
    // The home reported it as erased before. Now the event itself arrives.
    if (retired) {
      this.#tables.messages.remove(retired.seq);
      events.retire(retired.seq);
    }
    const { event_id, room_id, event_type, sender, origin_server, origin_ts, depth } = envelope;
    const hash = () => hashOf(envelope, filesUnsigned);
    const stored = { event: envelope, meaning, erased: isDeleted ? ('deleted' as const) : null };
    const row: NewEvent = {
      event_id,
      room_id,
      event_type,
      sender,
      origin_server,
      origin_ts,
      depth,
      state,
      target: 'target' in meaning ? meaning.target : null,
      subject: 'subject' in meaning ? meaning.subject : null,
      body: isDeleted ? writeErased(envelope, { why: 'deleted', at: now, hash: hash() }, null) : event.body,
      key_id: event.keyId,
      files_unsigned: filesUnsigned ? 1 : 0,
      received_from: event.hop,
      received_at: now,
    };
    const seq = events.insert(row);
    this.#noteInvite(event, now);
    if (!room) {
      this.#endInvites(event);
      return { kind: 'inserted', seq, destinations: [] };
    }
    if (state !== eventState.ahead) room.highestDepth = Math.max(room.highestDepth, depth);
    const before = room.servers;
    if (isDeleted && meaning.kind === 'message')
      this.#erasure.eraseEffectsOn(room, namesOf(envelope, meaning));
    this.#projection.add(room, { ...stored, seq, isUnheardOf }, state);
    this.#endInvites(event);
    const left = this.#releaseLeft(room, before);
    if (meaning !== verified.meaning) left.push(...this.#withdrawOf(room, meaning));
    // An event that was deleted before it arrived, or an edit that a newer one replaced, is of no use.
    const isGone =
      isDeleted || (meaning.kind === 'edit' && !this.#erasure.keepsHistory && events.isErased(seq));
    const destinations = isGone ? [] : this.#enqueue(room, event, arrival, seq, now);
    const withdrawn = [...left, ...this.#erasure.takeWithdrawn()];
    const isOutdated = this.#projection.takeOutdated().length > 0;
    return { kind: 'inserted', seq, destinations, withdrawn, ...(isOutdated && { isOutdated }) };
  }

  #understand(event: VerifiedEvent): VerifiedEvent {
    const { rooms } = this.#tables;
    const room = rooms.get(event.envelope.room_id);
    return room ? { ...event, meaning: rooms.meaningIn(room, event.envelope, event.meaning) } : event;
  }

  #isInDeletedChannel({ envelope, meaning }: VerifiedEvent): boolean {
    return (
      meaning.kind === 'message' && this.#tables.events.isChannelDeleted(envelope.room_id, meaning.channelId)
    );
  }

  /** Whether a delete removes an event's text before it is stored. */
  #isDeletedAlready({ envelope, meaning }: VerifiedEvent): boolean {
    const { events, messages, rooms } = this.#tables;
    const { sender } = envelope;
    const room = rooms.get(envelope.room_id);
    if (room === undefined) return false;
    if (meaning.kind === 'message')
      return this.#erasure.isDeleted(room, {
        ...namesOf(envelope, meaning),
        sender,
        channel_id: meaning.channelId,
      });
    if (meaning.kind !== 'edit' && meaning.kind !== 'reaction') return false;
    const { room_id: roomId, home } = room.row;
    const own = meaning.kind === 'edit' ? sender : null;
    const meant = messages.named(roomId, meaning.target);
    // If the message is not deleted, there is no applied delete by its author or the home.
    const stands = meant.some((row) => row.deleted === 0 && (own === null || own === row.sender));
    if (!stands && events.isDeleted(roomId, meaning.target, { sender: own, home })) return true;
    return meant.some((row) => row.deleted === 1 && this.#erasure.isDeleted(room, row));
  }

  /** The home removed a user of ours, so the user's later events are not sent any more. */
  #withdrawOf(room: Room, meaning: Meaning): string[] {
    if (meaning.kind !== 'membership') return [];
    const { rooms, queues } = this.#tables;
    const now = rooms.standing(room, meaning.subject);
    return now?.state === 'removed' ? queues.withdrawBy(room.row.room_id, meaning.subject) : [];
  }

  /** The owner may have blocked a server while its event was being verified. */
  #checkStanding(event: VerifiedEvent): void {
    const { directory, keyring } = this.#deps;
    for (const server of [event.hop, event.envelope.origin_server]) {
      if (server === null || server === keyring.serverName) continue;
      const standing = directory.standing(server);
      if (standing === 'blocked' || standing === 'unknown')
        throw refusal('FORBIDDEN', said('event.standing', { server, standing }), {
          details: { reason: `origin_${standing}` },
        });
    }
  }

  #holder(event: VerifiedEvent): string | null {
    const { directory } = this.#deps;
    const servers = [event.envelope.origin_server, ...(event.hop === null ? [] : [event.hop])];
    return servers.find((server) => directory.standing(server) === 'quarantined') ?? null;
  }

  #hold(event: VerifiedEvent, serverName: string, now: number): void {
    const { queues } = this.#tables;
    const { envelope } = event;
    if (queues.isHeld(envelope.event_id)) return;
    if (queues.heldCount(serverName) >= tuning.heldEventsMax)
      throw refusal(
        'RATE_LIMITED',
        said('event.too_many_held', { max: tuning.heldEventsMax, server: serverName }),
        { retryAfterSeconds: 600, details: { scope: 'event' } },
      );
    queues.hold({
      event_id: envelope.event_id,
      server_name: serverName,
      hop: event.hop ?? serverName,
      room_id: envelope.room_id,
      event_type: envelope.event_type,
      sender: envelope.sender,
      origin_ts: envelope.origin_ts,
      body: event.body,
      received_at: now,
      about: aboutOf(event),
    });
  }

  #noteInvite(event: VerifiedEvent, now: number): void {
    const { rooms } = this.#tables;
    const { envelope, meaning } = event;
    if (meaning.kind !== 'invite' || meaning.revoked || !this.#isOurs(meaning.subject)) return;
    if (!rooms.rows.isLocalUser(meaning.subject)) return;
    rooms.rows.addInvite({
      event_id: envelope.event_id,
      room_id: envelope.room_id,
      home: envelope.origin_server,
      room_name: meaning.roomName ?? rooms.get(envelope.room_id)?.row.name ?? envelope.room_id,
      description: meaning.description,
      inviter: envelope.sender,
      user_id: meaning.subject,
      created_at: now,
      direct: meaning.direct ? 1 : 0,
    });
    rooms.allowInvited(envelope.room_id, { user: meaning.subject, by: envelope.sender, at: now });
  }

  #isOurs(userId: string): boolean {
    return this.#tables.rooms.serverOfUser(userId) === this.#deps.keyring.serverName;
  }

  /** In either order, the user isn't offered an invite that was revoked, or used by joining. */
  #endInvites({ envelope, meaning }: VerifiedEvent): void {
    if (meaning.kind !== 'invite' && meaning.kind !== 'membership') return;
    if (this.#isOurs(meaning.subject)) this.#tables.rooms.rows.endInvites(envelope.room_id, meaning.subject);
  }

  /**
   * A server without a member needs nothing more from the room and would refuse it. If it comes back, it catches up
   * from the home.
   */
  #releaseLeft(room: Room, before: ReadonlySet<string>): string[] {
    if (room.servers === before) return [];
    const left = [...before].filter((server) => !room.servers.has(server));
    for (const server of left) this.#tables.queues.withdrawLane(server, room.row.room_id, room.row.home);
    return left;
  }

  #enqueue(room: Room, event: VerifiedEvent, arrival: Arrival, seq: number, at: number): string[] {
    const { directory, keyring } = this.#deps;
    const { rooms, queues } = this.#tables;
    const { envelope, meaning, hop } = event;
    const { room_id: roomId, home } = room.row;
    const fan: FanOut = {
      self: keyring.serverName,
      home,
      servers: room.servers,
      origin: envelope.origin_server,
      hop,
      sentTo: arrival.sentTo ?? [],
      subjectServer: 'subject' in meaning ? rooms.serverOfUser(meaning.subject) : null,
      isAllowed: (server) => directory.isAllowed(server),
    };
    const destinations = destinationsOf(fan);
    const row = { roomId, seq, origin: envelope.origin_server, at };
    queues.enqueue(
      destinations.map((destination) => {
        // The home forwards events, so it needs to know which servers it can leave out. Nobody else does.
        const alsoSentTo = destination === home ? destinations.filter((each) => each !== destination) : [];
        return { ...row, destination, alsoSentTo };
      }),
    );
    for (const server of servedByHome(fan, destinations))
      queues.expect({ seq, server, via: home, tells: directory.answers(home, 'receipts'), at });
    return destinations;
  }
}

/** The message that an event is about; for a message, its own name. */
function aboutOf({ envelope, meaning }: VerifiedEvent): string | null {
  if (meaning.kind === 'message') return messageKey(envelope.origin_server, meaning.messageId);
  return 'target' in meaning ? meaning.target : null;
}
