import type { Clock } from '../kernel/ports.ts';
import { isErased } from '../store/erased-body.ts';
import type { Tables } from '../store/ports.ts';
import type { Decider } from './batch/decider.ts';
import type { WorkingSet } from './batch/working-set.ts';
import { Erasure } from './projection/erasure.ts';
import { Projection } from './projection/projection.ts';
import type { VerifiedEvent } from './verify.ts';

export interface UpkeepParts {
  readonly store: Tables<'events' | 'erasures' | 'rooms'>;
  readonly decider: Decider;
  readonly clock: Clock;
  readonly keepsHistory: () => boolean;
}

/** What happens to stored events later: they take effect, or the rules by which they were shown change. */
export class Upkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  #rules(set: WorkingSet): { erasure: Erasure; projection: Projection } {
    const erasure = new Erasure(set, this.#parts);
    return { erasure, projection: new Projection(set, erasure) };
  }

  /** Applies events that were ahead of our clock and no longer are. Returns the rooms that changed. */
  async applyDue(now: number, aheadMs: number): Promise<string[]> {
    const due = this.#parts.store.events.aheadUpTo(now + aheadMs);
    if (due.length === 0) return [];
    return this.#parts.decider.run({
      expect: ({ ask, rooms }) => {
        ask.lastSeq.want(null);
        for (const { seq, room_id } of due) {
          ask.eventBySeq.want(seq);
          rooms.expect(room_id);
        }
      },
      decide: (set) =>
        this.#rules(set).projection.applyDue(
          due.map(({ seq }) => seq),
          now,
        ),
    });
  }

  /**
   * Erases texts that had to wait, those of `together` messages per transaction. Returns the destinations from whose
   * queue something was withdrawn.
   */
  async eraseDue(together: number): Promise<string[]> {
    const { store, decider } = this.#parts;
    const withdrawn = new Set<string>();
    for (let after = 0; ; ) {
      const due = store.erasures.due(after, together);
      const last = due.at(-1);
      if (last === undefined) return [...withdrawn];
      after = last;
      const from = await decider.run({
        expect: ({ ask }) => {
          ask.lastSeq.want(null);
          for (const seq of due) {
            ask.messageBySeq.want(seq);
            ask.eventBySeq.want(seq);
          }
        },
        decide: (set) => {
          const { erasure, projection } = this.#rules(set);
          projection.eraseDue(due);
          return erasure.takeWithdrawn();
        },
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
    await this.#parts.decider.run({
      expect: ({ ask, rooms }) => {
        ask.lastSeq.want(null);
        rooms.expect(roomId);
        ask.eventsIn.want(roomId);
      },
      decide: (set) => {
        const room = set.rooms.get(roomId);
        if (room) this.#rules(set).projection.rebuild(room);
      },
      also,
    });
  }

  /**
   * Replaces a damaged stored event by another copy, and rebuilds its room. False if the event was erased in the
   * meantime.
   */
  mend(seq: number, event: VerifiedEvent): Promise<boolean> {
    const roomId = event.envelope.room_id;
    return this.#parts.decider.run({
      expect: ({ ask, rooms }) => {
        ask.lastSeq.want(null);
        rooms.expect(roomId);
        ask.eventBySeq.want(seq);
        ask.eventsIn.want(roomId);
      },
      decide: (set) => {
        const row = set.events.bySeq(seq);
        const room = set.rooms.get(roomId);
        if (!row || !room || isErased(row)) return false;
        set.events.replaceCopy(row, event);
        this.#rules(set).projection.rebuild(room);
        return true;
      },
    });
  }
}
