import type { Era } from '../era.ts';
import { placeOf, type StandInEvent } from '../events.ts';
import type { Peer } from '../peers.ts';
import { urlEncode } from '../wire/signing.ts';
import type { Caller } from './outbox.ts';

interface Cursor {
  readonly depth: number;
  readonly eventId: string | null;
}

interface Page {
  readonly events: readonly StandInEvent[];
  readonly next_depth?: number;
  readonly next_event_id?: string;
}

const roomsMax = 64;
const eventsMax = 128;

/** Asks peers for what it missed in their rooms. */
export class CatchUp {
  readonly #caller: Caller;
  readonly #era: Era;
  readonly #cursors = new Map<string, Cursor>();

  constructor(caller: Caller, era: Era) {
    this.#caller = caller;
    this.#era = era;
  }

  /** One round for a peer: each room under each spelling of its server. */
  async round(peer: Peer, rooms: readonly string[], take: (event: StandInEvent) => boolean): Promise<void> {
    for (const room of rooms.slice(0, roomsMax))
      for (const server of new Set([peer.domain, peer.server_name]))
        await this.read(peer, room.replace(/:.*/, `:${server}`), take);
  }

  /**
   * One page. An event that it refuses doesn't move its cursor, so it may read the same page for ever. Returns how many
   * events there were; null if it was refused.
   */
  async read(
    peer: Pick<Peer, 'endpoint' | 'server_name'>,
    room: string,
    take: (event: StandInEvent) => boolean,
  ): Promise<number | null> {
    const key = `${peer.server_name} ${room}`;
    const { depth, eventId } = this.#cursors.get(key) ?? { depth: 0, eventId: null };
    const since = eventId === null ? '' : `&since_event_id=${urlEncode(eventId)}`;
    const path = `/events?room_id=${urlEncode(room)}&since_depth=${depth}${since}&limit=${eventsMax}`;
    const answer = await this.#caller.call(peer, 'GET', path);
    if (answer?.status !== 200) return null;
    const page = JSON.parse(answer.body) as Page;
    const taken = page.events.filter(take);
    for (const event of taken) this.#move(key, this.#placeOf(event));
    if (taken.length === page.events.length && page.next_depth !== undefined)
      this.#move(key, { depth: page.next_depth, eventId: page.next_event_id ?? null });
    return page.events.length;
  }

  /** The first era goes by the larger of depth and time alone. */
  #placeOf(event: StandInEvent): Cursor {
    if (this.#era.checks === 'none') return { depth: Math.max(event.depth, event.origin_ts), eventId: null };
    return { depth: placeOf(event), eventId: event.event_id };
  }

  /** Never backwards. */
  #move(key: string, to: Cursor): void {
    const from = this.#cursors.get(key);
    if (
      !from ||
      to.depth > from.depth ||
      (to.depth === from.depth && (to.eventId ?? '') > (from.eventId ?? ''))
    )
      this.#cursors.set(key, to);
  }
}
