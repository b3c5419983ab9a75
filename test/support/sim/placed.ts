import type { Placed } from '../../../main/events/room-digest.ts';
import { signedHash } from '../../../main/store/tables/rooms/signed-hash.ts';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';

/** Returns the parts of these events that a digest covers. */
export const placed = (events: readonly Envelope[]): Placed[] =>
  events.map((event) => ({
    hash: signedHash({ body: wireEvent(event), files_unsigned: 0 }),
    depth: event.depth,
  }));
