import { signedText } from '../../shared/protocol/events/attachments.ts';
import type { Envelope } from '../../shared/protocol/events/envelope.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { said } from '../../shared/words/said.ts';
import { isErased, readErased } from '../store/erased-body.ts';
import type { Copy } from '../store/rules/event-table.ts';
import type { EventRow } from '../store/tables/rooms/event-store.ts';
import { hashOf } from './projection/erasure.ts';
import type { RuleTables } from './projection/room-writer.ts';
import { readStored } from './projection/stored.ts';
import type { VerifiedEvent } from './verify.ts';

/**
 * Same ID and same bytes: a duplicate. Same ID and other bytes: the first is kept; throws CONFLICT, of which the owner
 * is warned (conflict-log.ts; docs/protocol/events.md, "The envelope"). False if only the remains of an erased event are known, from
 * other servers: the event itself is new.
 */
export function isKnown({ events }: RuleTables, row: EventRow, event: VerifiedEvent): boolean {
  const { envelope } = event;
  if (isDamagedCopy(row, event)) {
    events.replaceCopy(row, copyOf(event));
    return true;
  }
  if (isErased(row) && readErased(row).hash === null) return false;
  if (isSame(row, event)) {
    if (!isErased(row) && isPreferred(row, event)) events.replaceCopy(row, copyOf(event));
    return true;
  }
  throw refusal('CONFLICT', said('event.id_taken', { event: envelope.event_id }), {
    details: { scope: 'event', reason: 'event_id_conflict' },
  });
}

/** Whether our copy of this event can't be read any more. */
function isDamagedCopy(row: EventRow, { envelope }: VerifiedEvent): boolean {
  const isIts = row.room_id === envelope.room_id && row.origin_server === envelope.origin_server;
  return isIts && readStored(row).isDamaged === true;
}

/** An event is defined by what its origin signed. */
function isSame(row: EventRow, event: VerifiedEvent): boolean {
  if (isErased(row)) return readErased(row).hash === hashOf(event.envelope, event.filesUnsigned);
  return (
    row.body === event.body ||
    signedText(readStored(row).event as Envelope, row.files_unsigned === 1) ===
      signedText(event.envelope, event.filesUnsigned)
  );
}

/**
 * Unsigned file names are only as trustworthy as the server they came from, so those from the origin replace others.
 */
function isPreferred(row: EventRow, event: VerifiedEvent): boolean {
  const { origin_server } = event.envelope;
  return row.body !== event.body && event.hop === origin_server && row.received_from !== origin_server;
}

/** An event as it may replace another copy of it. */
export const copyOf = ({ body, filesUnsigned, hop, keyId }: VerifiedEvent): Copy => ({
  body,
  files_unsigned: filesUnsigned ? 1 : 0,
  hop,
  key_id: keyId,
});
