import { type Said, storeSaid } from '../../../shared/words/said.ts';
import { type BackOff, backOffMs } from '../../kernel/back-off.ts';

/** After this many failures in a row the owner is notified. */
export const toldAfter = 3;

/** How long to wait before reading a room again, by failures in a row. */
export const roomRetry: BackOff = { firstMs: 5_000, maxMs: 5 * 60_000 };

/** A room that can't be read at a server that answers. */
export interface UnreadableRoom {
  readonly server: string;
  /** Null for the queue of what waits for us there. */
  readonly roomId: string | null;
  readonly reason: Said;
}

interface Failure {
  times: number;
  reason: Said;
  dueAt: number;
}

/** Remembers which rooms of one server couldn't be read; null stands for its queue. Callers pass the time. */
export class RoomFailures {
  readonly #rooms = new Map<string | null, Failure>();

  /** True if this changes what the owner sees. */
  note(roomId: string | null, reason: Said, now: number): boolean {
    const before = this.#rooms.get(roomId);
    const times = (before?.times ?? 0) + 1;
    this.#rooms.set(roomId, { times, reason, dueAt: now + backOffMs(roomRetry, times) });
    const isNew = before === undefined || storeSaid(before.reason) !== storeSaid(reason);
    return times >= toldAfter && (times === toldAfter || isNew);
  }

  /** Notes that the room was read. True if the failure had been shown to the owner. */
  clear(roomId: string | null): boolean {
    const isTold = (this.#rooms.get(roomId)?.times ?? 0) >= toldAfter;
    this.#rooms.delete(roomId);
    return isTold;
  }

  /**
   * The shared rooms to ask for now. Those that failed last come last, so that they don't delay the others. Forgets
   * rooms that are no longer shared.
   */
  due(shared: readonly string[], now: number): string[] {
    const failed = this.#rooms;
    for (const roomId of failed.keys())
      if (roomId !== null && !shared.includes(roomId)) failed.delete(roomId);
    const due = shared.filter((roomId) => this.isDue(roomId, now));
    return [...due.filter((roomId) => !failed.has(roomId)), ...due.filter((roomId) => failed.has(roomId))];
  }

  isDue(roomId: string | null, now: number): boolean {
    return (this.#rooms.get(roomId)?.dueAt ?? 0) <= now;
  }

  /** Everything is requested again immediately; the failures are remembered. */
  retry(): void {
    for (const failure of this.#rooms.values()) failure.dueAt = 0;
  }

  told(): { readonly roomId: string | null; readonly reason: Said }[] {
    // A node with many peers asks this of each of them.
    if (this.#rooms.size === 0) return [];
    return [...this.#rooms]
      .filter(([, { times }]) => times >= toldAfter)
      .map(([roomId, { reason }]) => ({ roomId, reason }));
  }
}
