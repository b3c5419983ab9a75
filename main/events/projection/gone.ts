import type { ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { type ErasedBody, isErased, readErased } from '../../store/erased-body.ts';
import type { EventRow } from '../../store/tables/rooms/event-store.ts';

/** The answer to a request for an event whose text was erased here, or never verified; null for any other event, and a damaged one. */
export function goneIfErased(row: EventRow): ProtocolError | null {
  const remains = isErased(row) ? remainsIn(row) : null;
  if (remains === null) return null;
  const { at, left } = remains;
  const reason = left.erased;
  if (reason === 'unverified')
    return refusal('NOT_FOUND', said('event.unverified', { event: row.event_id, server: row.origin_server }));
  const what = { event: row.event_id, at };
  return refusal(
    'GONE',
    reason === 'deleted' ? said('event.erased_deleted', what) : said('event.erased_edited', what),
    {
      details: { reason, erased_at: at },
    },
  );
}

function remainsIn(row: EventRow): ErasedBody | null {
  try {
    return readErased(row);
  } catch {
    return null;
  }
}
