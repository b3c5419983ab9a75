import { limits } from '../../../shared/protocol/limits.ts';
import type { Position } from '../../../shared/protocol/room-state.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Window } from '../../store/tables/rooms/event-store.ts';

/** The existing server's client tries each request three times. */
const repeatsMax = 3;
const readingsMax = 2000;

interface Reading {
  readonly asked: Position;
  from: Position;
  /** The end of its page; null if the page wasn't full. */
  end: Position | null;
  times: number;
}

const isAt = (a: Position, b: Position): boolean => a.depth === b.depth && a.eventId === b.eventId;

/**
 * Finds the next page for a server that stays in its place when it refuses what is on a page, such as events of a
 * server that its admin hasn't added: it would ask for the same page for ever (docs/protocol/wire.md, "GET events").
 */
export class DraftPages {
  readonly #readings = new BoundedMap<string, Reading>(readingsMax);

  /** A server asks from a place. Returns the place from which to answer. */
  begin(server: string, roomId: string, asked: Position): Position {
    const key = `${server} ${roomId}`;
    const known = this.#readings.get(key);
    const reading = known && isAt(known.asked, asked) ? known : { asked, from: asked, end: null, times: 0 };
    reading.times++;
    if (reading.end !== null && reading.times > repeatsMax) {
      reading.from = reading.end;
      reading.times = 1;
    }
    this.#readings.set(key, reading);
    return reading.from;
  }

  /** A page was full, and ended there; null: it was the last. */
  answered(server: string, roomId: string, end: Position | null): void {
    const reading = this.#readings.get(`${server} ${roomId}`);
    if (reading) reading.end = end;
  }
}

/** Every release since 1.0 refuses what is older than a week, or ahead of its clock. */
export const existingWindow = (now: number): Window => ({ oldest: now - limits.otherAgeMsMax, latest: now });

export const anyWindow = (now: number): Window => ({ oldest: 0, latest: now + limits.aheadMsMax });
