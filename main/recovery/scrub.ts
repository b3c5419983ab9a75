import * as v from 'valibot';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { signedText } from '../../shared/protocol/events/attachments.ts';
import { parseEnvelope } from '../../shared/protocol/events/envelope.ts';
import type { FederationClient } from '../client/federation-client.ts';
import type { Verifier } from '../crypto/verifier.ts';
import type { RoomRegistry } from '../events/projection/room-registry.ts';
import type { Upkeep } from '../events/upkeep.ts';
import type { EventVerifier, VerifiedEvent } from '../events/verify.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Log } from '../kernel/log.ts';
import type { Clock } from '../kernel/ports.ts';
import { every } from '../kernel/timers.ts';
import { isErased } from '../store/erased-body.ts';
import type { Tables } from '../store/ports.ts';
import type { EventRow } from '../store/tables/rooms/event-store.ts';
import type { PeerDirectory } from '../trust/peer-directory.ts';
import { calleeOf } from '../trust/peer-rows.ts';

/** A million events take a week, and a step takes no more than a few milliseconds of a thread. */
export const scrubEveryMs = 60_000;
const scrubbedTogether = 100;
/** Between the end of one pass and the start of the next. */
const scrubPauseMs = 7 * 86_400_000;
const damagedMax = 100;
/** How often peers are asked again for what none of them returned. */
const retryMs = 3_600_000;

const stateKey = 'scrub';
const State = v.object({
  /** The last event that was checked. */
  seq: v.number(),
  ended_at: v.nullable(v.number()),
  /** Damaged events that no peer returned. */
  damaged: v.array(v.string()),
});
type State = v.InferOutput<typeof State>;

