import type { LackingView, OutboxDestinationView } from '../../shared/api/views/delivery-views.ts';
import type { Sayable } from '../../shared/words/in-words.ts';
import { readSaid, type Said, said, sentences } from '../../shared/words/said.ts';
import type { Words } from '../../shared/words/words.ts';
import { tuning } from '../config.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Delivery } from '../outbound/delivery/delivery.ts';
import type { OutboxDecisions } from '../outbound/delivery/outbox-decisions.ts';
import type { Tables } from '../store/ports.ts';
import type { QueueRow } from '../store/tables/delivery/outbox-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { decodeCursor, isNumber, limitOf, pageFrom, type SaidApi } from './answer.ts';

export interface OutboxViewDeps {
  readonly store: Tables<'rooms' | 'outbox' | 'receipts'>;
  readonly delivery: Pick<Delivery, 'snapshot'>;
}

export interface OutboxDeps extends OutboxViewDeps {
  readonly store: Tables<'rooms' | 'outbox' | 'receipts'>;
  readonly outboxDecisions: OutboxDecisions;
  readonly directory: Pick<PeerDirectory, 'serverOf' | 'answers' | 'isAllowed'>;
  readonly registry: Pick<RoomRegistry, 'get'>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly words: Words;
}

export function outboxApi(deps: OutboxDeps) {
  const { store, outboxDecisions, directory } = deps;
  return {
    async outbox() {
      return { items: destinationViews(deps), next: null };
    },
    async lacking() {
      return { items: lackingViews(deps), silent: silentHomes(deps) };
    },
    async outboxEntries(input) {
      const limit = limitOf(input);
      const after = decodeCursor(input.cursor, isNumber) ?? 0;
      const rows = store.outbox.page(directory.serverOf(input.destination), after, limit + 1);
      return pageFrom(rows, limit, entryView, (row) => row.id);
    },
    async retryOutbox(input) {
      const destination = directory.serverOf(input.destination);
      return { retried: await outboxDecisions.retry(destination, input.event_ids ?? null) };
    },
    async giveUpOutbox(input) {
      await outboxDecisions.giveUp(directory.serverOf(input.destination), input.event_id);
      return { done: true };
    },
  } satisfies Partial<SaidApi>;
}

const entryView = (row: QueueRow) => ({
  event_id: row.event_id,
  room_id: row.room_id,
  event_type: row.event_type,
  attempts: row.attempts,
  enqueued_at: row.enqueued_at,
  next_attempt_at: row.next_attempt_at,
  last_status: row.last_status,
  last_error: row.last_error === null ? null : readSaid(row.last_error),
  state: row.state,
});

export function destinationViews({ store, delivery }: OutboxViewDeps): Sayable<OutboxDestinationView>[] {
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

function stateText(state: string | undefined, lastError: Said | null): Said {
  switch (state) {
    case 'sending':
      return said('delivery.state_sending');
    case 'waiting':
      return lastError ?? said('delivery.state_waiting');
    case 'parked':
      return sentences(said('delivery.state_parked'), lastError);
    case 'closed_by_us':
      return sentences(said('delivery.state_closed'), lastError);
    default:
      return said('delivery.state_idle');
  }
}

/**
 * Lists what member servers lack of what was written here, as far as the rooms' homes have reported. Longest list
 * first.
 */
function lackingViews({ store, clock, words }: OutboxDeps): LackingView[] {
  // Failures are shown for as long as failed attempts are.
  const rows = store.receipts.lacking(clock.now() - tuning.attemptsKeepMs);
  const byServer = Map.groupBy(rows, (row) => `${row.server_name} ${row.via}`);
  return [...byServer.values()]
    .map((states) => {
      const { server_name, via } = states[0]!;
      const count = (...wanted: string[]): number =>
        states.reduce((sum, row) => sum + (wanted.includes(row.state) ? row.count : 0), 0);
      const latest = via === null ? undefined : store.receipts.latest(server_name, via);
      return {
        server_name,
        via,
        waiting: count('waiting'),
        unknown: count('unknown'),
        held: count('held'),
        refused: count('refused', 'gave_up'),
        reason: latest?.reason ? words.delivery.reasons[latest.reason] : null,
        next_attempt_at: latest?.next_attempt_at ?? null,
      };
    })
    .sort(
      (a, b) => b.waiting + b.unknown - a.waiting - a.unknown || (a.server_name < b.server_name ? -1 : 1),
    );
}

/** Homes of rooms with members on servers we don't deliver to, if they don't report who has our events. */
function silentHomes({ store, registry, directory, keyring }: OutboxDeps): string[] {
  if (!keyring.isSetUp) return [];
  const self = keyring.serverName;
  const homes = new Set<string>();
  for (const { room_id, home } of store.rooms.rooms()) {
    if (home === self || homes.has(home) || directory.answers(home, 'receipts')) continue;
    const servers = [...(registry.get(room_id)?.servers ?? [])];
    const isMember = servers.includes(self);
    if (
      isMember &&
      servers.some((server) => server !== self && server !== home && !directory.isAllowed(server))
    )
      homes.add(home);
  }
  return [...homes].sort();
}
