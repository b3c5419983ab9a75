import { gone, type ProtocolError } from '../../shared/protocol/errors.ts';
import type { ErasedReason } from '../../shared/protocol/redaction.ts';
import type { EventRow } from '../store/event-store.ts';
import { readStored } from './stored.ts';

const why: Readonly<Record<ErasedReason, string>> = {
  deleted: 'it was deleted',
  edited: 'a newer edit replaced it, and this server keeps no earlier versions',
};

/** What is answered where somebody asks for an event whose words were erased here; null for any other. */
export function goneIfErased(row: EventRow): ProtocolError | null {
  if (row.erased_at === null) return null;
  const reason = readStored(row).erased ?? 'deleted';
  const day = new Date(row.erased_at).toISOString().slice(0, 10);
  return gone(`The text of ${row.event_id} was erased here on ${day}, because ${why[reason]}.`, {
    reason,
    erased_at: row.erased_at,
  });
}
