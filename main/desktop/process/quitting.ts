import type { Clock } from '../../kernel/ports.ts';

export interface QuittingDeps {
  /** Resolves with true if the owner wants to quit. */
  readonly ask: () => Promise<boolean>;
  /** Settles when the start of the node has ended; `null` if the node isn't starting. */
  readonly starting: () => Promise<unknown> | null;
  /** Says why the app is still there. Resolves with true if the owner wants to quit at once. */
  readonly sayStarting: (over: AbortSignal) => Promise<boolean>;
  /** Stops the node. Requests under way get a moment to arrive. */
  readonly stop: () => Promise<void>;
  readonly exit: (code: number) => void;
  /** Starts the app again; it exits right after. */
  readonly startAgain: () => void;
  readonly clock: Clock;
  readonly log: { error(details: object, message: string): void };
}

/** The time that stopping may take. The outbox keeps what was not sent by then. */
export const drainMsMax = 5_000;
/** A start can take long, for example if a new version brings a large database up to date. */
export const startMsMax = 60_000;
/** If the start takes longer than this, the app says what it is waiting for. */
const patienceMs = 2_000;

/** Something that ends the app instead of a plain exit, such as the installer of an update. */
interface Successor {
  /** Calls `failed` with the reason if it can't. */
  readonly takeOver: (failed: (error: unknown) => void) => void;
  /** If it takes longer, the app starts again without it. */
  readonly msMax: number;
  /** Saves why it failed, for the app that starts again. */
  readonly failed: (error: unknown) => void;
}

/**
 * Ends the app: asks once, waits for a start that is in progress, for a minute at most, then stops the node and waits for
 * that, for five seconds at most. A second quit meanwhile changes nothing.
 */
export class Quitting {
  readonly #deps: QuittingDeps;
  #state: 'running' | 'asking' | 'draining' | 'gone' = 'running';
  #successor: Successor | null = null;

  constructor(deps: QuittingDeps) {
    this.#deps = deps;
  }

  /** Whether closing a window really closes it, because the app quits. */
  get isLeaving(): boolean {
    return this.#state === 'draining' || this.#state === 'gone';
  }

  /** The node has stopped, so nothing has to be delayed any more. */
  get isGone(): boolean {
    return this.#state === 'gone';
  }

  async afterAsking(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'asking';
    const wanted = await this.#deps.ask().catch(() => true);
    // The system may have started to shut down while the question was open.
    if (this.#state !== 'asking') return;
    this.#state = 'running';
    if (wanted) await this.atOnce();
  }

  /**
   * Doesn't ask: the system shuts down, a signal arrived, or a successor takes over. If the system shuts down meanwhile,
   * the successor is cancelled, because there is no time to replace the files of a program.
   */
  async atOnce(successor: Successor | null = null): Promise<void> {
    if (this.isLeaving) {
      if (successor === null) this.#end();
      return;
    }
    this.#state = 'draining';
    this.#successor = successor;
    const start = this.#deps.starting();
    // Without a wait, because Windows lets a session end as soon as the listeners return.
    if (start === null || (await this.#isOver(start))) await this.#drained();
    this.#state = 'gone';
    if (this.#successor === null) this.#deps.exit(0);
    else this.#handOver(this.#successor);
  }

  /** False if the start takes too long, or the owner doesn't want to wait for it. */
  async #isOver(start: Promise<unknown>): Promise<boolean> {
    const { clock, log, sayStarting } = this.#deps;
    const over = new AbortController();
    const timers: (() => void)[] = [];
    const gaveUp = new Promise<boolean>((resolve) => {
      const giveUp = (): void => {
        if (!over.signal.aborted) resolve(false);
      };
      const say = (): void =>
        void sayStarting(over.signal)
          .then((now) => now && giveUp())
          .catch(() => {});
      timers.push(clock.after(patienceMs, say), clock.after(startMsMax, giveUp));
    });
    const isOver = await Promise.race([
      gaveUp,
      start.then(
        () => true,
        () => true,
      ),
    ]);
    over.abort();
    for (const cancel of timers) cancel();
    if (!isOver) log.error({}, 'quitting without waiting for the start');
    return isOver;
  }

  async #drained(): Promise<void> {
    const { clock, log, stop } = this.#deps;
    await new Promise<void>((resolve) => {
      const giveUp = clock.after(drainMsMax, resolve);
      stop()
        .catch((error: unknown) => log.error({ err: error }, 'stopping failed'))
        .finally(() => {
          giveUp();
          resolve();
        });
    });
  }

  #end(): void {
    const awaited = this.#successor !== null && this.#state === 'gone';
    this.#successor = null;
    if (awaited) this.#deps.exit(0);
  }

  /** The app is useless without its node. If the successor fails, it starts again as it was. */
  #handOver({ takeOver, msMax, failed }: Successor): void {
    const { clock, exit, startAgain, log } = this.#deps;
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

/** Runs an action that must not keep what follows from happening. */
export function attempt(log: QuittingDeps['log'], action: () => void): void {
  try {
    action();
  } catch (error) {
    log.error({ err: error }, 'an action failed');
  }
}
