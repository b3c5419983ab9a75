import { isObject, type JsonValue } from '../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { envelopeFrom, wireEvent } from '../../shared/protocol/events/envelope.ts';
import type { Redacted } from '../../shared/protocol/events/redaction.ts';
import type { Tell } from '../facts.ts';
import type { Clock } from '../kernel/ports.ts';
import type { Tables } from '../store/ports.ts';
import type { PeerRow } from '../store/tables/peer-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import type { Ingest } from './ingest.ts';
import type { Pace } from './pace.ts';
import type { EventVerifier, VerifiedEvent } from './verify.ts';

export interface IntakeDeps {
  readonly store: Tables<'events' | 'outbox' | 'writer'>;
  readonly verifier: EventVerifier;
  readonly ingest: Ingest;
  readonly pace: Pace;
  readonly directory: PeerDirectory;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly log: { debug(details: object, message: string): void };
}

/** The fate of the events of one answer. */
interface Taken {
  /** Events that were new here, and how many of them the asked peer wrote itself. */
  readonly inserted: number;
  readonly own: number;
  /** Events that we had already. */
  readonly known: number;
  /** Some events could not be checked yet. */
  readonly transient: boolean;
  /** Some events come faster than we accept them, so they must be read again later. */
  readonly delayed: boolean;
  readonly closed: boolean;
  /** Messages whose signature can't be checked, because the key isn't known; without their text. */
  readonly unverified: readonly Redacted[];
}

/** How many events of a large page are processed at once. Each may be as large as events can be. */
const largeAtOnce = 4;

/** Passes the events of a peer's answer to ingest. Each may fail on its own. */
export class Intake {
  readonly #deps: IntakeDeps;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  /** Stores messages without text: erased at the peer, or not verified here. Returns how many were new. */
  async takeErased(peer: PeerRow, left: readonly Redacted[]): Promise<number> {
    return this.#deps.ingest.adopt(left, peer.server_name);
  }

  /**
   * A bad event must not block the events behind it. With `pause`, a few events at a time, with other work in between.
   */
  async takeIn(
    peer: PeerRow,
    events: readonly JsonValue[],
    pause: (() => Promise<void>) | null = null,
  ): Promise<Taken> {
    const size = pause === null ? Math.max(events.length, 1) : largeAtOnce;
    let all = await this.#takeIn(peer, events.slice(0, size));
    for (let at = size; at < events.length; at += size) {
      await pause?.();
      const some = await this.#takeIn(peer, events.slice(at, at + size));
      all = {
        inserted: all.inserted + some.inserted,
        own: all.own + some.own,
        known: all.known + some.known,
        transient: all.transient || some.transient,
        delayed: all.delayed || some.delayed,
        closed: all.closed || some.closed,
        unverified: [...all.unverified, ...some.unverified],
      };
    }
    return all;
  }

  /** The peer refused these events before and lists them now: it has recovered what it was missing. */
  async #noteShown(server: string, eventIds: readonly string[]): Promise<void> {
    const { store, clock, tell } = this.#deps;
    const letters = eventIds.length === 0 ? [] : store.outbox.deadAmong(server, eventIds);
    if (letters.length === 0) return;
    const arrived = letters.map(({ event_id }) => event_id);
    await store.writer.write((tx) => {
      for (const letter of letters) store.outbox.arrived(letter, server, clock.now());
      tx.afterCommit(() => tell({ fact: 'events-fetched', destination: server, eventIds: arrived }));
    });
  }

  /**
   * The events that we have, byte for byte, or had until they were erased, with their IDs. Another text under a stored ID
   * is judged like a new event: if its origin signed it, the owner is warned. Texts are compared with stored ones of the
   * same size, so no more is loaded than the page contains.
   */
  #copies(
    events: readonly JsonValue[],
    stored: ReadonlyMap<string, number | null>,
  ): ReadonlyMap<JsonValue, string> {
    const copies = new Map<JsonValue, string>();
    const compared = new Map<JsonValue, { readonly id: string; readonly text: string }>();
    for (const event of events) {
      const id = idOf(event);
      const bytes = id === null ? undefined : stored.get(id);
      if (id === null || bytes === undefined) continue;
      const text = bytes === null ? null : textOf(event);
      if (text === null) copies.set(event, id);
      else if (Buffer.byteLength(text) === bytes) compared.set(event, { id, text });
    }
    const bodies = this.#deps.store.events.bodiesOf([...compared.values()].map(({ id }) => id));
    for (const [event, { id, text }] of compared) if (bodies.get(id) === text) copies.set(event, id);
    return copies;
  }

  /** A bad event must not block the events behind it. */
  async #takeIn(peer: PeerRow, events: readonly JsonValue[]): Promise<Taken> {
    const { verifier, ingest, pace, directory, store, log } = this.#deps;
    let transient = false;
    let delayed = false;
    let closed = false;
    const unverified: Redacted[] = [];
    const note = (error: unknown): null => {
      // A check that could not run, because there was no thread or file handle, says nothing about the event. The event
      // is read again.
      if (!(error instanceof ProtocolError) || error.status >= 500) throw error;
      const { details, message } = error;
      // If the peer doesn't serve keys of other servers, asking again won't help.
      const isTold = directory.isOfOurKind(peer.server_name) !== false;
      if (details?.reason === 'key_unknown' || (details?.reason === 'origin_unknown' && isTold))
        transient = true;
      if (details?.reason === 'room_closed') closed = true;
      log.debug({ peer: peer.server_name, why: message }, 'an event was not accepted');
      return null;
    };
    const ids = events.map(idOf);
    const stored = store.events.storedOf(ids.filter((id) => id !== null));
    const copies = this.#copies(events, stored);
    const fresh = events.filter((event) => !copies.has(event));
    await this.#noteShown(peer.server_name, [...copies.values()]);
    const verified = await Promise.all(
      fresh.map(async (event): Promise<VerifiedEvent | null> => {
        try {
          return await verifier.verify(envelopeFrom(event), peer.server_name);
        } catch (error) {
          if (isKeyUnknown(error)) unverified.push({ ...envelopeFrom(event), erased: 'unverified' });
          return note(error);
        }
      }),
    );
    const loaded = pace.load(verified.filter((event) => event !== null));
    const outcomes = await Promise.all(
      verified.map(async (event) => {
        if (event === null) return null;
        try {
          pace.check(event, loaded);
        } catch (error) {
          delayed = true;
          return note(error);
        }
        const outcome = await ingest.ingest(event);
        if (outcome.kind === 'refused') note(outcome.error);
        return outcome;
      }),
    );
    const isNew = (_: unknown, i: number) => outcomes[i]?.kind === 'inserted';
    const taken = verified.filter(isNew);
    return {
      inserted: taken.length,
      known: ids.filter((id) => id !== null && stored.has(id)).length,
      own: taken.filter((event) => event?.envelope.origin_server === peer.server_name).length,
      transient,
      delayed,
      closed,
      unverified,
    };
  }
}

const isKeyUnknown = (error: unknown): boolean =>
  error instanceof ProtocolError && error.status < 500 && error.details?.reason === 'key_unknown';

function idOf(event: JsonValue): string | null {
  const id = isObject(event) ? event.get('event_id') : undefined;
  return typeof id === 'string' ? id : null;
}

/** An event as it would be stored; null if it isn't one. */
function textOf(event: JsonValue): string | null {
  try {
    return wireEvent(envelopeFrom(event));
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
