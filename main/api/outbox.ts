import type { Api } from '../../shared/api/contract.ts';
import type { OutboxDestinationView } from '../../shared/api/views.ts';
import { notFound } from '../../shared/protocol/errors.ts';
import type { QueueRow } from '../store/tables/outbox-store.ts';
import { lackingViews, silentHomes } from './lacking-view.ts';
import { decodeCursor, isNumber, limitOf, pageFrom } from './page.ts';
import type { ApiParts, WordedParts } from './parts.ts';

type OutboxApi = Pick<Api, 'outbox' | 'lacking' | 'outboxEntries' | 'retryOutbox' | 'giveUpOutbox'>;

export function outboxApi(parts: WordedParts): OutboxApi {
  const { store, delivery, directory, ports, changes } = parts;
  return {
    async outbox() {
      return { items: destinationViews(parts), next: null };
    },
    async lacking() {
      return { items: lackingViews(parts), silent: silentHomes(parts) };
    },
    async outboxEntries(input) {
      const limit = limitOf(input);
      const after = decodeCursor(input.cursor, isNumber) ?? 0;
      const rows = store.outbox.page(directory.serverOf(input.destination), after, limit + 1);
      return pageFrom(rows, limit, entryView, (row) => row.id);
    },
    async retryOutbox(input) {
      const destination = directory.serverOf(input.destination);
      const chosen = input.event_ids ?? null;
      const rooms = await store.writer.write(() =>
        store.outbox.replay(destination, chosen, ports.clock.now()),
      );
      if (rooms.length > 0) delivery.kick(destination, new Set(rooms));
      delivery.retryNow(destination);
      changes.publish({ topic: 'outbox', destination });
      const counts = store.outbox.counts().find((row) => row.destination === destination);
      return { retried: counts ? counts.queued + counts.retrying + counts.parked : 0 };
    },
    async giveUpOutbox(input) {
      const destination = directory.serverOf(input.destination);
      const entry = store.outbox.entry(destination, input.event_id);
      if (!entry) throw notFound(`Nothing with the id ${input.event_id} waits for ${destination}.`);
      await store.writer.write(() => store.outbox.giveUp(entry));
      delivery.reread(destination);
      changes.publish({ topic: 'outbox', destination });
      return { done: true };
    },
  };
}

const entryView = (row: QueueRow) => ({
  event_id: row.event_id,
  room_id: row.room_id,
  event_type: row.event_type,
  attempts: row.attempts,
  enqueued_at: row.enqueued_at,
  next_attempt_at: row.next_attempt_at,
  last_status: row.last_status,
  last_error: row.last_error,
  state: row.state,
});

export function destinationViews({ store, delivery }: ApiParts): OutboxDestinationView[] {
  const links = new Map(delivery.snapshot().map((link) => [link.destination, link]));
  return store.outbox.counts().map((row) => {
    const link = links.get(row.destination);
    return {
      server_name: row.destination,
      queued: row.queued,
      retrying: row.retrying,
      parked: row.parked,
      dead: row.dead,
      in_flight: link?.inFlight ?? 0,
      next_attempt_at: link?.nextAttemptAt ?? null,
      last_error: link?.lastError ?? null,
      state_text: stateText(link?.state, link?.lastError ?? null),
    };
  });
}

function stateText(state: string | undefined, lastError: string | null): string {
  switch (state) {
    case 'sending':
      return 'Sending.';
    case 'waiting':
      return `Waiting to try again. ${lastError ?? ''}`.trimEnd();
    case 'parked':
      return `Parked, tried now and then. ${lastError ?? ''}`.trimEnd();
    case 'closed_by_us':
      return `Held back. ${lastError ?? ''}`.trimEnd();
    default:
      return 'Nothing is under way.';
  }
}
