import type { Clock } from '../../kernel/ports.ts';

/** `refused` is final; an event that `failed` is sent again. */
type Ending = 'stored' | 'refused' | 'failed';

/** How long a request waits for the event that it follows. Shorter than a sender waits for an answer. */
const waitMsMax = 5_000;
/** A sender has fewer requests of a room in flight. */
const waitingPerPeerMax = 16;
/** Remembers at least this many and at most twice as many, which is much more than a peer has in flight. */
const overKept = 2048;

/** Keeps the order of a room when a peer sends its next request before the last one is answered ("POST events"). */
export class Order {
  readonly #clock: Clock;
  readonly #isStored: (eventId: string) => boolean;
  /** Has peer and event as its keys. Some of these events aren't stored: they were refused, held or discarded. */
  #over = new Set<string>();
  #overBefore = new Set<string>();
  readonly #waiting = new Map<string, Set<(isOver: boolean) => void>>();
  readonly #waitingOf = new Map<string, number>();

  constructor(clock: Clock, isStored: (eventId: string) => boolean) {
    this.#clock = clock;
    this.#isStored = isStored;
  }

  /** Notes what happened to an event that a peer sent. */
  note(peer: string, eventId: string, ending: Ending): void {
    const key = keyOf(peer, eventId);
    if (ending !== 'failed') this.#remember(key);
    for (const wake of this.#waiting.get(key) ?? []) wake(ending !== 'failed');
  }

  #remember(key: string): void {
    if (this.#over.size >= overKept) {
      this.#overBefore = this.#over;
      this.#over = new Set();
    }
    this.#over.add(key);
  }

  /**
   * Whether an event of this peer is stored or refused, so that the next one may be stored. Waits for it if it may still
   * arrive.
   */
  async isOver(peer: string, eventId: string): Promise<boolean> {
    const key = keyOf(peer, eventId);
    if (this.#over.has(key) || this.#overBefore.has(key) || this.#isStored(eventId)) return true;
    const others = this.#waitingOf.get(peer) ?? 0;
    if (others >= waitingPerPeerMax) return false;
    this.#waitingOf.set(peer, others + 1);
    const woken = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, woken);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    woken.add(resolve);
    const cancel = this.#clock.after(waitMsMax, () => resolve(false));
    const isOver = await promise;
    cancel();
    woken.delete(resolve);
    if (woken.size === 0) this.#waiting.delete(key);
    const left = (this.#waitingOf.get(peer) ?? 1) - 1;
    if (left > 0) this.#waitingOf.set(peer, left);
    else this.#waitingOf.delete(peer);
    return isOver;
  }
}

const keyOf = (peer: string, eventId: string): string => `${peer} ${eventId}`;
