import { orderBegin, orderEnd } from '../../shared/protocol/room-state.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Tables } from '../store/ports.ts';
import type {
  DroppedKind,
  Old,
  OldEvent,
  RoomLimits,
  RoomRetention,
} from '../store/tables/rooms/retention-store.ts';
import { besideTextBytes } from '../store/tables/rooms/share-store.ts';
import type { RoomRegistry } from './projection/room-registry.ts';

const dayMs = 86_400_000;
/** Whatever the limits say, this much stays: peers that were away for a night still get it from here. */
const youngestDroppedMs = dayMs;
/** The time between two passes through the rooms. */
export const passEveryMs = 3_600_000;

/** Keeps one transaction to a few milliseconds of work. */
const togetherMax = 100;
const togetherBytesMax = 1_000_000;
const rowsTogetherMax = 700;
/** About as many rows are written around an event that is dropped alone (retention-store.ts). */
const rowsAround = 70;
/** Events of one round of housekeeping. A room's whole past goes within a few hours. */
const roundMax = 5_000;
/** Sizes that are added up before other work goes on. */
const sizesTogether = 1_000;

/**
 * Picks the events to drop, from events in the room's order. One stays while a server waits for it, if it proves
 * something or names something, and if it says how a message looks that stays.
 */
export function toDrop(old: readonly OldEvent[]): OldEvent[] {
  const gone = new Set<number>();
  return old.filter((event) => {
    const isKept = event.is_awaited === 1 || event.is_last === 1 || event.names === 1;
    if (isKept || (event.about !== null && !gone.has(event.about))) return false;
    gone.add(event.seq);
    return true;
  });
}

/** Takes as many as fit into one transaction, and at least one. */
export function together(old: readonly OldEvent[]): readonly OldEvent[] {
  let bytes = 0;
  let rows = 0;
  const end = old.findIndex(({ seq, bytes: size }, at) => {
    bytes += size;
    rows += Math.min(Math.abs(seq - (old[at - 1]?.seq ?? 0)), rowsAround);
    return bytes >= togetherBytesMax || rows >= rowsTogetherMax;
  });
  return end < 0 ? old : old.slice(0, end + 1);
}

interface Deps {
  readonly store: Tables<'retention' | 'erasures' | 'writer'>;
  readonly registry: Pick<RoomRegistry, 'forget'>;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly tell: Tell;
}

/**
 * Keeps rooms within the limits of this server's owner (docs/decisions/0074-retention.md). What is dropped is gone here
 * only. No other server learns of it, and it isn't fetched again.
 */
export class Retention {
  readonly #deps: Deps;
  #dueAt = 0;
  /** Rooms that this pass hasn't finished, and what is old there. */
  #rest: { readonly room: RoomRetention; readonly old: Old }[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Takes effect within a minute. */
  async set(roomId: string, limits: RoomLimits): Promise<void> {
    const { store, registry, tell } = this.#deps;
    await store.writer.write((tx) => {
      store.retention.set(roomId, limits);
      registry.forget(roomId);
      tx.afterCommit(() => {
        this.#rest = [];
        this.#dueAt = 0;
        tell({ fact: 'room-changed', roomId });
      });
    });
  }

  /** The slice that is being written is the last one. */
  stop(): void {
    this.#rest = [];
  }

  /** A part of a pass, or nothing between two passes. */
  async run(): Promise<void> {
    const { store, clock } = this.#deps;
    const now = clock.now();
    if (this.#rest.length === 0) {
      if (now < this.#dueAt) return;
      this.#dueAt = now + passEveryMs;
      const rooms = store.retention.limited();
      const found = [];
      for (const room of rooms) found.push(...(await this.#old(room, now)).map((old) => ({ room, old })));
      this.#rest = found;
    }
    const rest = this.#rest;
    for (let left = roundMax, next = rest[0]; next !== undefined && left > 0; next = rest[0]) {
      const isCurrent = () => this.#rest === rest;
      const { dropped, isDone } = await this.#dropIn(next.room, next.old, left, isCurrent);
      left -= dropped;
      if (!isCurrent()) return;
      if (isDone) rest.shift();
    }
  }

  /**
   * Finds what exceeds a room's limits. What is shown to nobody goes first, and has only the space that the rest
   * leaves.
   */
  async #old({ room_id: roomId, days, megabytes }: RoomRetention, now: number): Promise<Old[]> {
    const youngest = now - youngestDroppedMs;
    const byAge = days === null ? -1 : now - days * dayMs;
    const bytesMax = megabytes === null ? Number.POSITIVE_INFINITY : megabytes * 1e6;
    const shown = await this.#tooLarge(roomId, 'shown', bytesMax);
    const spare = await this.#tooLarge(roomId, 'spare', bytesMax - shown.bytes);
    const upTo = Math.min(Math.max(byAge, shown.upTo), youngest);
    return [
      { kind: 'spare' as const, upTo: spare.upTo, before: youngest },
      { kind: 'shown' as const, upTo, before: upTo },
    ].filter((old) => old.upTo >= 0);
  }

  /** The bytes of one kind of events, up to the first that doesn't fit, and its depth; -1 if all fit. */
  async #tooLarge(
    roomId: string,
    kind: DroppedKind,
    bytesMax: number,
  ): Promise<{ readonly bytes: number; readonly upTo: number }> {
    const { store, pause } = this.#deps;
    let bytes = 0;
    for (let before = orderEnd; bytesMax < Number.POSITIVE_INFINITY; ) {
      const page = store.retention.sizes(roomId, kind, before, sizesTogether);
      for (const one of page) {
        bytes += one.bytes + besideTextBytes;
        if (bytes > bytesMax) return { bytes, upTo: one.depth };
      }
      const last = page.at(-1);
      if (page.length < sizesTogether || last === undefined) break;
      before = last;
      await pause();
    }
    return { bytes, upTo: -1 };
  }

  async #dropIn(
    room: RoomRetention,
    what: Old,
    max: number,
    isCurrent: () => boolean,
  ): Promise<{ readonly dropped: number; readonly isDone: boolean }> {
    const { store, registry, pause, tell } = this.#deps;
    const { room_id: roomId, days, megabytes } = room;
    let dropped = 0;
    let isDone = false;
    for (let after = orderBegin; !isDone && dropped < max && isCurrent(); await pause()) {
      const slice = await store.writer.write(() => {
        // The owner may have set other limits in the meantime.
        const now = store.retention.of(roomId);
        if (now?.days !== days || now.megabytes !== megabytes) return { gone: 0, last: undefined };
        const old = together(store.retention.old(roomId, what, after, togetherMax));
        const gone = toDrop(old);
        store.retention.drop(roomId, what.kind, gone);
        if (gone.length > 0) {
          store.erasures.needsScrub();
          registry.forget(roomId);
        }
        return { gone: gone.length, last: old.at(-1) };
      });
      dropped += slice.gone;
      isDone = slice.last === undefined;
      if (slice.last) after = { depth: slice.last.depth, eventId: slice.last.event_id };
    }
    if (dropped > 0) tell({ fact: 'room-changed', roomId });
    return { dropped, isDone };
  }
}
