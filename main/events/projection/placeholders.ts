import { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { meaningOfRedacted, type Redacted } from '../../../shared/protocol/events/redaction.ts';
import { parseEventId, parseUserId } from '../../../shared/protocol/identifiers.ts';
import { tuning } from '../../config.ts';
import { writeErased } from '../../store/erased-body.ts';
import type { Tables } from '../../store/ports.ts';
import { eventState } from '../../store/tables/event-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { type Loaded, namesOf } from '../load.ts';
import type { Projection } from './projection.ts';
import type { Room, RoomRegistry } from './room-registry.ts';

/** A placeholder is a message, about no other. */
const none: Loaded['messages'] = new Map();

export interface PlaceholdersParts {
  readonly store: Tables<'events' | 'held'>;
  readonly directory: PeerDirectory;
  readonly registry: RoomRegistry;
  readonly projection: Projection;
}

/**
 * Messages that were erased elsewhere before we had them. Nobody signed what is left of them, so only two are
 * believed: the room's home, which decides what the room shows, and the server they came from. Either can invent a
 * "this message was deleted", and nothing more: words never come this way, and the message itself, signed by its
 * origin, takes the placeholder's place when it arrives.
 */
export class Placeholders {
  readonly #parts: PlaceholdersParts;

  constructor(parts: PlaceholdersParts) {
    this.#parts = parts;
  }

  /** Inside a transaction. Whether it was new here. */
  take(left: Redacted, teller: string, now: number): boolean {
    const { store, registry, projection } = this.#parts;
    const room = registry.get(left.room_id);
    const meaning = messageOf(left);
    if (!room || !meaning || !this.#isBelieved(room, left, teller)) return false;
    if (store.events.byId(left.event_id) || store.held.has(left.event_id)) return false;
    if (store.held.discardedAmong([left.event_id]).length > 0) return false;
    const state = projection.decide(room, left, now);
    if (
      state !== eventState.applied &&
      store.events.pendingCount(left.room_id, left.origin_server) >= tuning.pendingEventsMax
    )
      return false;
    const seq = store.events.insert({
      envelope: left,
      body: writeErased(left, { why: left.erased, at: now, hash: null }, null),
      keyId: '',
      filesUnsigned: false,
      target: null,
      subject: null,
      state,
      receivedFrom: teller,
      receivedAt: now,
    });
    if (state !== eventState.ahead) room.highestDepth = Math.max(room.highestDepth, left.depth);
    const spokenOf = new Set(store.events.spokenOf(namesOf(left, meaning)));
    projection.add(room, { seq, event: left, meaning, erased: left.erased }, state, {
      spokenOf,
      messages: none,
    });
    return true;
  }

  #isBelieved(room: Room, left: Redacted, teller: string): boolean {
    const { directory, registry } = this.#parts;
    const standing = directory.standing(left.origin_server);
    if (standing === 'blocked' || standing === 'quarantined') return false;
    const { server } = parseUserId(left.sender);
    if (parseEventId(left.event_id).server !== server) return false;
    if (teller === room.row.home) return true;
    return teller === left.origin_server && registry.serverOfUser(left.sender) === teller;
  }
}

function messageOf(left: Redacted): Meaning | null {
  try {
    const meaning = meaningOfRedacted(left);
    return meaning.kind === 'message' ? meaning : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
