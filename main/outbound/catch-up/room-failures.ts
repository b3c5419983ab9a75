import { type Said, storeSaid } from '../../../shared/words/said.ts';

const second = 1000;

/** After this many failures in a row the owner hears of it. */
export const toldAfter = 3;

/** Milliseconds until a room that could not be read is asked for again, by failures in a row. */
export const roomRetryMs = (failures: number): number =>
  Math.min(5 * second * 2 ** Math.min(failures - 1, 10), 5 * 60 * second);

/** A room that cannot be read at a server that is there. */
export interface UnreadRoom {
  readonly server: string;
  readonly roomId: string;
  readonly reason: Said;
}

interface Failure {
  times: number;
  reason: Said;
  dueAt: number;
}

/** Which rooms could not be read, by server. It knows no clock: whoever notes a failure says when. */
export class RoomFailures {
  private readonly servers = new Map<string, Map<string, Failure>>();

  /** True if what the owner is told of it is new. */
  note(server: string, roomId: string, reason: Said, now: number): boolean {
    const rooms = this.servers.get(server) ?? new Map<string, Failure>();
    const before = rooms.get(roomId);
    const times = (before?.times ?? 0) + 1;
    this.servers.set(server, rooms.set(roomId, { times, reason, dueAt: now + roomRetryMs(times) }));
    return (
      times >= toldAfter &&
      (times === toldAfter || before === undefined || storeSaid(before.reason) !== storeSaid(reason))
    );
  }

  /** It was read. True if the owner had been told. */
  clear(server: string, roomId: string): boolean {
    const rooms = this.servers.get(server);
    const isTold = (rooms?.get(roomId)?.times ?? 0) >= toldAfter;
    rooms?.delete(roomId);
    return isTold;
  }

  /**
   * Of the rooms that are shared with a server, those to ask for now; what failed last comes last, so that it holds
   * up no other. What is shared no longer is forgotten.
   */
  due(server: string, shared: readonly string[], now: number): string[] {
    const failed = this.servers.get(server);
    if (!failed || failed.size === 0) return [...shared];
    for (const roomId of failed.keys()) if (!shared.includes(roomId)) failed.delete(roomId);
    const due = shared.filter((roomId) => (failed.get(roomId)?.dueAt ?? 0) <= now);
    return [...due.filter((roomId) => !failed.has(roomId)), ...due.filter((roomId) => failed.has(roomId))];
  }

  /** Everything is asked for again at once; what is known of failures stays. */
  retry(server: string): void {
    for (const failure of this.servers.get(server)?.values() ?? []) failure.dueAt = 0;
  }

  told(): UnreadRoom[] {
    return [...this.servers].flatMap(([server, rooms]) =>
      [...rooms]
        .filter(([, { times }]) => times >= toldAfter)
        .map(([roomId, { reason }]) => ({ server, roomId, reason })),
    );
  }

  forget(server: string): void {
    this.servers.delete(server);
  }
}
