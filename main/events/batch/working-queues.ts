import type { ExpectedReceipt, NewQueueRow, QueueEffects, ReplayRow } from '../../store/batch/batch-port.ts';
import type { HeldPlace, HeldRow } from '../../store/tables/rooms/held-store.ts';
import type { Asked } from './questions.ts';

type HeldEvent = Omit<HeldRow, 'id'>;

/** The outbox, receipts, held events and texts waiting to be erased, as a batch sees them. */
export class WorkingQueues {
  readonly #ask: Asked;
  #queued: NewQueueRow[] = [];
  #expected: ExpectedReceipt[] = [];
  readonly #lanes: QueueEffects['withdrawnLanes'][number][] = [];
  readonly #rows = new Set<number>();
  readonly #events = new Set<number>();
  /** Events that no longer wait for receipts; true if no receipts are reported for them either. */
  readonly #passedOver = new Map<number, boolean>();
  readonly #held = new Map<string, HeldEvent>();
  readonly #goneHeld = new Set<string>();
  readonly #due = new Set<number>();
  readonly #doneDue = new Set<number>();
  readonly #waitingDue = new Set<number>();
  readonly #replays: ReplayRow[] = [];

  constructor(ask: Asked) {
    this.#ask = ask;
  }

  /** Excludes events of this batch. */
  #isStored(seq: number): boolean {
    return seq <= this.#ask.lastSeq.get(null);
  }

  enqueue(row: NewQueueRow): void {
    this.#queued.push(row);
  }

  /** A member server to which the room's home delivers an event of ours. */
  expect(receipt: ExpectedReceipt): void {
    this.#expected.push(receipt);
  }

  /** Whether an event still waits for delivery to a server. A dead letter doesn't. */
  isOnItsWay(seq: number): boolean {
    if (this.#queued.some((row) => row.seq === seq)) return true;
    if (this.#events.has(seq) || !this.#isStored(seq)) return false;
    return this.#ask.queuedFor.get(seq).some(({ state }) => state !== 'dead');
  }

  /** Removes an event from every queue, dead letters included. Returns the destinations. */
  withdrawEvent(seq: number): string[] {
    const isStored = this.#isStored(seq) && !this.#events.has(seq);
    const before = isStored ? this.#ask.queuedFor.get(seq) : [];
    const mine = this.#queued.filter((row) => row.seq === seq);
    this.#queued = this.#queued.filter((row) => row.seq !== seq);
    if (isStored) this.#events.add(seq);
    return [...before, ...mine].map(({ destination }) => destination);
  }

  /**
   * Withdraws the room's waiting events for a destination, and receipts about them. Events about its own users stay:
   * otherwise it would never learn that one of them was removed, and would keep showing what that user wrote since.
   */
  withdrawLane(destination: string, roomId: string, home: string): void {
    this.#lanes.push({ destination, roomId, home });
    this.#queued = this.#queued.filter(
      (row) => row.destination !== destination || row.roomId !== roomId || row.subjectServer === destination,
    );
    this.#expected = this.#expected.filter(
      (each) => each.server !== destination || each.via !== home || !each.tells || each.roomId !== roomId,
    );
  }

  /**
   * Withdraws a user's waiting events for a room, except leaves and deletes. `written`: which events of this batch to
   * withdraw. Returns the destinations whose lanes must be read again.
   */
  withdrawBy(roomId: string, sender: string, written: (seq: number) => boolean): string[] {
    const before = this.#ask.queuedBy.get(roomId, sender);
    for (const { id } of before) this.#rows.add(id);
    const isMeant = (row: NewQueueRow) => row.roomId === roomId && written(row.seq);
    const mine = this.#queued.filter(isMeant);
    this.#queued = this.#queued.filter((row) => !isMeant(row));
    return [...new Set([...before, ...mine].map(({ destination }) => destination))];
  }

  /** A newer edit replaced this one. A server that has the newer one is missing nothing. */
  passOver(seq: number): void {
    this.#expected = this.#expected.filter((each) => each.seq !== seq || !each.tells);
    if (this.#isStored(seq) && !this.#passedOver.has(seq)) this.#passedOver.set(seq, false);
  }

  /** The event was erased, so no server is missing it and there is nothing to report. */
  forget(seq: number): void {
    this.passOver(seq);
    if (this.#isStored(seq)) this.#passedOver.set(seq, true);
  }

  isHeld(eventId: string): boolean {
    if (this.#held.has(eventId)) return true;
    return !this.#goneHeld.has(eventId) && this.#ask.isHeld.get(eventId);
  }

  heldCount(server: string): number {
    const mine = [...this.#held.values()].filter((each) => each.server_name === server);
    return this.#ask.heldCount.get(server) + mine.length;
  }

  hold(event: HeldEvent): void {
    if (!this.isHeld(event.event_id)) this.#held.set(event.event_id, event);
  }

  /** Held messages with that name, and held events about a message with that name. */
  heldAbout(roomId: string, name: string): HeldPlace[] {
    const mine = [...this.#held.values()].filter(
      (each) => each.room_id === roomId && (each.about === name || each.event_id === name),
    );
    const stored = this.#ask.heldAbout.get(roomId, name);
    return [...stored.filter(({ event_id }) => !this.#goneHeld.has(event_id)), ...mine];
  }

  dropHeld(eventId: string): void {
    if (!this.#held.delete(eventId)) this.#goneHeld.add(eventId);
  }

  /** The message has texts that must be erased but can't be yet. */
  addDue(seq: number): void {
    this.#due.add(seq);
  }

  removeDue(seq: number): void {
    this.#due.delete(seq);
    this.#doneDue.add(seq);
  }

  /** They can be erased once the first version no longer waits for delivery to anyone. */
  waitUntilSent(seq: number): void {
    this.#waitingDue.add(seq);
  }

  replay(row: ReplayRow): void {
    this.#replays.push(row);
  }

  effects(): QueueEffects {
    return {
      queued: this.#queued,
      expected: this.#expected,
      withdrawnLanes: this.#lanes,
      withdrawnRows: [...this.#rows],
      withdrawnEvents: [...this.#events],
      passedOver: [...this.#passedOver].map(([seq, owed]) => ({ seq, owed })),
      held: [...this.#held.values()],
      goneHeld: [...this.#goneHeld],
      due: [...this.#due],
      doneDue: [...this.#doneDue],
      waitingDue: [...this.#waitingDue],
      replays: this.#replays,
    };
  }
}
