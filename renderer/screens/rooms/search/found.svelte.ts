import { momentOf, type SearchQuery } from '../../../../shared/api/search-query.ts';
import type { RoomView, SearchHit } from '../../../../shared/api/views/room-views.ts';
import { type Failure, failureOf } from '../../../node/failure.ts';
import type { NodeLink } from '../../../node/node-link.ts';

/** Waits this long with a search, in case somebody types on. */
const typingMs = 120;
const pageSize = 20;
/** A page may come with fewer messages than there are. */
const readsMax = 5;

type Input = Parameters<NodeLink['api']['search']>[0];

/** Translates a search into the node's terms; null if a filter names a room that isn't there. */
export function inputOf(
  { words, filters }: SearchQuery,
  rooms: readonly Pick<RoomView, 'room_id' | 'name'>[],
): Input | null {
  const input: { -readonly [K in keyof Input]: Input[K] } = words === '' ? {} : { words };
  for (const { kind, value } of filters) {
    if (kind === 'from') input.from = value;
    else if (kind === 'has') input.has_file = true;
    else if (kind === 'before') input.before = momentOf(value) ?? 0;
    else if (kind === 'after') input.after = momentOf(value) ?? 0;
    else {
      const wanted = value.toLowerCase();
      const named = (matches: (name: string) => boolean) =>
        rooms.find(({ name }) => matches(name.toLowerCase()));
      const room = named((name) => name === wanted) ?? named((name) => name.includes(wanted));
      if (room === undefined) return null;
      input.room_id = room.room_id;
    }
  }
  return input;
}

/** The messages that a search has found so far. */
export class Found {
  items: readonly SearchHit[] = $state.raw([]);
  next: string | null = $state.raw(null);
  failure: Failure | null = $state.raw(null);
  busy = $state(false);
  complete = $state(true);
  readonly #node: NodeLink;
  readonly #as: string;
  #input: Input | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the searches: the answer to an earlier one is dropped. */
  #turn = 0;

  constructor(node: NodeLink, as: string) {
    this.#node = node;
    this.#as = as;
  }

  /** Starts another search. The messages of the one before stay until there is an answer. */
  search(input: Input | null): void {
    this.stop();
    this.#input = input;
    this.busy = input !== null;
    if (input === null) {
      this.#show([], null);
      this.complete = true;
    } else this.#timer = setTimeout(() => void this.#read(null), typingMs);
  }

  more(): void {
    if (this.next === null || this.busy) return;
    this.busy = true;
    void this.#read(this.next);
  }

  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
    this.busy = false;
  }

  #show(items: readonly SearchHit[], next: string | null): void {
    this.items = items;
    this.next = next;
    this.failure = null;
  }

  async #read(from: string | null): Promise<void> {
    const turn = this.#turn;
    let found = from === null ? [] : this.items;
    const wanted = found.length + pageSize;
    let cursor = from;
    try {
      for (let reads = 0; reads < readsMax && found.length < wanted; reads++) {
        const page = await this.#node.api.search({
          ...this.#input,
          ...(cursor === null ? {} : { cursor }),
          limit: wanted - found.length,
          as: this.#as,
        });
        if (turn !== this.#turn) return;
        found = [...found, ...page.items];
        cursor = page.next;
        this.complete = page.complete;
        if (found.length > 0 || cursor === null) this.#show(found, cursor);
        if (cursor === null) break;
      }
      this.#show(found, cursor);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#show(found, null);
      this.failure = failureOf(error);
    }
    this.busy = false;
  }
}
