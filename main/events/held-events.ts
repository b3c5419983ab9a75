import { ProtocolError } from '../../shared/protocol/errors.ts';
import { parseEnvelope } from '../../shared/protocol/events/envelope.ts';
import { type Said, saidOf } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Tables } from '../store/ports.ts';
import type { HeldRow } from '../store/tables/rooms/held-store.ts';
import type { Ingest } from './ingest.ts';
import type { EventVerifier } from './verify.ts';

interface Deps {
  readonly store: Tables<'held' | 'writer'>;
  readonly verifier: Pick<EventVerifier, 'verify'>;
  readonly ingest: Pick<Ingest, 'ingest'>;
  readonly tell: Tell;
}

/**
 * Carries out what the owner decides about held events of a quarantined server. Without `eventIds`: about all of them.
 */
export class HeldEvents {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Each event is ingested like any other, in the order of arrival, but skips the quarantine. The transaction that
   * stores an event also ends its hold.
   */
  async release(
    server: string,
    eventIds: readonly string[] | undefined,
  ): Promise<{ released: number; refused: { event_id: string; message: Said }[] }> {
    const { verifier, ingest, tell } = this.#deps;
    const refused: { event_id: string; message: Said }[] = [];
    let released = 0;
    for (const row of this.#chosen(server, eventIds)) {
      try {
        const event = await verifier.verify(parseEnvelope(row.body), row.hop);
        const outcome = await ingest.ingest(event, { released: true });
        if (outcome.kind === 'refused') throw outcome.error;
        released++;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refused.push({ event_id: row.event_id, message: saidOf(error) });
      }
    }
    tell({ fact: 'held-decided', origin: server });
    return { released, refused };
  }

  /** Discards the events, and doesn't hold them if they are sent again. Resolves with the number of events. */
  async discard(server: string, eventIds: readonly string[] | undefined): Promise<number> {
    const { store, tell } = this.#deps;
    const chosen = this.#chosen(server, eventIds);
    await store.writer.write((tx) => {
      for (const row of chosen) store.held.discard(row.event_id);
      tx.afterCommit(() => tell({ fact: 'held-decided', origin: server }));
    });
    return chosen.length;
  }

  #chosen(server: string, eventIds: readonly string[] | undefined): HeldRow[] {
    const all = this.#deps.store.held.page(server, 0, Number.MAX_SAFE_INTEGER);
    return eventIds === undefined ? all : all.filter((row) => eventIds.includes(row.event_id));
  }
}
