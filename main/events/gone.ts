import { gone, type ProtocolError } from '../../shared/protocol/errors.ts';
import type { ErasedReason } from '../../shared/protocol/redaction.ts';
import { isErased, readErased } from '../store/erased-body.ts';
import type { EventRow } from '../store/tables/event-store.ts';

const why: Readonly<Record<ErasedReason, string>> = {
  deleted: 'the message was deleted',
  edited: 'a newer edit replaced it and this server keeps no earlier versions',
};

/** What is answered where somebody asks for an event whose words were erased here; null for any other. */
export function goneIfErased(row: EventRow): ProtocolError | null {
  if (!isErased(row)) return null;
  const { at, left } = readErased(row);
  const reason = left.erased;
  const day = new Date(at).toISOString().slice(0, 10);
  return gone(`This server erased the text of ${row.event_id} on ${day}, because ${why[reason]}.`, {
    reason,
    erased_at: at,
  });
}
