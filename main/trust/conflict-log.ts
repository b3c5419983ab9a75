import * as v from 'valibot';
import { said } from '../../shared/words/said.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { Warn } from './warnings.ts';

const metaKey = 'two_texts';
/** How long the finding stays after such an event was last seen. Rooms are compared again every day. */
const toldMs = 7 * 86_400_000;
/** Within this time nothing is written again about the same server. */
const noteEveryMs = 3_600_000;
/** The last servers that did this. */
const serversMax = 100;

/** A server signed two texts with one ID, so not all servers have the same one. */
const TwoTexts = v.object({ origin: v.string(), event_id: v.string(), at: v.number() });
export type TwoTexts = v.InferOutput<typeof TwoTexts>;

interface Deps {
  readonly store: Tables<'meta' | 'writer'>;
  readonly clock: Clock;
  readonly warn: Warn;
  readonly tell: Tell;
}

/** Remembers which servers signed two different events with one ID. */
export class ConflictLog {
  readonly #deps: Deps;
  /** Servers about which something is being written. */
  readonly #writing = new Set<string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** An event of `origin` arrived whose ID belongs to another one. `by`: the server that sent it. */
  async note(origin: string, eventId: string, by: string): Promise<void> {
    const { store, clock, warn, tell } = this.#deps;
    const now = clock.now();
    const before = this.all().find((each) => each.origin === origin);
    const isKnown = before !== undefined && now - before.at < noteEveryMs;
    if (isKnown || this.#writing.has(origin)) return;
    this.#writing.add(origin);
    try {
      await store.writer.write((tx) => {
        const others = this.all().filter((each) => each.origin !== origin);
        const all = [...others, { origin, event_id: eventId, at: now }].slice(-serversMax);
        store.meta.put(metaKey, JSON.stringify(all satisfies TwoTexts[]));
        tx.afterCommit(() => tell({ fact: 'peer-changed', server: origin }));
      });
    } finally {
      this.#writing.delete(origin);
    }
    if (before === undefined) warn(by)(said('peer.event_conflict', { server: by, event: eventId }));
  }

  /** The last one of each server in the past week. */
  all(): TwoTexts[] {
    const { store, clock } = this.#deps;
    const noted = store.meta.get(metaKey);
    const all = noted === undefined ? [] : v.parse(v.array(TwoTexts), JSON.parse(noted));
    return all.filter(({ at }) => clock.now() - at < toldMs);
  }
}
