import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import { parseEnvelope, type UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { type Meaning, meaningOf } from '../../../shared/protocol/events/event-content.ts';
import { type ErasedReason, meaningOfRedacted } from '../../../shared/protocol/events/redaction.ts';
import { isErased, readErased } from '../../store/erased-body.ts';

/** A stored event, read back. */
export interface Stored {
  readonly event: UnsignedEvent;
  /** For an erased event: with empty text. */
  readonly meaning: Meaning;
  readonly erased: ErasedReason | null;
}

/** Reads what `federation_events` holds, erased or not. */
export function readStored(row: { readonly body: string }): Stored {
  if (!isErased(row)) {
    const event = parseEnvelope(row.body);
    return { event, meaning: meaningOf(event), erased: null };
  }
  const event = readErased(row).left;
  return { event, meaning: meaningOfRedacted(event), erased: event.erased };
}

/** The text of a stored message or edit; null if it was erased. */
export function wordsOf(body: string | null): string | null {
  if (body === null) return null;
  const { meaning, erased } = readStored({ body });
  return erased === null && (meaning.kind === 'message' || meaning.kind === 'edit') ? meaning.body : null;
}

/** The files that a stored message names; none if it was erased. */
export function filesIn(body: string): FileNote[] {
  const { meaning, erased } = readStored({ body });
  return erased === null && meaning.kind === 'message' ? [...meaning.files] : [];
}
