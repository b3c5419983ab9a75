import type { ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import { isErased, readErased } from '../../store/erased-body.ts';
import type { EventRow } from '../../store/tables/rooms/event-store.ts';

/** The answer to a request for an event whose text was erased here; null for any other event. */
export function goneIfErased(row: EventRow): ProtocolError | null {
  if (!isErased(row)) return null;
  const { at, left } = readErased(row);
  const reason = left.erased;
  const what = { event: row.event_id, at };
  return refusal(
    'GONE',
    reason === 'deleted' ? said('event.erased_deleted', what) : said('event.erased_edited', what),
    {
      details: { reason, erased_at: at },
    },
  );
}
