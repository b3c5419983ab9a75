import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Pause } from '../kernel/timers.ts';
import type { Tables } from '../store/ports.ts';
import type { OldEvent, RoomLimits, RoomRetention } from '../store/tables/rooms/retention-store.ts';
import { besideTextBytes } from '../store/tables/rooms/share-store.ts';
import type { RoomRegistry } from './projection/room-registry.ts';

const dayMs = 86_400_000;
/** Whatever the limits say, this much stays: peers that were away for a night still get it from here. */
export const youngestDroppedMs = dayMs;
/** The time between two passes through the rooms. */
export const passEveryMs = 3_600_000;

/** Of one transaction: a few milliseconds of work. */
const togetherMax = 100;
const togetherBytesMax = 1_000_000;
const rowsTogetherMax = 700;
/** About as many rows are written around an event that is dropped alone (retention-store.ts). */
const rowsAround = 70;
/** Events of one round of housekeeping. A room's whole past goes within a few hours. */
const roundMax = 5_000;
/** Sizes that are added up before other work goes on. */
const sizesTogether = 1_000;

/** Before every event. */
const beginning = { depth: -1, eventId: '' };
/** After every event: no ID reaches U+10FFFF. */
const end = { depth: Number.MAX_SAFE_INTEGER, eventId: '\u{10ffff}' };

/**
 * Which of these events, in the room's order, are dropped. One stays while a server waits for it, if it proves something
 * or names something, and if it says how a message looks that stays.
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

/** As many as fit into one transaction, and at least one. */
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

interface Parts {
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
  readonly #parts: Parts;
  #dueAt = 0;
  /** Rooms that this pass hasn't finished, and up to which depth. */
  #rest: { readonly room: RoomRetention; readonly upTo: number }[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes effect within a minute. */
  async set(roomId: string, limits: RoomLimits): Promise<void> {
    const { store, registry, tell } = this.#parts;
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
    const { store, clock } = this.#parts;
    const now = clock.now();
    if (this.#rest.length === 0) {
      if (now < this.#dueAt) return;
      this.#dueAt = now + passEveryMs;
      const rooms = store.retention.limited();
      const found = [];
      for (const room of rooms) found.push({ room, upTo: await this.#upTo(room, now) });
      this.#rest = found.filter(({ upTo }) => upTo >= 0);
    }
    const rest = this.#rest;
    for (let left = roundMax, next = rest[0]; next !== undefined && left > 0; next = rest[0]) {
      const isCurrent = () => this.#rest === rest;
      const { dropped, isDone } = await this.#dropIn(next.room, next.upTo, left, isCurrent);
      left -= dropped;
      if (!isCurrent()) return;
      if (isDone) rest.shift();
    }
  }

  /** The depth up to which a room's events exceed its limits. */
  async #upTo(room: RoomRetention, now: number): Promise<number> {
    const byAge = room.days === null ? -1 : now - room.days * dayMs;
    const bySize = room.megabytes === null ? -1 : await this.#tooLarge(room.room_id, room.megabytes * 1e6);
    return Math.min(Math.max(byAge, bySize), now - youngestDroppedMs);
  }

  /** The depth of the newest event that doesn't fit; -1 if all do. */
  async #tooLarge(roomId: string, bytesMax: number): Promise<number> {
    const { store, pause } = this.#parts;
    let bytes = 0;
    for (let before = end; ; ) {
      const page = store.retention.sizes(roomId, before, sizesTogether);
      for (const one of page) {
        bytes += one.bytes + besideTextBytes;
        if (bytes > bytesMax) return one.depth;
      }
      const last = page.at(-1);
      if (page.length < sizesTogether || last === undefined) return -1;
      before = last;
      await pause();
    }
  }

  async #dropIn(
    room: RoomRetention,
    upTo: number,
    max: number,
    isCurrent: () => boolean,
  ): Promise<{ readonly dropped: number; readonly isDone: boolean }> {
    const { store, registry, pause, tell } = this.#parts;
    const { room_id: roomId, days, megabytes } = room;
    let dropped = 0;
    let isDone = false;
    for (let after = beginning; !isDone && dropped < max && isCurrent(); await pause()) {
      const slice = await store.writer.write(() => {
        // The owner may have set other limits in the meantime.
        const now = store.retention.of(roomId);
        if (now?.days !== days || now.megabytes !== megabytes) return { gone: 0, last: undefined };
        const old = together(store.retention.old(roomId, after, upTo, togetherMax));
        const gone = toDrop(old);
        store.retention.drop(roomId, gone);
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
