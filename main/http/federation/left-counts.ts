import { BoundedMap } from '../../kernel/bounded-map.ts';
import type { Tables } from '../../store/ports.ts';

/** Counting stops at so many events. */
export const countedMax = 100_000;
const readersMax = 10_000;

interface Deps {
  readonly store: { readonly events: Pick<Tables<'events'>['events'], 'countAfterSeq' | 'lastSeq'> };
}

/** A page of a room in the order of arrival. */
interface PageRead {
  readonly roomId: string;
  readonly since: number;
  readonly last: number;
  readonly events: number;
}

interface Counted {
  /** Events that arrived after this one and up to `upTo` are counted. */
  readonly after: number;
  readonly upTo: number;
  /** If there were more than could be counted, there are at least this many. */
  readonly left: number;
  readonly isAll: boolean;
}

/**
 * How many events are left after the page that a server read. Counts a room once for each server that reads it, and from
 * then on only what arrived in the meantime.
 */
export class LeftCounts {
  readonly #deps: Deps;
  readonly #counted = new BoundedMap<string, Counted>(readersMax);

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Null if there are too many to count (`countedMax`). */
  after(reader: string, page: PageRead): number | null {
    const key = `${reader} ${page.roomId}`;
    const before = this.#counted.get(key);
    const { left, isAll } = this.#set(key, (before && this.#continued(before, page)) ?? this.#count(page));
    return isAll ? left : null;
  }

  #set(key: string, counted: Counted): Counted {
    this.#counted.set(key, counted);
    return counted;
  }

  #count({ roomId, last }: PageRead): Counted {
    const left = this.#deps.store.events.countAfterSeq(roomId, last, countedMax);
    return { after: last, upTo: this.#deps.store.events.lastSeq(), left, isAll: left < countedMax };
  }

  /** Undefined if this page doesn't follow the one before, or too little of an incomplete count is left. */
  #continued(before: Counted, { roomId, since, last, events }: PageRead): Counted | undefined {
    if (before.after !== last && before.after !== since) return undefined;
    const passed = before.after === last ? 0 : events;
    const newer = this.#deps.store.events.countAfterSeq(roomId, before.upTo, countedMax);
    const left = before.left - passed + newer;
    const isKnown = before.isAll ? left >= 0 : left >= countedMax / 2;
    return isKnown
      ? { after: last, upTo: this.#deps.store.events.lastSeq(), left, isAll: before.isAll }
      : undefined;
  }
}
