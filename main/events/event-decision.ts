import { ProtocolError } from '../../shared/protocol/errors.ts';
import { type Meaning, messageKey } from '../../shared/protocol/events/event-content.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { ReplayRow } from '../store/batch/batch-port.ts';
import { writeErased } from '../store/erased-body.ts';
import { type EventRow, eventState } from '../store/tables/rooms/event-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { expecting } from './batch/questions.ts';
import type { WorkingSet } from './batch/working-set.ts';
import { destinationsOf, type FanOut, servedByHome } from './fan-out.ts';
import { isKnown } from './known.ts';
import { Erasure, hashOf } from './projection/erasure.ts';
import { Projection } from './projection/projection.ts';
import type { Room } from './projection/room-reader.ts';
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
    }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly error: ProtocolError };

export interface DecisionParts {
  readonly directory: PeerDirectory;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly keepsHistory: () => boolean;
  /** The row that prevents a transport signature from being reused. */
  readonly replayOf: (signature: string) => ReplayRow;
}

const replayOnly: IngestOutcome = { kind: 'duplicate' };

/** The names of a message; none for any other event. */
const namesOf = ({ envelope, meaning }: VerifiedEvent): string[] =>
  meaning.kind === 'message'
    ? [envelope.event_id, messageKey(envelope.origin_server, meaning.messageId)]
    : [];

/** Loads what every decision about an event looks at. The rules ask for the rest. */
export function expectEvent(set: WorkingSet, event: VerifiedEvent, self: string): void {
  const { ask, rooms } = set;
  const { envelope, meaning } = event;
  const { room_id: roomId, event_id: eventId, depth } = envelope;
  ask.lastSeq.want(null);
  rooms.expect(roomId, self);
  ask.eventById.want(eventId);
  ask.isDiscarded.want(eventId);
  for (const name of namesOf(event)) ask.isSpokenOf.want(name);
  if (meaning.kind === 'message') rooms.expectMessage(roomId, envelope, meaning.channelId);
  if ('target' in meaning) {
    ask.messagesNamed.want(meaning.target);
    if (meaning.kind !== 'reaction') ask.isSpokenOf.want(meaning.target);
  }
  if (meaning.kind === 'edit') ask.latestEdits.want(roomId, meaning.target, envelope.sender);
  if (meaning.kind === 'membership') rooms.expectFact(roomId, meaning.subject, { depth, eventId });
  if (meaning.kind === 'membership' && meaning.change === 'join')
    rooms.expectNewcomer(roomId, meaning.subject);
  if (meaning.kind === 'invite') ask.isLocalUser.want(meaning.subject);
}

/** Decides what happens to an event: the rules of rooms and servers, on the batch's working set and nothing else. */
export class EventDecision {
  readonly #set: WorkingSet;
  readonly #parts: DecisionParts;
  readonly #erasure: Erasure;
  readonly #projection: Projection;
  readonly #rules: RoomRules;

  constructor(set: WorkingSet, parts: DecisionParts) {
    this.#set = set;
    this.#parts = parts;
    this.#erasure = new Erasure(set, parts);
    this.#projection = new Projection(set, this.#erasure);
    this.#rules = new RoomRules(set.rooms, parts);
  }

