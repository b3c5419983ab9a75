import { forbidden } from '../../shared/protocol/errors.ts';
import { parseReceipts } from '../../shared/protocol/receipts.ts';
import { said } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { EventIn } from '../store/tables/rooms/event-store.ts';
import type { RoomRegistry } from './projection/room-registry.ts';

export interface TakeReceiptsDeps {
  readonly store: Tables<'events' | 'receipts' | 'writer'>;
  readonly registry: RoomRegistry;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly tell: Tell;
}

/**
 * Takes what a room's home reports about who has our events (`POST receipts`). It may report about our events in its
 * own rooms, to servers that it delivers to; anything else refuses the whole list. Entries we don't need (an event we
 * no longer have, a server that was not a member when we wrote, one we deliver to ourselves, one that is known to have
 * it) are skipped, because an honest home may not know better. Resolves with the number of entries used, once they are
 * on disk.
 */
export async function takeReceipts(deps: TakeReceiptsDeps, home: string, text: string): Promise<number> {
  const { store, clock, tell } = deps;
  const told = parseReceipts(text, clock.now());
  const events = store.events.byIds(told.map(({ event_id }) => event_id));
  const known = told.flatMap((receipt) => {
    const seq = seqOf(deps, home, events.get(receipt.event_id));
    return seq === null ? [] : [{ receipt, seq }];
  });
  return store.writer.write((tx) => {
    const taken = store.receipts.take(home, known);
    const deliveries = taken.map(({ receipt: { server_name, event_id, state } }) => ({
      destination: server_name,
      eventId: event_id,
      outcome: state,
    }));
    tx.afterCommit(() => tell({ fact: 'deliveries-recorded', deliveries }));
    return taken.length;
  });
}

function seqOf(
  { registry, keyring }: TakeReceiptsDeps,
  home: string,
  event: EventIn | undefined,
): number | null {
  if (!event) return null;
  const { event_id } = event;
  if (event.origin_server !== keyring.serverName)
    throw forbidden(said('wire.not_written_here', { event: event_id }), { reason: 'not_the_origin' });
  const room = registry.get(event.room_id);
  if (!room) return null;
  if (room.row.home !== home)
    throw forbidden(said('wire.not_home', { room: event.room_id, event: event_id }), {
      reason: 'not_by_home',
    });
  return event.seq;
}
