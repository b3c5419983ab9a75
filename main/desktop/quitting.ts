import type { Clock } from '../ports.ts';

export interface QuittingParts {
  /** True when the owner wants to quit. */
  readonly ask: () => Promise<boolean>;
  /** Stops the node; what is on its way gets a moment to arrive. */
  readonly stop: () => Promise<void>;
  readonly exit: (code: number) => void;
  readonly clock: Clock;
  readonly log: { error(details: object, message: string): void };
}

/** The outbox keeps what was not sent, so nothing is lost when it takes longer. */
export const drainMsMax = 5_000;

/**
 * The way out: asked once, then the node is stopped, for five seconds at most. Whoever says quit again meanwhile has
 * been heard already.
 */
export class Quitting {
  readonly #parts: QuittingParts;
  #state: 'running' | 'asking' | 'draining' | 'gone' = 'running';

  constructor(parts: QuittingParts) {
    this.#parts = parts;
  }

  /** From here on windows close. */
  get isLeaving(): boolean {
    return this.#state === 'draining' || this.#state === 'gone';
  }

  /** The node has stopped; nothing has to be held up any more. */
  get isGone(): boolean {
    return this.#state === 'gone';
  }

  async afterAsking(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'asking';
    const wanted = await this.#parts.ask().catch(() => true);
    // The system may have begun to shut down while the question stood there.
    if (this.#state !== 'asking') return;
    this.#state = 'running';
    if (wanted) await this.atOnce();
  }

  /** Without a question: the system shuts down, a signal came, an update is to be installed `instead` of an exit. */
  async atOnce(instead?: () => void): Promise<void> {
    if (this.isLeaving) return;
    this.#state = 'draining';
    const { clock, log } = this.#parts;
    await new Promise<void>((resolve) => {
      const giveUp = clock.after(drainMsMax, resolve);
      this.#parts
        .stop()
        .catch((error: unknown) => log.error({ err: error }, 'stopping failed'))
        .finally(() => {
          giveUp();
          resolve();
        });
    });
    this.#state = 'gone';
    try {
      if (instead) instead();
      else this.#parts.exit(0);
    } catch (error) {
      // Without its node the app is of no use.
      log.error({ err: error }, 'an update was not installed');
      this.#parts.exit(1);
    }
  }
}
