import * as v from 'valibot';
import { limits } from '../../shared/protocol/limits.ts';
import { said } from '../../shared/words/said.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { Warn } from '../trust/warnings.ts';

const sinceKey = 'own_events_since';
const endedKey = 'ended_cleanly';
const twinKey = 'unwritten_own_event';
/** How long the finding stays after the last such event. */
const toldMs = 7 * 86_400_000;

/** An event that is signed with a key of ours, and that this node never wrote. */
const Unwritten = v.object({
  event_id: v.string(),
  room_id: v.string(),
  /** The peer that sent it. */
  by: v.string(),
  origin_ts: v.number(),
  at: v.number(),
  count: v.number(),
});
type Unwritten = v.InferOutput<typeof Unwritten>;

interface Deps {
  readonly store: Tables<'events' | 'meta' | 'writer'>;
  readonly clock: Clock;
  readonly warn: Warn;
}

/**
 * Notices events of ours that we never wrote. Within one run, and across runs that were stopped properly, nothing we
 * wrote can be missing here. So somebody else signs with our key, or the database was restored unnoticed.
 */
export class OwnEvents {
  readonly #deps: Deps;
  #since = Number.POSITIVE_INFINITY;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Runs at the start, before anything is received. */
  async begin(): Promise<void> {
    const { store } = this.#deps;
    const since = Number(store.meta.get(sinceKey) ?? Number.NaN);
    const isWhole = store.meta.get(endedKey) === 'yes' && Number.isFinite(since);
    if (isWhole) this.#since = since;
    await store.writer.write(() => {
      store.meta.put(endedKey, 'no');
      const wroteBefore = store.meta.get(sinceKey) !== undefined || store.events.lastSeq() > 0;
      if (!isWhole) this.restart(wroteBefore ? limits.clockSkewMsMax : 0);
    });
  }

  /**
   * Inside a transaction: what we wrote until now may be missing here. `slackMs`: how far our clock may be behind the
   * one that dated it.
   */
  restart(slackMs: number = limits.clockSkewMsMax): void {
    const { store, clock } = this.#deps;
    this.#since = clock.now() + slackMs;
    store.meta.put(sinceKey, String(this.#since));
  }

  /** When the node is stopped properly. */
  async end(): Promise<void> {
    const { store } = this.#deps;
    if (this.#since !== Number.POSITIVE_INFINITY)
      await store.writer.write(() => store.meta.put(endedKey, 'yes'));
  }

  /** A peer sent an event of ours that was missing here. True if we can't have written it. */
  async came(event: {
    readonly eventId: string;
    readonly roomId: string;
    readonly by: string;
    readonly originTs: number;
  }): Promise<boolean> {
    const { store, clock, warn } = this.#deps;
    if (event.originTs < this.#since) return false;
    const before = this.last();
    const { eventId: event_id, roomId: room_id, by, originTs: origin_ts } = event;
    const count = (before?.count ?? 0) + 1;
    await store.writer.write(() =>
      store.meta.put(
        twinKey,
        JSON.stringify({ event_id, room_id, by, origin_ts, at: clock.now(), count } satisfies Unwritten),
      ),
    );
    if (before === null) warn(null)(said('recall.unwritten', { server: by, event: event_id }));
    return true;
  }

  /** The last one of the past week; null without one. */
  last(): Unwritten | null {
    const { store, clock } = this.#deps;
    const noted = store.meta.get(twinKey);
    const last = noted === undefined ? null : v.parse(Unwritten, JSON.parse(noted));
    return last !== null && clock.now() - last.at < toldMs ? last : null;
  }
}