interface ScrubDeps {
  readonly store: Tables<'events' | 'meta' | 'recovery' | 'writer'>;
  readonly directory: PeerDirectory;
  readonly keyring: Keyring;
  readonly registry: RoomRegistry;
  readonly verifier: Verifier;
  readonly eventVerifier: EventVerifier;
  readonly upkeep: Pick<Upkeep, 'mend'>;
  readonly client: FederationClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

/**
 * Checks stored events again, a few at a time: whether each is still what its origin signed. A damaged one is fetched
 * again from a server that has it.
 */
export class Scrub {
  readonly #deps: ScrubDeps;
  /** Event IDs. */
  readonly #suspects = new Set<string>();
  #retriedAt = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => {};
  #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: ScrubDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, log } = this.#deps;
    this.#cancel = every(
      clock,
      scrubEveryMs,
      () => {
        this.#running = this.round();
        return this.#running;
      },
      (error) => log.error({ err: error }, 'stored events could not be checked'),
    );
  }

  async stop(): Promise<void> {
    this.#cancel();
    this.#ending.abort();
    await this.#running.catch(() => {});
  }

  /** Damaged events that no peer returned. */
  damaged(): readonly string[] {
    return this.#state().damaged;
  }

  /** Somebody met an event that can't be read: the next round checks it. */
  suspect(eventId: string): void {
    if (this.#suspects.size < damagedMax) this.#suspects.add(eventId);
  }

  /** Notes the events whose text isn't even JSON, to fetch them when this node runs. Returns how many there are. */
  async findUnreadable(): Promise<number> {
    const { store } = this.#deps;
    const found = store.recovery.unreadable(damagedMax);
    const state = this.#state();
    const damaged = [...new Set([...state.damaged, ...found])].slice(0, damagedMax);
    if (found.length > 0)
      await store.writer.write(() => store.meta.put(stateKey, JSON.stringify({ ...state, damaged })));
    return found.length;
  }

  #state(): State {
    const noted = this.#deps.store.meta.get(stateKey);
    return noted === undefined ? { seq: 0, ended_at: null, damaged: [] } : v.parse(State, JSON.parse(noted));
  }

  /** The events found or suspected to be damaged, if they are to be checked now. */
  #doubted(damaged: readonly string[]): EventRow[] {
    const { store, clock } = this.#deps;
    const now = clock.now();
    const isDue = now - this.#retriedAt >= retryMs;
    if (isDue) this.#retriedAt = now;
    const ids = new Set([...this.#suspects, ...(isDue ? damaged : [])]);
    this.#suspects.clear();
    return [...ids].flatMap((id) => store.events.byId(id) ?? []);
  }

  /** Checks the next few. */
  async round(): Promise<void> {
    const { store, keyring, clock, log, tell } = this.#deps;
    if (!keyring.isSetUp) return;
    const before = this.#state();
    const isResting = before.ended_at !== null && clock.now() - before.ended_at < scrubPauseMs;
    const from = before.ended_at === null ? before.seq : 0;
    const next = isResting ? [] : store.recovery.after(from, scrubbedTogether);
    const rows = [...next, ...this.#doubted(before.damaged)];
    if (isResting && rows.length === 0) return;
    const verdicts = await Promise.all(rows.map((row) => this.#isSound(row)));
    const damaged = new Set(before.damaged);
    for (const [at, row] of rows.entries()) {
      if (verdicts[at] !== false) damaged.delete(row.event_id);
      else if (await this.#mend(row)) damaged.delete(row.event_id);
      else {
        log.warn({ event: row.event_id, room: row.room_id }, 'a stored event is damaged');
        damaged.add(row.event_id);
      }
    }
    const isEnd = next.length < scrubbedTogether;
    const place = isResting
      ? { seq: before.seq, ended_at: before.ended_at }
      : { seq: next.at(-1)?.seq ?? from, ended_at: isEnd ? clock.now() : null };
    const state: State = {
      ...place,
      damaged: [...damaged].slice(0, damagedMax),
    };
    await store.writer.write((tx) => {
      store.meta.put(stateKey, JSON.stringify(state));
      if (state.damaged.length !== before.damaged.length)
        tx.afterCommit(() => tell({ fact: 'recovery-changed' }));
    });
  }

  /** Null if that can't be checked: the event was erased, or we no longer have the key. */
  async #isSound(row: EventRow): Promise<boolean | null> {
    if (isErased(row)) return null;
    const publicKey = this.#keyOf(row);
    if (publicKey === undefined) return null;
    try {
      const event = parseEnvelope(row.body);
      const signature = event.signatures.get(row.key_id);
      if (event.event_id !== row.event_id || event.room_id !== row.room_id || signature === undefined)
        return false;
      return await this.#deps.verifier.verify(
        signedText(event, row.files_unsigned === 1),
        signature,
        publicKey,
      );
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }

  #keyOf({ origin_server, key_id }: EventRow): string | undefined {
    const { keyring, directory } = this.#deps;
    return origin_server === keyring.serverName
      ? keyring.publicKeyOf(key_id)?.publicKey
      : directory.key(origin_server, key_id)?.public_key;
  }

  /** Fetches a damaged event from any server that should have it. False if no server returned it. */
  async #mend(row: EventRow): Promise<boolean> {
    const { registry, upkeep, log, tell } = this.#deps;
    const room = registry.get(row.room_id);
    const servers = new Set([row.origin_server, room?.row.home ?? '', ...(room?.servers ?? [])]);
    for (const server of servers) {
      const event = await this.#fetch(server, row);
      if (event === null) continue;
      if (!(await upkeep.mend(row.seq, event))) return true;
      tell({ fact: 'room-changed', roomId: row.room_id });
      log.info({ event: row.event_id, peer: server }, 'a damaged event was fetched again');
      return true;
    }
    return false;
  }

  async #fetch(server: string, row: EventRow): Promise<VerifiedEvent | null> {
    const { directory, client, eventVerifier } = this.#deps;
    const peer = directory.get(server);
    const callee = peer && directory.isAllowed(server) ? calleeOf(peer) : null;
    if (!callee) return null;
    const answer = await client.call(callee, {
      method: 'GET',
      path: `/event/${encodeURIComponent(row.event_id)}`,
      signal: this.#ending.signal,
    });
    if (answer.kind !== 'answer' || answer.status !== 200) return null;
    try {
      const event = parseEnvelope(answer.body);
      const isIt =
        event.event_id === row.event_id &&
        event.room_id === row.room_id &&
        event.origin_server === row.origin_server &&
        event.event_type === row.event_type &&
        event.sender === row.sender;
      return isIt ? await eventVerifier.verify(event, server) : null;
    } catch (error) {
      if (error instanceof ProtocolError) return null;
      throw error;
    }
  }
}
