import { ProtocolError } from '../../../shared/protocol/errors.ts';
import type { Meaning } from '../../../shared/protocol/events/event-content.ts';
import { meaningOfRedacted, type Redacted } from '../../../shared/protocol/events/redaction.ts';
import { parseEventId, parseUserId } from '../../../shared/protocol/identifiers.ts';
import { tuning } from '../../config.ts';
import { writeErased } from '../../store/erased-body.ts';
import { eventState } from '../../store/tables/rooms/event-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { type Erasure, namesOf } from './erasure.ts';
import type { Projection } from './projection.ts';
import type { Room } from './room-permissions.ts';
import type { RuleTables } from './room-writer.ts';

/** A message by its names and its author. */
type Named = Parameters<Erasure['isDeleted']>[1];

interface PlaceholderDeps {
  readonly tables: RuleTables;
  readonly projection: Projection;
  readonly erasure: Erasure;
  readonly directory: Pick<PeerDirectory, 'standing'>;
}

/**
 * Messages that were erased elsewhere before we had them, or that nobody can verify here, because their server started
 * over and its earlier key is not known. Nobody signed these remains, so only two servers are
 * believed: the room's home, which decides what the room shows, and the server that wrote the message. Either can
 * invent a message without text and nothing more, because text never comes this way, and the message itself,
 * signed by its origin, replaces the placeholder when it arrives. A home that lost data can ask only its members. They
 * are believed about a message that a signed delete or edit names.
 */
export class Placeholders {
  readonly #tables: RuleTables;
  readonly #deps: PlaceholderDeps;

  constructor(deps: PlaceholderDeps) {
    this.#tables = deps.tables;
    this.#deps = deps;
  }

  /** Returns whether it was new here. */
  take(left: Redacted, teller: string, now: number): boolean {
    const { events, rooms, queues } = this.#tables;
    const { projection, erasure } = this.#deps;
    const room = rooms.get(left.room_id);
    const meaning = messageOf(left);
    if (!room || !meaning) return false;
    const message = { ...namesOf(left, meaning), sender: left.sender, channel_id: meaning.channelId };
    if (!this.#isBelieved(room, left, message, teller)) return false;
    if (events.byId(left.event_id) || queues.isHeld(left.event_id) || events.isDiscarded(left.event_id))
      return false;
    if (room.row.dropped_to >= 0 && events.isDropped(left)) return false;
    const state = projection.decide(room, left, now);
    if (
      state !== eventState.applied &&
      events.pendingCount(left.room_id, left.origin_server) >= tuning.pendingEventsMax
    )
      return false;
    const { event_id, room_id, event_type, sender, origin_server, origin_ts, depth } = left;
    const row = {
      event_id,
      room_id,
      event_type,
      sender,
      origin_server,
      origin_ts,
      depth,
      state,
      target: null,
      subject: null,
      body: writeErased(left, { why: left.erased, at: now, hash: null }, null),
      key_id: '',
      files_unsigned: 0 as const,
      received_from: teller,
      received_at: now,
    };
    const stored = { event: left, meaning, erased: left.erased };
    const seq = events.insert(row);
    if (state !== eventState.ahead) room.highestDepth = Math.max(room.highestDepth, left.depth);
    // A delete that its author signed came before it, and so did reactions: only now is it known that they are meant.
    if (erasure.isDeleted(room, message)) erasure.eraseEffectsOn(room, message);
    projection.add(room, { ...stored, seq }, state);
    return true;
  }

  #isBelieved(room: Room, left: Redacted, message: Named, teller: string): boolean {
    const { rooms } = this.#tables;
    const standing = this.#deps.directory.standing(left.origin_server);
    if (standing === 'blocked' || standing === 'quarantined') return false;
    const { server } = parseUserId(left.sender);
    if (parseEventId(left.event_id).server !== server) return false;
    if (teller === room.row.home) return true;
    if (rooms.serverOfUser(left.sender, room) !== left.origin_server) return false;
    return teller === left.origin_server || this.#isSpokenOf(room, left, message);
  }

  /** Whether its author or the home has signed an event that explains why the text is gone. */
  #isSpokenOf(room: Room, { erased }: Redacted, message: Named): boolean {
    return erased === 'edited'
      ? this.#tables.events.latestEdits(room.row.room_id, message).length > 0
      : this.#deps.erasure.isDeleted(room, message);
  }
}

function messageOf(left: Redacted): (Meaning & { kind: 'message' }) | null {
  try {
    const meaning = meaningOfRedacted(left);
    return meaning.kind === 'message' ? meaning : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
