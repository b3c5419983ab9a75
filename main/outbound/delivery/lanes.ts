import { readable } from '../../store/disk-watch.ts';
import type { OutboxStore } from '../../store/outbox-port.ts';
import { type Hold, Lane } from './lane.ts';

/** The lanes of one destination: those in line to send, and those on hold. */
export class Lanes {
  readonly #destination: string;
  readonly #store: OutboxStore;
  readonly #byRoom = new Map<string, Lane>();
  readonly #line: Lane[] = [];
  readonly #held = new Set<Lane>();

  readonly #keepsOrder: () => boolean;

  /** `keepsOrder`: whether the destination keeps the order of a lane's requests when several are under way. */
  constructor(destination: string, store: OutboxStore, keepsOrder: () => boolean) {
    this.#destination = destination;
    this.#store = store;
    this.#keepsOrder = keepsOrder;
  }

  get anyInLine(): boolean {
    return this.#line.length > 0;
  }

  get held(): ReadonlySet<Lane> {
    return this.#held;
  }

  all(): Iterable<Lane> {
    return this.#byRoom.values();
  }

  of(roomId: string): Lane {
    let lane = this.#byRoom.get(roomId);
    if (lane === undefined) {
      lane = new Lane(this.#destination, roomId, this.#store);
      this.#byRoom.set(roomId, lane);
    }
    return lane;
  }

  /** Puts a lane at the end of the line, if it has something to send and isn't on hold. */
  lineUp(lane: Lane): void {
    if (lane.queued || lane.hold !== null || !lane.mayHaveRows) return;
    if (lane.sending && !(lane.mayFollow && this.#keepsOrder())) return;
    lane.queued = true;
    this.#line.push(lane);
  }

  /** Takes the next lane out of the line; for a probe, preferably one that has not just failed. */
  next(forProbe: boolean): Lane | undefined {
    const at = forProbe ? this.#line.findIndex((lane) => !lane.failing) : 0;
    const lane = at > 0 ? this.#line.splice(at, 1)[0] : this.#line.shift();
    if (lane !== undefined) lane.queued = false;
    return lane;
  }

  hold(lane: Lane, hold: Hold): void {
    lane.hold = hold;
    lane.shed();
    this.#held.add(lane);
  }

  /** Ends the holds that `when` selects and puts those lanes in line. */
  release(when: (hold: Hold, lane: Lane) => boolean): void {
    for (const lane of this.#held) {
      if (lane.hold === null || !when(lane.hold, lane)) continue;
      lane.hold = null;
      this.#held.delete(lane);
      this.lineUp(lane);
    }
  }

  /** The hold that ends first on its own. */
  firstHold(): Hold | null {
    let first: Hold | null = null;
    for (const { hold } of this.#held)
      if (hold !== null && hold.until < (first?.until ?? Infinity)) first = hold;
    return first;
  }

  /** Keeps no rows in memory while nothing can be sent. */
  shed(): void {
    for (const lane of this.#byRoom.values()) if (!lane.sending) lane.shed();
  }

  /** Reads everything from the store again, including which rooms there are. */
  rewind(): void {
    for (const { destination, roomId } of readable(() => this.#store.destinations(), [])) {
      if (destination === this.#destination) this.of(roomId);
    }
    for (const lane of this.#byRoom.values()) {
      lane.rewind();
      this.lineUp(lane);
    }
  }
}
