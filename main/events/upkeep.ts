import type { Clock } from '../kernel/ports.ts';
import { SerialQueue } from '../kernel/queue.ts';
import { isErased } from '../store/erased-body.ts';
import type { Tables } from '../store/ports.ts';
import { copyOf } from './known.ts';
import { Erasure } from './projection/erasure.ts';
import { Projection, type Rebuilt, rebuiltTogether } from './projection/projection.ts';
import type { Room } from './projection/room-permissions.ts';
import type { RuleTables } from './projection/room-writer.ts';
import type { VerifiedEvent } from './verify.ts';

interface UpkeepDeps {
  readonly store: Tables<'events' | 'erasures' | 'rooms' | 'writer'>;
  readonly tables: RuleTables;
  readonly clock: Clock;
  readonly keepsHistory: () => boolean;
  /** Default: `rebuiltTogether`. */
  readonly together?: number;
}

/** Looks after stored events: they take effect later, or the rules by which they were shown change. */
export class Upkeep {
  readonly #deps: UpkeepDeps;
  /** Rebuilds one room at a time, so that the end of one says nothing about another. */
  readonly #rebuilds = new SerialQueue();
  /** Rebuilds that haven't begun, by room. */
  readonly #next = new Map<string, Promise<void>>();

  constructor(deps: UpkeepDeps) {
    this.#deps = deps;
  }

  #rules(): { erasure: Erasure; projection: Projection } {
    const { tables } = this.#deps;
    const erasure = new Erasure(tables, this.#deps);
    return { erasure, projection: new Projection(tables, erasure) };
  }

  /** Applies events that were ahead of our clock and no longer are. Returns the rooms that changed. */
  async applyDue(now: number, aheadMs: number): Promise<string[]> {
    const { store } = this.#deps;
    const due = store.events.aheadUpTo(now + aheadMs).map(({ seq }) => seq);
    if (due.length === 0) return [];
    const { changed, outdated } = await store.writer.write(() => {
      const { projection } = this.#rules();
      return { changed: projection.applyDue(due, now), outdated: projection.takeOutdated() };
    });
    for (const roomId of outdated) await this.rebuild(roomId);
    return changed;
  }

  /**
   * Erases texts that had to wait, those of `together` messages per transaction. Returns the destinations from whose
   * queue something was withdrawn.
   */
  async eraseDue(together: number): Promise<string[]> {
    const { store } = this.#deps;
    const withdrawn = new Set<string>();
    for (let after = 0; ; ) {
      const due = store.erasures.due(after, together);
      const last = due.at(-1);
      if (last === undefined) return [...withdrawn];
      after = last;
      const from = await store.writer.write(() => {
        const { erasure, projection } = this.#rules();
        projection.eraseDue(due);
        return erasure.takeWithdrawn();
      });
      for (const server of from) withdrawn.add(server);
    }
  }

  /**
   * Rebuilds what older rules made, and what is missing although its events are stored, before anything reads it. Calls
   * `onRoom` after each room.
   */
  async bringUpToDate(onRoom: (done: number, total: number) => void = () => {}): Promise<void> {
    const { rooms } = this.#deps.store;
    const outdated = new Set([...rooms.outdated(), ...rooms.emptied()]);
    let done = 0;
    for (const roomId of outdated) {
      await this.rebuild(roomId);
      onRoom(++done, outdated.size);
    }
  }

  /**
   * Rebuilds a room from its stored events, a few in each transaction, so that nothing else has to wait for it. If this
   * process ends before that is done, the next start begins again.
   */
  rebuild(roomId: string): Promise<void> {
    const next = this.#next.get(roomId);
    if (next) return next;
    const rebuilt = this.#rebuilds.run(() => {
      this.#next.delete(roomId);
      return this.#rebuildNow(roomId);
    });
    this.#next.set(roomId, rebuilt);
    return rebuilt;
  }

  async #rebuildNow(roomId: string): Promise<void> {
    const { store, tables, together = rebuiltTogether } = this.#deps;
    const part = (work: (projection: Projection, room: Room) => Rebuilt | null) =>
      store.writer.write(() => {
        const room = tables.rooms.get(roomId);
        return room ? work(this.#rules().projection, room) : null;
      }, true);
    let done = await part((projection, room) => {
      store.rooms.setOutdated(roomId);
      return projection.beginRebuild(room);
    });
    while (done !== null) {
      const at: Rebuilt = done;
      done = await part((projection, room) => projection.continueRebuild(room, at, together));
    }
    await store.writer.write(() => store.rooms.setProjected(roomId));
  }

  /**
   * Replaces a damaged stored event by another copy, and rebuilds its room. False if the event was erased in the
   * meantime.
   */
  mend(seq: number, event: VerifiedEvent): Promise<boolean> {
    const { store, tables } = this.#deps;
    const { room_id: roomId } = event.envelope;
    return this.#rebuilds.run(async () => {
      const isReplaced = await store.writer.write(() => {
        const row = tables.events.bySeq(seq);
        if (!row || !tables.rooms.get(roomId) || isErased(row)) return false;
        tables.events.replaceCopy(row, copyOf(event));
        store.rooms.setOutdated(roomId);
        return true;
      });
      if (isReplaced) await this.#rebuildNow(roomId);
      return isReplaced;
    });
  }
}
