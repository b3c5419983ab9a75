import { said } from '../../shared/words/said.ts';
import type { Rediscovery } from '../trust/discovery/rediscovery.ts';
import type { CatchUp } from './catch-up/catch-up.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { HeldQuestions } from './delivery/held-questions.ts';
import type { ReceiptTeller } from './receipts/receipt-teller.ts';

/** Everything this node requests and sends on its own. It starts, pauses and stops together. */
export class Traffic {
  readonly #delivery: Delivery;
  readonly #receipts: Pick<ReceiptTeller, 'start' | 'stop'>;
  readonly #heldQuestions: Pick<HeldQuestions, 'start' | 'stop'>;
  readonly #catchUp: Pick<CatchUp, 'start' | 'stop'>;
  readonly #rediscovery: Pick<Rediscovery, 'start' | 'stop'>;

  constructor(deps: {
    readonly delivery: Delivery;
    readonly receipts: Pick<ReceiptTeller, 'start' | 'stop'>;
    readonly heldQuestions: Pick<HeldQuestions, 'start' | 'stop'>;
    readonly catchUp: Pick<CatchUp, 'start' | 'stop'>;
    readonly rediscovery: Pick<Rediscovery, 'start' | 'stop'>;
  }) {
    this.#delivery = deps.delivery;
    this.#receipts = deps.receipts;
    this.#heldQuestions = deps.heldQuestions;
    this.#catchUp = deps.catchUp;
    this.#rediscovery = deps.rediscovery;
  }

  async start(paused: boolean): Promise<void> {
    await this.setPaused(paused);
    this.#delivery.start();
  }

  /** Resolves once nothing is sent or read any more, or once everything has been started again. */
  async setPaused(paused: boolean): Promise<void> {
    this.#delivery.setPaused(paused ? said('delivery.paused') : null);
    if (paused) {
      this.#receipts.stop();
      await this.stopReading();
      return;
    }
    this.#receipts.start();
    this.#heldQuestions.start();
    this.#catchUp.start();
    this.#rediscovery.start();
  }

  /** After the computer was asleep. */
  async wake(paused: boolean): Promise<void> {
    await this.setPaused(paused);
    this.#delivery.woke();
  }

  async stopReading(): Promise<void> {
    this.#heldQuestions.stop();
    await Promise.all([this.#catchUp.stop(), this.#rediscovery.stop()]);
  }

  /** Reading has stopped before. Events that can be delivered right now have `drainMs` left. */
  async stop(drainMs: number): Promise<void> {
    await this.#delivery.drain(drainMs);
    await this.#delivery.stop();
  }
}
