import { ProtocolError } from '../../shared/protocol/errors.ts';
import { type Meaning, messageKey } from '../../shared/protocol/events/event-content.ts';
import type { Redacted } from '../../shared/protocol/events/redaction.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import { writeErased } from '../store/erased-body.ts';
import type { Tables } from '../store/ports.ts';
import { eventState } from '../store/tables/event-store.ts';
import type { Tx } from '../store/writer.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { destinationsOf, type FanOut, servedByHome } from './fan-out.ts';
import { isKnown } from './known.ts';
import { countTogether, type Loaded, load } from './load.ts';
import { type Erasure, hashOf } from './projection/erasure.ts';
import { Placeholders } from './projection/placeholders.ts';
import type { Projection } from './projection/projection.ts';
import type { Room, RoomRegistry } from './projection/room-registry.ts';
import { RoomRules } from './room-rules.ts';
import { boundStrangers } from './strangers.ts';
import type { VerifiedEvent } from './verify.ts';

export interface Arrival {
  /** Whom the origin says it sends the event to itself. */
  readonly sentTo?: readonly string[];
  /** The transport signature to remember in the same transaction. */
  readonly replaySignature?: string;
  /** The owner let it in: it is not held again. */
  readonly released?: boolean;
}

export type IngestOutcome =
  | {
      readonly kind: 'inserted';
      readonly seq: number;
      readonly destinations: readonly string[];
      /** Servers for which something that waited was withdrawn: because they left the room, or it was deleted. */
      readonly withdrawn?: readonly string[];
    }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'held' }
  | { readonly kind: 'refused'; readonly error: ProtocolError };

interface Arriving {
  readonly event: VerifiedEvent;
  readonly arrival: Arrival;
}

const replayOnly: IngestOutcome = { kind: 'duplicate' };

export interface IngestParts {
  readonly store: Tables<
    'events' | 'erasures' | 'rooms' | 'messages' | 'outbox' | 'receipts' | 'held' | 'users' | 'writer'
  >;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly projection: Projection;
  readonly erasure: Erasure;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly guardReplay: (signature: string) => void;
  readonly warn: (server: string | null) => (news: Said) => void;
  readonly tell: Tell;
}

/**
 * The only way in. Whether pushed by a peer, fetched by catch-up or written here, a verified event becomes a row, its
 * effect and its outbox entries in one transaction, or nothing at all.
 */
