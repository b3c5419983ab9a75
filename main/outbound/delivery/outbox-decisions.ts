import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Tell } from '../../facts.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Tables } from '../../store/ports.ts';
import type { Delivery } from './delivery.ts';

/** Carries out what the owner decides about events that wait for a server: try now, or give up. */
export class OutboxDecisions {
  readonly #store: Tables<'outbox' | 'writer'>;
  readonly #delivery: Pick<Delivery, 'kick' | 'retryNow'>;
  readonly #clock: Clock;
  readonly #tell: Tell;

  constructor(deps: {
    readonly store: Tables<'outbox' | 'writer'>;
    readonly delivery: Pick<Delivery, 'kick' | 'retryNow'>;
    readonly clock: Clock;
    readonly tell: Tell;
  }) {
    this.#store = deps.store;
    this.#delivery = deps.delivery;
    this.#clock = deps.clock;
    this.#tell = deps.tell;
  }

  /** Puts dead letters back, all or some, and tries everything immediately. Resolves with how many now wait. */
  async retry(destination: string, chosen: readonly string[] | null): Promise<number> {
    const rooms = await this.#store.writer.write(() =>
      this.#store.outbox.replay(destination, chosen, this.#clock.now()),
    );
    if (rooms.length > 0) this.#delivery.kick(destination, new Set(rooms));
    this.#delivery.retryNow(destination);
    this.#tell({ fact: 'queue-changed', destination });
    const counts = this.#store.outbox.counts().find((row) => row.destination === destination);
    return counts ? counts.queued + counts.retrying + counts.parked : 0;
  }

  /** NOT_FOUND if this event does not wait for this server. */
  async giveUp(destination: string, eventId: string): Promise<void> {
    const entry = this.#store.outbox.entry(destination, eventId);
    if (!entry)
      throw refusal('NOT_FOUND', said('control.not_waiting', { event: eventId, server: destination }));
    await this.#store.writer.write((tx) => {
      this.#store.outbox.giveUp(entry);
      tx.afterCommit(() => this.#tell({ fact: 'queue-changed', destination }));
    });
  }
}
