import { untrack } from 'svelte';
import { type Failure, failureOf } from './failure.ts';
import type { News, NodeLink } from './node-link.ts';
import { oftenGatherMs, Pace, toldMs } from './pace.ts';

/**
 * Whether a change may change a value: `often` if such changes come all the time, `told` if another one is about to bring
 * the value.
 */
export type Concern = boolean | 'often' | 'told';

/** Changes come in bursts; one reading a moment later covers all of them. */
const gatherMs = 60;

interface Turn<T> {
  readonly read: () => Promise<T>;
  running: boolean;
  /** Something changed during the reading. */
  again: boolean;
}

/**
 * A value from the node, read again whenever the node says that it may have changed. Keeps the last value while
 * reading, and if reading fails.
 */
export class Live<T> {
  value: T | undefined = $state.raw();
  failure: Failure | null = $state.raw(null);
  /** Before the first result, good or bad. */
  get loading(): boolean {
    return this.value === undefined && this.failure === null;
  }
  #turn: Turn<T> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #untold: ReturnType<typeof setTimeout> | undefined;
  readonly #pace = new Pace(() => void this.refresh(), oftenGatherMs);

  /**
   * The value is about something else from now on: nothing waits for the old one. It is forgotten, or `kept` until there is
   * a new one.
   */
  start(read: () => Promise<T>, kept = false): void {
    this.#turn = { read, running: false, again: false };
    if (!kept) this.value = undefined;
    this.failure = null;
    void this.refresh();
  }

  /** Something changed: reads again shortly. */
  nudge(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, gatherMs);
  }

  /** The same for what changes all the time: reads again shortly, and then only every few seconds. */
  nudgeOften(): void {
    this.#pace.ask();
  }

  /** Another change is about to bring the value. Reads it if none does. */
  awaitTold(): void {
    this.#untold ??= setTimeout(() => {
      this.#untold = undefined;
      void this.refresh();
    }, toldMs);
  }

  /** The value as a change told it. False while it is being read: what is read may be older or newer. */
  take(value: T): boolean {
    if (this.#turn === null || this.#turn.running) return false;
    clearTimeout(this.#untold);
    this.#untold = undefined;
    this.value = value;
    return true;
  }

  async refresh(): Promise<void> {
    const turn = this.#turn;
    if (turn === null) return;
    turn.again = turn.running;
    if (turn.running) return;
    turn.running = true;
    do {
      turn.again = false;
      try {
        const value = await turn.read();
        if (turn === this.#turn) {
          this.value = value;
          this.failure = null;
        }
      } catch (error) {
        if (turn === this.#turn) this.failure = failureOf(error);
      }
    } while (turn.again && turn === this.#turn);
    turn.running = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    clearTimeout(this.#untold);
    this.#untold = undefined;
    this.#pace.stop();
    this.#turn = null;
  }
}

/**
 * A Live for the component that calls this during its creation. `key` is what is read about: when it changes (a route's
 * parameter), it starts from scratch, or `keeps` the old value until the new one is there, as a search does. `concerns`
 * selects the changes that may change the value; a list has their topics.
 */
export function live<T, K = undefined>(
  node: NodeLink,
  concerns: readonly News['topic'][] | ((news: News, key: K) => Concern),
  read: (key: K) => Promise<T>,
  key: () => K = () => undefined as K,
  keeps = false,
): Live<T> {
  const value = new Live<T>();
  // A different object with an equal key is not something else.
  const current = $derived(key());
  $effect(() => {
    const about = current;
    // Other state used by `read` must not start over and blank the screen.
    untrack(() => value.start(() => read(about), keeps));
    const leave = node.onNews((news) => {
      const isAbout = typeof concerns === 'function' ? concerns(news, about) : concerns.includes(news.topic);
      const concern = isAbout || news.topic === 'resync';
      if (concern === 'often') value.nudgeOften();
      else if (concern === 'told') value.awaitTold();
      else if (concern) value.nudge();
    });
    return () => {
      leave();
      value.stop();
    };
  });
  return value;
}