export class Ingest {
  readonly #parts: IngestParts;
  readonly #placeholders: Placeholders;
  readonly #rules: RoomRules;
  readonly #take: (arriving: Arriving) => Promise<IngestOutcome>;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#take = parts.store.writer.together((tx, arriving) => this.#takeIn(tx, arriving));
    this.#placeholders = new Placeholders(parts);
    this.#rules = new RoomRules(parts);
  }

  /** Resolves once the outcome is on disk. */
  ingest(event: VerifiedEvent, arrival: Arrival = {}): Promise<IngestOutcome> {
    return this.#take({ event, arrival });
  }

  /** For events that must commit together with something else; gives the outcome of each. */
  ingestIn(tx: Tx, events: readonly VerifiedEvent[]): IngestOutcome[] {
    return this.#takeIn(
      tx,
      events.map((event) => ({ event, arrival: {} })),
    );
  }

  /** Events that share a transaction are decided about with what is read once for as many as possible. */
  #takeIn(tx: Tx, arriving: readonly Arriving[]): IngestOutcome[] {
    const outcomes: IngestOutcome[] = [];
    while (outcomes.length < arriving.length) {
      const events = arriving.slice(outcomes.length).map(({ event }) => event);
      const together = events.slice(0, countTogether(events));
      const loaded = load(this.#parts, together);
      for (const event of together) {
        const outcome = this.#decide(event, arriving[outcomes.length]?.arrival ?? {}, loaded);
        tx.afterCommit(() => this.#announce(event, outcome));
        outcomes.push(outcome);
      }
    }
    return outcomes;
  }

  /** What is left of erased messages that we never had, as `teller` says; takes what it may speak about. */
  async adopt(left: readonly Redacted[], teller: string): Promise<number> {
    const { store, clock, tell } = this.#parts;
    if (left.length === 0) return 0;
    return store.writer.write((tx) => {
      const taken = left.filter((each) => this.#placeholders.take(each, teller, clock.now()));
      for (const roomId of new Set(taken.map((each) => each.room_id)))
        tx.afterCommit(() => tell({ fact: 'deletion-learned', roomId }));
      return taken.length;
    });
  }

  #announce({ envelope, meaning, hop: by }: VerifiedEvent, outcome: IngestOutcome): void {
    const { tell } = this.#parts;
    const origin = envelope.origin_server;
    if (outcome.kind === 'held') tell({ fact: 'event-held', origin });
    if (outcome.kind !== 'inserted') return;
    const { destinations, withdrawn = [] } = outcome;
    const { room_id: roomId, event_id: eventId } = envelope;
    tell({
      ...{ fact: 'event-stored', roomId, eventId, origin, by, meaning: meaning.kind },
      ...{ destinations, withdrawn },
    });
  }

  #decide(event: VerifiedEvent, arrival: Arrival, loaded: Loaded): IngestOutcome {
    if (arrival.replaySignature !== undefined) this.#parts.guardReplay(arrival.replaySignature);
    try {
      return this.#insert(event, arrival, loaded);
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: 'refused', error };
      throw error;
    }
  }

  #insert(verified: VerifiedEvent, arrival: Arrival, loaded: Loaded): IngestOutcome {
    const { store, projection, erasure, clock } = this.#parts;
    const event = this.#understand(verified);
    const { envelope, meaning } = event;
    const row = loaded.stored.get(envelope.event_id);
    if (row ? isKnown(this.#parts, row, event) : loaded.discarded.has(envelope.event_id)) return replayOnly;
    const isDeleted = loaded.deleted.has(envelope.event_id);
    this.#checkStanding(event);
    const now = clock.now();
    const holder = arrival.released ? null : this.#holder(event);
    if (holder !== null) {
      // The owner has nothing to decide about words that were deleted.
      if (!isDeleted) this.#hold(event, holder, now);
      return { kind: 'held' };
    }
    const room = this.#rules.admit(event);
    const state = room ? projection.decide(room, envelope, now) : eventState.applied;
    if (room) boundStrangers(this.#parts, room, event, state);
    // The home told what is left of it before it came: what comes is the event itself.
    if (row) this.#retire(row.seq);
    const seq = store.events.insert({
      envelope,
      body: isDeleted
        ? writeErased(
            envelope,
            { why: 'deleted', at: now, hash: hashOf(envelope, event.filesUnsigned) },
            null,
          )
        : event.body,
      keyId: event.keyId,
      filesUnsigned: event.filesUnsigned,
      target: 'target' in meaning ? meaning.target : null,
      subject: 'subject' in meaning ? meaning.subject : null,
      state,
      receivedFrom: event.hop,
      receivedAt: now,
    });
    this.#noteInvite(event, now);
    if (!room) return { kind: 'inserted', seq, destinations: [] };
    if (state !== eventState.ahead) room.highestDepth = Math.max(room.highestDepth, envelope.depth);
    const before = room.servers;
    if (isDeleted && meaning.kind === 'message')
      erasure.eraseEffectsOn(room, {
        event_id: envelope.event_id,
        message_key: messageKey(envelope.origin_server, meaning.messageId),
      });
    const stored = { seq, event: envelope, meaning, erased: isDeleted ? ('deleted' as const) : null };
    projection.add(room, stored, state, loaded);
    const left = this.#releaseLeft(envelope.room_id, before);
    if (meaning !== verified.meaning) left.push(...this.#withdrawOf(room, meaning));
    // Nobody is owed what was deleted before it came, or an edit that a newer one replaced.
    const isGone =
      isDeleted || (meaning.kind === 'edit' && !erasure.keepsHistory && store.events.isErased(seq));
    const destinations = isGone ? [] : this.#enqueue(event, arrival, seq, now);
    return { kind: 'inserted', seq, destinations, withdrawn: [...left, ...erasure.takeWithdrawn()] };
  }

  #retire(seq: number): void {
    const { store } = this.#parts;
    store.messages.remove(seq);
    store.erasures.retire(seq);
  }

  #understand(event: VerifiedEvent): VerifiedEvent {
    const { registry } = this.#parts;
    const room = registry.get(event.envelope.room_id);
    return room ? { ...event, meaning: registry.meaningIn(room, event.envelope, event.meaning) } : event;
  }

  /** The home has thrown out a user of ours: what that one wrote since is not sent any more. */
  #withdrawOf(room: Room, meaning: Meaning): string[] {
    const { store, registry } = this.#parts;
    if (meaning.kind !== 'membership') return [];
    const now = registry.standing(room, meaning.subject);
    return now?.state === 'removed' ? store.outbox.withdrawBy(room.row.room_id, meaning.subject) : [];
  }

  /** The owner may have blocked a server while its event was on the way through verification. */
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
    const { envelope } = event;
    const { held } = this.#parts.store;
    if (held.countOf(serverName) >= tuning.heldEventsMax && !held.has(envelope.event_id))
      throw refusal(
        'RATE_LIMITED',
        said('event.too_many_held', { max: tuning.heldEventsMax, server: serverName }),
        { retryAfterSeconds: 600, details: { scope: 'event' } },
      );
    held.add({
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
    const { store, registry, keyring } = this.#parts;
    const { envelope, meaning } = event;
    if (meaning.kind !== 'invite' || registry.serverOfUser(meaning.subject) !== keyring.serverName) return;
    if (!store.users.byUserId(meaning.subject)) return;
    store.rooms.addInvite({
      event_id: envelope.event_id,
      room_id: envelope.room_id,
      home: envelope.origin_server,
      room_name: meaning.roomName ?? store.rooms.room(envelope.room_id)?.name ?? envelope.room_id,
      inviter: envelope.sender,
      user_id: meaning.subject,
      created_at: now,
    });
  }

  /**
   * A server without a member is owed nothing more of the room and would refuse it; if it comes back, it catches up
   * with the home.
   */
  #releaseLeft(roomId: string, before: ReadonlySet<string>): string[] {
    const { store, registry } = this.#parts;
    const room = registry.get(roomId);
    if (room === undefined || room.servers === before) return [];
    const left = [...before].filter((server) => !room.servers.has(server));
    for (const server of left) {
      store.outbox.withdraw(server, roomId);
      store.receipts.withdraw(server, roomId, room.row.home);
    }
    return left;
  }

  #enqueue(event: VerifiedEvent, arrival: Arrival, seq: number, now: number): string[] {
    const { store, registry, directory, keyring } = this.#parts;
    const { envelope, meaning, hop } = event;
    const room = registry.get(envelope.room_id);
    if (!room) return [];
    const fan: FanOut = {
      self: keyring.serverName,
      home: room.row.home,
      servers: room.servers,
      origin: envelope.origin_server,
      hop,
      sentTo: arrival.sentTo ?? [],
      subjectServer: 'subject' in meaning ? registry.serverOfUser(meaning.subject) : null,
      isAllowed: (server) => directory.isAllowed(server),
    };
    const destinations = destinationsOf(fan);
    for (const destination of destinations) {
      // Only the home relays, so only the home needs to know whom it can leave out.
      const also = destination === room.row.home ? destinations.filter((each) => each !== destination) : [];
      store.outbox.enqueue(destination, envelope.room_id, seq, now, also);
      store.receipts.watch.enqueued(envelope.origin_server, seq, destination, now);
    }
    const { home } = room.row;
    for (const server of servedByHome(fan, destinations))
      store.receipts.expect(seq, server, home, directory.answers(home, 'receipts'), now);
    return destinations;
  }
}

/** The message that an event is about; of a message, its own name. */
function aboutOf({ envelope, meaning }: VerifiedEvent): string | null {
  if (meaning.kind === 'message') return messageKey(envelope.origin_server, meaning.messageId);
  return 'target' in meaning ? meaning.target : null;
}
