import { type Failure, failureOf } from './failure.ts';
import type { News, NodeLink } from './node-link.ts';

/** Changes come in bursts; one reading a moment later answers all of them. */
const gatherMs = 60;

/**
 * What the node says about something, read again whenever it says that this may have changed. Keeps the last value
 * while a new one is on its way, and when reading fails.
 */
export class Live<T> {
  value: T | undefined = $state.raw();
  failure: Failure | null = $state.raw(null);
  /** Before the first answer, good or bad. */
  get loading(): boolean {
    return this.value === undefined && this.failure === null;
  }
  #read: () => Promise<T>;
  #running = false;
  #again = false;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Another thing is meant from now on: what is known of the last one is dropped. */
  start(read: () => Promise<T>): void {
    this.#read = read;
    this.#turn++;
    this.value = undefined;
    this.failure = null;
    void this.refresh();
  }

  /** Something changed: reads again in a moment. */
  nudge(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, gatherMs);
  }

  async refresh(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    const turn = this.#turn;
    try {
      const value = await this.#read();
      if (turn === this.#turn) {
        this.value = value;
        this.failure = null;
      }
    } catch (error) {
      if (turn === this.#turn) this.failure = failureOf(error);
    }
    this.#running = false;
    if (!this.#again && turn === this.#turn) return;
    this.#again = false;
    await this.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#turn++;
  }
}

/**
 * A Live for the component that calls this while it is made. `key` is what is read about: when it changes (a route's
 * parameter), reading begins anew. `concerns` picks the changes after which the answer may be another.
 */
export function live<T, K = undefined>(
  node: NodeLink,
  concerns: (news: News, key: K) => boolean,
  read: (key: K) => Promise<T>,
  key: () => K = () => undefined as K,
): Live<T> {
  const value = new Live<T>(() => new Promise(() => {}));
  // Another object with the same key in it is no other thing to read about.
  const current = $derived(key());
  $effect(() => {
    const about = current;
    value.start(() => read(about));
    const leave = node.onNews((news) => {
      if (news.topic === 'resync' || concerns(news, about)) value.nudge();
    });
    return () => {
      leave();
      value.stop();
    };
  });
  return value;
}
