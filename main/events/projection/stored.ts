import { plainText } from '../../../shared/protocol/coding/plain-text.ts';
import type { FileNote } from '../../../shared/protocol/events/attachments.ts';
import { parseEnvelope, type UnsignedEvent } from '../../../shared/protocol/events/envelope.ts';
import { type Meaning, meaningOf, type Profile } from '../../../shared/protocol/events/event-content.ts';
import { type LeftReason, meaningOfRedacted } from '../../../shared/protocol/events/redaction.ts';
import { isUserId } from '../../../shared/protocol/identifiers.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { isErased, readErased } from '../../store/erased-body.ts';
import type { EventRow } from '../../store/tables/rooms/event-store.ts';

/** A stored event, read back. */
export interface Stored {
  readonly event: UnsignedEvent;
  /** Has an empty text if the event was erased. */
  readonly meaning: Meaning;
  readonly erased: LeftReason | null;
  /** Says that the text can't be read any more. `recovery/scrub.ts` fetches it again. */
  readonly isDamaged?: true;
}

type Row = Pick<EventRow, 'body'> & Partial<EventRow>;

/** Reads what `federation_events` holds, erased or not. One damaged row must not affect the others. */
export function readStored(row: Row): Stored {
  try {
    if (!isErased(row)) {
      const event = parseEnvelope(row.body);
      return { event, meaning: meaningOf(event), erased: null };
    }
    const event = readErased(row).left;
    return { event, meaning: meaningOfRedacted(event), erased: event.erased };
  } catch {
    return { event: remainsOf(row), meaning: { kind: 'other' }, erased: null, isDamaged: true };
  }
}

/** Makes an event of what its row says beside the text. */
const remainsOf = (row: Row): UnsignedEvent => ({
  event_id: row.event_id ?? '',
  room_id: row.room_id ?? '',
  event_type: row.event_type ?? '',
  sender: row.sender ?? '',
  origin_server: row.origin_server ?? '',
  origin_ts: row.origin_ts ?? 0,
  depth: row.depth ?? 0,
  state_key: row.subject ?? null,
  content: new Map(),
});

/** The text of a stored message or edit; null if it was erased, or is damaged. */
export function wordsOf(body: string | null): string | null {
  if (body === null) return null;
  const { meaning, erased } = readStored({ body });
  return erased === null && (meaning.kind === 'message' || meaning.kind === 'edit') ? meaning.body : null;
}

/** Reads what the sender of a stored profile shows; null without a profile. */
export function profileIn(body: string | null): Profile | null {
  const meaning = body === null ? null : readStored({ body }).meaning;
  return meaning?.kind === 'profile' ? meaning : null;
}

/** Reads what a stored profile calls its sender; null without a profile. */
export const nameIn = (body: string | null): string | null => profileIn(body)?.displayName ?? null;

/** Who took a user out of a room, and why, as its home says in a leave. Null if it doesn't say who. */
export function removalIn(body: string): { readonly by: string; readonly reason: string | null } | null {
  const { content } = readStored({ body }).event;
  const [by, reason] = [content.get('removed_by'), content.get('reason')];
  if (typeof by !== 'string' || !isUserId(by)) return null;
  return { by, reason: typeof reason === 'string' ? plainText(reason, limits.reasonCharsMax) : null };
}

/** Who decided what the home of a room has signed: the moderator whom it names, or else its sender. */
export function deciderIn(body: string): string {
  const { content, sender } = readStored({ body }).event;
  const by = content.get('deleted_by');
  return typeof by === 'string' && isUserId(by) ? by : sender;
}

/** The files that a stored message names; none if it was deleted, or is damaged. */
export function filesIn(body: string): FileNote[] {
  const { meaning } = readStored({ body });
  return meaning.kind === 'message' ? [...meaning.files] : [];
}

/** Whether a stored text is JSON at all, so that it doesn't spoil the page that it is on. */
export function isJsonText(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
