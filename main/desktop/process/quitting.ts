import type { Clock } from '../../kernel/ports.ts';

export interface QuittingParts {
  /** True when the owner wants to quit. */
  readonly ask: () => Promise<boolean>;
  /** Stops the node; what is on its way gets a moment to arrive. */
  readonly stop: () => Promise<void>;
  readonly exit: (code: number) => void;
  /** Starts the app once more; it exits right after. */
  readonly startAgain: () => void;
  readonly clock: Clock;
  readonly log: { error(details: object, message: string): void };
}

/** The outbox keeps what was not sent, so nothing is lost when it takes longer. */
export const drainMsMax = 5_000;

/** What ends the app in place of a plain exit, such as the installer of an update. */
export interface Successor {
  /** `failed` hears why it does not. */
  readonly takeOver: (failed: (error: unknown) => void) => void;
  /** How long it may take; after that the app starts again without it. */
  readonly msMax: number;
  /** Remembers why it did not take over, for the app that starts again. */
  readonly failed: (error: unknown) => void;
}

/**
 * The way out: asked once, then the node is stopped, for five seconds at most. A second quit
 * meanwhile changes nothing.
 */
export class Quitting {
  readonly #parts: QuittingParts;
  #state: 'running' | 'asking' | 'draining' | 'gone' = 'running';
  #successor: Successor | null = null;

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

  /**
   * Without a question: the system shuts down, a signal came, or a successor takes over. A shutdown that comes while the
   * node drains is an end and nothing else: no time to exchange the files of a program.
   */
  async atOnce(successor: Successor | null = null): Promise<void> {
    if (this.isLeaving) {
      if (successor === null) this.#end();
      return;
    }
    this.#state = 'draining';
    this.#successor = successor;
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
    if (this.#successor === null) this.#parts.exit(0);
    else this.#handOver(this.#successor);
  }

  #end(): void {
    const awaited = this.#successor !== null && this.#state === 'gone';
    this.#successor = null;
    if (awaited) this.#parts.exit(0);
  }

  /** Without its node the app is of no use: if nobody takes over, it starts again as it was. */
  #handOver({ takeOver, msMax, failed }: Successor): void {
    const { clock, exit, startAgain, log } = this.#parts;
    let isOver = false;
    const fail = (error: unknown): void => {
      if (isOver || this.#successor === null) return;
      isOver = true;
      log.error({ err: error }, 'an update was not installed');
      attempt(log, () => failed(error));
      attempt(log, startAgain);
      exit(1);
    };
    clock.after(msMax, () => fail(new Error('the installer did not end the app')));
    try {
      takeOver(fail);
    } catch (error) {
      fail(error);
    }
  }
}

/** On the way out nothing may keep the rest from happening. */
export function attempt(log: QuittingParts['log'], action: () => void): void {
  try {
    action();
  } catch (error) {
    log.error({ err: error }, 'something failed on the way out');
  }
}