  /**
   * A refused event is not stored, but its request is remembered against replays, and events written here may get
   * positions after it. An event that was released is no longer held, unless it is refused.
   */
  decide(event: VerifiedEvent, arrival: Arrival): IngestOutcome {
    const { replaySignature, released } = arrival;
    if (replaySignature !== undefined) this.#set.queues.replay(this.#parts.replayOf(replaySignature));
    try {
      const outcome = this.#insert(event, arrival);
      if (released) this.#set.queues.dropHeld(event.envelope.event_id);
      return outcome;
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: 'refused', error };
      throw error;
    }
  }

  #insert(verified: VerifiedEvent, arrival: Arrival): IngestOutcome {
    const { events } = this.#set;
    const event = this.#understand(verified);
    const { envelope } = event;
    const row = events.byId(envelope.event_id);
    if (row ? isKnown(this.#set, row, event) : this.#isGone(envelope)) return replayOnly;
    this.#checkStanding(event);
    const now = this.#parts.clock.now();
    const holder = arrival.released ? null : this.#holder(event);
    if (holder !== null) {
      // If its text was deleted, the owner has nothing to decide.
      if (!this.#isDeletedAlready(event)) this.#hold(event, holder, now);
      return { kind: 'held' };
    }
    const room = this.#rules.admit(event);
    if (room) boundNewcomers(this.#set, room, event, this.#parts.keyring.serverName);
    // What is written here follows what the room shows, even if our clock was set back behind that since.
    const present = verified.hop === null && room ? Math.max(now, room.highestDepth) : now;
    const state = room ? this.#projection.decide(room, envelope, present) : eventState.applied;
    if (room) boundStrangers(this.#set, room, event, state);
    return this.#store({ verified, event, arrival, now, room, state, retired: row });
  }

  /** The owner has discarded the event, or it was dropped. Either way it stays out. */
  #isGone(envelope: VerifiedEvent['envelope']): boolean {
    const { events, rooms } = this.#set;
    return events.isDiscarded(envelope.event_id) || events.isDropped(rooms.get(envelope.room_id), envelope);
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
    /** What was known about it before it arrived. */
    readonly retired: EventRow | undefined;
  }): IngestOutcome {
    const { events } = this.#set;
    const { envelope, meaning, filesUnsigned } = event;
    const isDeleted = this.#isDeletedAlready(event);
    // The home reported it as erased before. Now the event itself arrives.
    if (retired) {
      this.#set.messages.remove(retired.seq);
      events.retire(retired);
    }
    const { event_id, room_id, event_type, sender, origin_server, origin_ts, depth } = envelope;
    const hash = () => hashOf(envelope, filesUnsigned);
    const stored = { event: envelope, meaning, erased: isDeleted ? ('deleted' as const) : null };
    const row = {
      ...{ event_id, room_id, event_type, sender, origin_server, origin_ts, depth, state },
      target: 'target' in meaning ? meaning.target : null,
      subject: 'subject' in meaning ? meaning.subject : null,
      body: isDeleted ? writeErased(envelope, { why: 'deleted', at: now, hash: hash() }, null) : event.body,
      key_id: event.keyId,
      files_unsigned: filesUnsigned ? (1 as const) : (0 as const),
      received_from: event.hop,
      received_at: now,
    };
    const seq = events.insert(row, stored);
    this.#noteInvite(event, now);
    if (!room) return { kind: 'inserted', seq, destinations: [] };
    if (state !== eventState.ahead) room.highestDepth = Math.max(room.highestDepth, depth);
    const before = room.servers;
    if (isDeleted && meaning.kind === 'message')
      this.#erasure.eraseEffectsOn(room, {
        event_id,
        message_key: messageKey(origin_server, meaning.messageId),
      });
    this.#projection.add(room, { ...stored, seq }, state);
    const left = this.#releaseLeft(room, before);
    if (meaning !== verified.meaning) left.push(...this.#withdrawOf(room, meaning));
    // Nobody needs an event that was deleted before it arrived, or an edit that a newer one replaced.
    const isGone =
      isDeleted || (meaning.kind === 'edit' && !this.#erasure.keepsHistory && events.isErased(seq));
    const destinations = isGone ? [] : this.#enqueue(room, event, arrival, seq, now);
    return { kind: 'inserted', seq, destinations, withdrawn: [...left, ...this.#erasure.takeWithdrawn()] };
  }

  #understand(event: VerifiedEvent): VerifiedEvent {
    const { rooms } = this.#set;
    const room = rooms.get(event.envelope.room_id);
    return room ? { ...event, meaning: rooms.meaningIn(room, event.envelope, event.meaning) } : event;
  }

  /** Whether a delete removes an event's text before it is stored. */
  #isDeletedAlready(event: VerifiedEvent): boolean {
    const { rooms } = this.#set;
    const { envelope, meaning } = event;
    const { room_id: roomId, sender } = envelope;
    const home = rooms.get(roomId)?.row.home;
    if (home === undefined) return false;
    if (meaning.kind === 'message')
      return this.#isAnyDeleted(
        roomId,
        namesOf(event).map((name) => ({ name, by: { sender, home } })),
      );
    if (meaning.kind !== 'edit' && meaning.kind !== 'reaction') return false;
    const own = meaning.kind === 'edit' ? sender : null;
    const meant = this.#set.messages.named(roomId, meaning.target);
    // If the message is not deleted, there is no applied delete by its author or the home.
    const stands = meant.some((row) => row.deleted === 0 && (own === null || own === row.sender));
    const gone = meant.filter((row) => row.deleted === 1);
    return this.#isAnyDeleted(roomId, [
      ...(stands ? [] : [{ name: meaning.target, by: { sender: own, home } }]),
      ...gone.flatMap((row) =>
        [row.event_id, row.message_key].map((name) => ({ name, by: { sender: row.sender, home } })),
      ),
    ]);
  }

  #isAnyDeleted(
    roomId: string,
    asked: readonly { name: string; by: { sender: string | null; home: string } }[],
  ): boolean {
    const { events } = this.#set;
    const isDeleted = ({ name, by }: (typeof asked)[number]) => events.isDeleted(roomId, name, by);
    for (const each of asked) expecting(() => void isDeleted(each));
    return asked.some(isDeleted);
  }

  /** The home removed a user of ours, so what that user wrote since is not sent any more. */
  #withdrawOf(room: Room, meaning: Meaning): string[] {
    if (meaning.kind !== 'membership') return [];
    const { rooms, events, queues } = this.#set;
    const now = rooms.standing(room, meaning.subject);
    if (now?.state !== 'removed') return [];
    return queues.withdrawBy(room.row.room_id, meaning.subject, (seq) => {
      const row = events.bySeq(seq);
      const isKept = row?.event_type === 'm.message.delete' || row?.event_type === 'm.member.leave';
      return row?.sender === meaning.subject && !isKept;
    });
  }

  /** The owner may have blocked a server while its event was being verified. */
  #checkStanding(event: VerifiedEvent): void {
    const { directory, keyring } = this.#parts;
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
    const { directory } = this.#parts;
    const servers = [event.envelope.origin_server, ...(event.hop === null ? [] : [event.hop])];
    return servers.find((server) => directory.standing(server) === 'quarantined') ?? null;
  }

  #hold(event: VerifiedEvent, serverName: string, now: number): void {
    const { queues } = this.#set;
    const { envelope } = event;
    expecting(() => void queues.heldCount(serverName));
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
    const { rooms } = this.#set;
    const { envelope, meaning } = event;
    if (meaning.kind !== 'invite' && meaning.kind !== 'membership') return;
    if (rooms.serverOfUser(meaning.subject) !== this.#parts.keyring.serverName) return;
    if (meaning.kind === 'invite' && !rooms.isLocalUser(meaning.subject)) return;
    rooms.checkInvitee(envelope.room_id, meaning.subject);
    if (meaning.kind === 'membership' || meaning.revoked) return;
    rooms.addInvite({
      event_id: envelope.event_id,
      room_id: envelope.room_id,
      home: envelope.origin_server,
      room_name: meaning.roomName ?? rooms.get(envelope.room_id)?.row.name ?? envelope.room_id,
      inviter: envelope.sender,
      user_id: meaning.subject,
      created_at: now,
    });
  }

  /**
   * A server without a member needs nothing more from the room and would refuse it. If it comes back, it catches up
   * from the home.
   */
  #releaseLeft(room: Room, before: ReadonlySet<string>): string[] {
    if (room.servers === before) return [];
    const left = [...before].filter((server) => !room.servers.has(server));
    for (const server of left) this.#set.queues.withdrawLane(server, room.row.room_id, room.row.home);
    return left;
  }

  #enqueue(room: Room, event: VerifiedEvent, arrival: Arrival, seq: number, at: number): string[] {
    const { directory, keyring } = this.#parts;
    const { rooms } = this.#set;
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
    const { subjectServer } = fan;
    const row = { roomId, seq, origin: envelope.origin_server, subjectServer, at };
    for (const destination of destinations) {
      // Only the home forwards events, so only the home needs to know which servers it can leave out.
      const alsoSentTo = destination === home ? destinations.filter((each) => each !== destination) : [];
      this.#set.queues.enqueue({ ...row, destination, alsoSentTo });
    }
    for (const server of servedByHome(fan, destinations))
      this.#set.queues.expect({
        roomId,
        seq,
        server,
        via: home,
        tells: directory.answers(home, 'receipts'),
        at,
      });
    return destinations;
  }
}

/** The message that an event is about; for a message, its own name. */
function aboutOf({ envelope, meaning }: VerifiedEvent): string | null {
  if (meaning.kind === 'message') return messageKey(envelope.origin_server, meaning.messageId);
  return 'target' in meaning ? meaning.target : null;
}
