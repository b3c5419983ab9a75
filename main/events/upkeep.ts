import type { Clock } from '../kernel/ports.ts';
import { isErased } from '../store/erased-body.ts';
import type { Tables } from '../store/ports.ts';
import { copyOf } from './known.ts';
import { Erasure } from './projection/erasure.ts';
import { Projection } from './projection/projection.ts';
import type { RuleTables } from './projection/room-writer.ts';
import type { VerifiedEvent } from './verify.ts';

interface UpkeepParts {
  readonly store: Tables<'events' | 'erasures' | 'rooms' | 'writer'>;
  readonly tables: RuleTables;
  readonly clock: Clock;
  readonly keepsHistory: () => boolean;
}

/** What happens to stored events later: they take effect, or the rules by which they were shown change. */
export class Upkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  #rules(): { erasure: Erasure; projection: Projection } {
    const { tables } = this.#parts;
    const erasure = new Erasure(tables, this.#parts);
    return { erasure, projection: new Projection(tables, erasure) };
  }

  /** Applies events that were ahead of our clock and no longer are. Returns the rooms that changed. */
  async applyDue(now: number, aheadMs: number): Promise<string[]> {
    const { store } = this.#parts;
    const due = store.events.aheadUpTo(now + aheadMs).map(({ seq }) => seq);
    if (due.length === 0) return [];
    return store.writer.write(() => this.#rules().projection.applyDue(due, now));
  }

  /**
   * Erases texts that had to wait, those of `together` messages per transaction. Returns the destinations from whose
   * queue something was withdrawn.
   */
  async eraseDue(together: number): Promise<string[]> {
    const { store } = this.#parts;
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

  /** Rebuilds what older rules made, and what is missing although its events are stored, before anything reads it. */
  async bringUpToDate(): Promise<void> {
    const { rooms } = this.#parts.store;
    for (const roomId of new Set([...rooms.outdated(), ...rooms.emptied()]))
      await this.rebuild(roomId, () => rooms.setProjected(roomId));
  }

  /** Rebuilds a room from its stored events, and writes something else in the same transaction. */
  async rebuild(roomId: string, also: () => void = () => {}): Promise<void> {
    await this.#parts.store.writer.write(() => {
      const room = this.#parts.tables.rooms.get(roomId);
      if (room) this.#rules().projection.rebuild(room);
      also();
    });
  }

  /**
   * Replaces a damaged stored event by another copy, and rebuilds its room. False if the event was erased in the
   * meantime.
   */
  mend(seq: number, event: VerifiedEvent): Promise<boolean> {
    const { events, rooms } = this.#parts.tables;
    return this.#parts.store.writer.write(() => {
      const row = events.bySeq(seq);
      const room = rooms.get(event.envelope.room_id);
      if (!row || !room || isErased(row)) return false;
      events.replaceCopy(row, copyOf(event));
      this.#rules().projection.rebuild(room);
      return true;
    });
  }
}
