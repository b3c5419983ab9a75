import type { Redacted } from '../../shared/protocol/events/redaction.ts';
import type { Tell } from '../facts.ts';
import type { Tables } from '../store/ports.ts';
import type { NewRoom } from '../store/rules/room-table.ts';
import type { Tx } from '../store/writer.ts';
import { type Arrival, type DecisionDeps, EventDecision, type IngestOutcome } from './event-decision.ts';
import { Erasure } from './projection/erasure.ts';
import { Placeholders } from './projection/placeholders.ts';
import { Projection } from './projection/projection.ts';
import type { RuleTables } from './projection/room-writer.ts';
import type { VerifiedEvent } from './verify.ts';

export type { Arrival, IngestOutcome } from './event-decision.ts';

interface IngestDeps extends DecisionDeps {
  readonly store: Tables<'writer'>;
  readonly tables: RuleTables;
  readonly tell: Tell;
}

/** Events that are committed together with something else, or not at all. */
interface Together {
  readonly events: readonly VerifiedEvent[];
  /** A new room of ours that the events belong to. */
  readonly room?: NewRoom;
  /** Throws if an outcome is not the required one; then nothing is written. */
  readonly check: (outcome: IngestOutcome) => void;
  readonly also?: () => void;
}

/**
 * The only way in. Whether pushed by a peer, fetched by catch-up or written here, a verified event becomes a row, its
 * effect and its outbox entries in one transaction, or nothing at all. Events that arrive at about the same time share a
 * transaction (store/writer.ts), and each sees the effects of those before it.
 */
export class Ingest {
  readonly #deps: IngestDeps;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
  }

  /** Resolves once the outcome is on disk. */
  ingest(event: VerifiedEvent, arrival: Arrival = {}): Promise<IngestOutcome> {
    return this.#deps.store.writer.write((tx) => this.#decide(event, arrival, tx));
  }

  #decide(event: VerifiedEvent, arrival: Arrival, tx: Tx): IngestOutcome {
    const outcome = new EventDecision(this.#deps.tables, this.#deps).decide(event, arrival);
    this.#announce(event, outcome, tx);
    return outcome;
  }

  /** Resolves once everything is on disk; rejects with what `check` throws. */
  async ingestTogether({ events, room, check, also }: Together): Promise<void> {
    const { store, tables } = this.#deps;
    await store.writer.write((tx) => {
      if (room) tables.rooms.create(room);
      for (const event of events) check(this.#decide(event, {}, tx));
      also?.();
    });
  }

  /**
   * Accepts the remains of erased messages that we never had, as reported by `teller`, as far as it may speak about
   * them.
   */
  async adopt(left: readonly Redacted[], teller: string): Promise<number> {
    if (left.length === 0) return 0;
    const { store, tables, directory, clock, tell } = this.#deps;
    return store.writer.write((tx) => {
      const erasure = new Erasure(tables, this.#deps);
      const projection = new Projection(tables, erasure);
      const placeholders = new Placeholders({ tables, projection, erasure, directory });
      const taken = left.filter((each) => placeholders.take(each, teller, clock.now()));
      const rooms = [...new Set(taken.map((each) => each.room_id))];
      const withdrawn = erasure.takeWithdrawn();
      if (rooms.length > 0) tx.afterCommit(() => tell({ fact: 'deletion-learned', rooms, withdrawn }));
      return taken.length;
    });
  }

  #announce({ envelope, meaning, hop: by }: VerifiedEvent, outcome: IngestOutcome, tx: Tx): void {
    const { tell } = this.#deps;
    const origin = envelope.origin_server;
    if (outcome.kind === 'held') tx.afterCommit(() => tell({ fact: 'event-held', origin }));
    if (outcome.kind === 'refused' && outcome.error.details?.reason === 'event_id_conflict' && by !== null) {
      const { room_id: roomId, event_id: eventId } = envelope;
      tx.afterCommit(() => tell({ fact: 'two-texts', origin, roomId, eventId, by }));
    }
    if (outcome.kind !== 'inserted') return;
    const { destinations, withdrawn = [] } = outcome;
    const { room_id: roomId, event_id: eventId } = envelope;
    const about = { roomId, eventId, origin, by, meaning: meaning.kind, destinations, withdrawn };
    const member = meaning.kind === 'membership' ? meaning.subject : null;
    tx.afterCommit(() => tell({ fact: 'event-stored', ...about, member }));
    if (outcome.isOutdated) tx.afterCommit(() => tell({ fact: 'room-outdated', roomId }));
  }
}
