import type { Redacted } from '../../shared/protocol/events/redaction.ts';
import type { Tell } from '../facts.ts';
import type { NewRoom } from '../store/batch/batch-port.ts';
import type { Tx } from '../store/writer.ts';
import type { Decider } from './batch/decider.ts';
import { forEachLoaded } from './batch/questions.ts';
import {
  type Arrival,
  type DecisionParts,
  EventDecision,
  expectEvent,
  type IngestOutcome,
} from './event-decision.ts';
import { Erasure } from './projection/erasure.ts';
import { Placeholders } from './projection/placeholders.ts';
import { Projection } from './projection/projection.ts';
import type { VerifiedEvent } from './verify.ts';

export type { Arrival, IngestOutcome } from './event-decision.ts';

export interface IngestParts extends DecisionParts {
  readonly decider: Decider;
  readonly tell: Tell;
}

/** Events that are committed together with something else, or not at all. */
export interface Together {
  readonly events: readonly VerifiedEvent[];
  /** A new room of ours that the events belong to. */
  readonly room?: NewRoom;
  /** Throws if an outcome is not the required one; then nothing is written. */
  readonly check: (outcome: IngestOutcome) => void;
  readonly also?: () => void;
}

/**
 * The only way in. Whether pushed by a peer, fetched by catch-up or written here, a verified event becomes a row, its
 * effect and its outbox entries in one transaction, or nothing at all.
 */
export class Ingest {
  readonly #parts: IngestParts;

  constructor(parts: IngestParts) {
    this.#parts = parts;
  }

  /** Resolves once the outcome is on disk. */
  ingest(event: VerifiedEvent, arrival: Arrival = {}): Promise<IngestOutcome> {
    return this.#parts.decider.run({
      expect: (set) => expectEvent(set, event, this.#parts.keyring.serverName),
      decide: (set) => new EventDecision(set, this.#parts).decide(event, arrival),
      also: (outcome, tx) => this.#announce(event, outcome, tx),
    });
  }

  /** Resolves once everything is on disk; rejects with what `check` throws. */
  async ingestTogether({ events, room, check, also }: Together): Promise<void> {
    await this.#parts.decider.run({
      expect: (set) => {
        for (const event of events) expectEvent(set, event, this.#parts.keyring.serverName);
      },
      decide: (set) => {
        if (room) set.rooms.create(room);
        return events.map((event) => {
          const outcome = new EventDecision(set, this.#parts).decide(event, {});
          check(outcome);
          return outcome;
        });
      },
      also: (outcomes, tx) => {
        events.forEach((event, i) => {
          this.#announce(event, outcomes[i] as IngestOutcome, tx);
        });
        also?.();
      },
    });
  }

  /**
   * Accepts the remains of erased messages that we never had, as reported by `teller`, as far as it may speak about
   * them.
   */
  async adopt(left: readonly Redacted[], teller: string): Promise<number> {
    if (left.length === 0) return 0;
    const { decider, directory, clock, tell } = this.#parts;
    const { taken } = await decider.run({
      expect: (set) => {
        for (const each of left) Placeholders.expect(set, each);
      },
      decide: (set) => {
        const erasure = new Erasure(set, this.#parts);
        const projection = new Projection(set, erasure);
        const placeholders = new Placeholders({ set, projection, erasure, directory });
        const taken: Redacted[] = [];
        forEachLoaded(left, (each) => {
          if (placeholders.take(each, teller, clock.now())) taken.push(each);
        });
        return { taken, withdrawn: erasure.takeWithdrawn() };
      },
      also: ({ taken, withdrawn }, tx) => {
        const rooms = [...new Set(taken.map((each) => each.room_id))];
        if (rooms.length > 0) tx.afterCommit(() => tell({ fact: 'deletion-learned', rooms, withdrawn }));
      },
    });
    return taken.length;
  }

  #announce({ envelope, meaning, hop: by }: VerifiedEvent, outcome: IngestOutcome, tx: Tx): void {
    const { tell } = this.#parts;
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
    tx.afterCommit(() => tell({ fact: 'event-stored', ...about }));
  }
}
