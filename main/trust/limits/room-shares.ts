import { tuning } from '../../config.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Pause } from '../../kernel/timers.ts';
import type { Tables } from '../../store/ports.ts';

/** The time between two passes through the full shares. */
const countEveryMs = 3_600_000;
/** Sizes that are added up before other work goes on. */
const sizesTogether = 1_000;

interface Deps {
  readonly store: Tables<'shares' | 'writer'>;
  readonly clock: Clock;
  readonly pause: Pause;
}

/**
 * How much of each room one server may have sent, no matter who wrote it: a room's home brings what it likes, in the name of
 * as many servers as it likes.
 */
export class RoomShares {
  readonly #deps: Deps;
  #dueAt = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  isFull(server: string, roomId: string): boolean {
    return this.#deps.store.shares.bytesOf({ room_id: roomId, server }) >= tuning.roomShareBytesMax;
  }

  full(): { readonly room_id: string; readonly server: string }[] {
    return this.#deps.store.shares.from(tuning.roomShareBytesMax);
  }

  /** Counts full shares again once an hour, because some of it may have been dropped or erased. */
  async run(): Promise<void> {
    const { store, clock, pause } = this.#deps;
    if (clock.now() < this.#dueAt) return;
    this.#dueAt = clock.now() + countEveryMs;
    for (const share of store.shares.from(tuning.roomShareBytesMax)) {
      let bytes = 0;
      for (let after = 0; ; await pause()) {
        const page = store.shares.sizes(share, after, sizesTogether);
        bytes += page.reduce((sum, one) => sum + one.bytes, 0);
        after = page.at(-1)?.seq ?? after;
        if (page.length < sizesTogether) break;
      }
      // A full share gets nothing new meanwhile, except for what was under way when it became full.
      await store.writer.write(() => store.shares.add(share, bytes - share.bytes));
    }
  }
}
