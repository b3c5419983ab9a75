import { parseEnvelope, type UnsignedEvent } from '../../shared/protocol/envelope.ts';
import { type Meaning, meaningOf } from '../../shared/protocol/event-content.ts';
import { type ErasedReason, meaningOfRedacted, parseRedacted } from '../../shared/protocol/redaction.ts';
import type { EventRow } from '../store/event-store.ts';

/** A stored event as it is read back. */
export interface Stored {
  readonly event: UnsignedEvent;
  /** Of an erased event: with empty words. */
  readonly meaning: Meaning;
  readonly erased: ErasedReason | null;
}

/** The one way to read what `federation_events` holds, erased or not. */
export function readStored(row: Pick<EventRow, 'body' | 'erased_at'>): Stored {
  if (row.erased_at === null) {
    const event = parseEnvelope(row.body);
    return { event, meaning: meaningOf(event), erased: null };
  }
  const event = parseRedacted(row.body);
  return { event, meaning: meaningOfRedacted(event), erased: event.erased };
}
