import type { FederationClient } from '../../client/federation-client.ts';
import { fieldIn, type HttpResult } from '../../client/http.ts';
import { tuning } from '../../config.ts';
import type { Tell } from '../../facts.ts';
import { type BackOff, backOffMs } from '../../kernel/back-off.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import type { Tables } from '../../store/ports.ts';
import type { HeldThere } from '../../store/tables/delivery/attempt-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';

interface Deps {
  readonly store: Tables<'attempts' | 'receipts' | 'writer'>;
  readonly client: Pick<FederationClient, 'call'>;
  readonly directory: Pick<PeerDirectory, 'get' | 'isAllowed'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
}

interface Line {
  cancel: () => void;
  isAsking: boolean;
  rounds: number;
  /** How often contact was taken as a sign since the last event was held, and when it may be one again. */
  signs: number;
  nextSignAt: number;
}

const pauses: BackOff = { firstMs: 60_000, maxMs: 3_600_000 };
/** A peer that talks to us again may keep what it holds, so its contact is a sign less and less often. */
const signPauses: BackOff = { firstMs: 5_000, maxMs: 3_600_000 };
const noSign: Pick<Line, 'signs' | 'nextSignAt'> = { signs: 0, nextSignAt: 0 };
const askedAtOnce = 64;

/** Reads from an answer whether a decision about an event that was held there has been made. */
export function isDecided(result: HttpResult, eventId: string): boolean {
  if (result.kind !== 'answer') return false;
  // 202: it was sent again, and is known there. 410: it was erased since, or discarded.
  if (result.status === 202 || result.status === 200) return fieldIn(result.body, 'event_id') === eventId;
  return result.status === 410;
}

/**
 * Finds out whether a peer that quarantined this server has released what it holds. Nobody reports that, because such a
 * peer sends us nothing. While it is quarantined it lets us read nothing either, so the event is sent once more: it is
 * either known there or still held.
 */
export class HeldQuestions {
  readonly #deps: Deps;
  readonly #lines = new Map<string, Line>();
  #ending = new AbortController();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#ending.abort();
  }

  start(): void {
    if (!this.#ending.signal.aborted) return;
    this.#ending = new AbortController();
    for (const destination of this.#deps.store.attempts.holders(this.#since())) this.#soon(destination);
  }

  stop(): void {
    this.#ending.abort();
    for (const line of this.#lines.values()) line.cancel();
    this.#lines.clear();
  }

  /** The result of a delivery. A server that accepts one event again has perhaps released the others. */
  settled(destination: string, outcome: string): void {
    if (outcome === 'held') this.#soon(destination);
    const line = this.#lines.get(destination);
    if (line !== undefined && outcome === 'held') Object.assign(line, noSign);
    if (outcome === 'delivered') this.#askNow(destination, line);
  }

  /** Asks a peer that called us, or let us read. It does neither while it quarantines us. */
  heardFrom(destination: string): void {
    const line = this.#lines.get(destination);
    const now = this.#deps.clock.now();
    if (line === undefined || line.isAsking || now < line.nextSignAt) return;
    line.signs++;
    line.nextSignAt = now + backOffMs(signPauses, line.signs);
    this.#askNow(destination, line);
  }

  #askNow(destination: string, line: Line | undefined): void {
    if (line === undefined || line.isAsking) return;
    line.cancel();
    line.rounds = 0;
    line.cancel = this.#deps.clock.after(0, () => void this.#run(destination, line));
  }

  #since(): number {
    return this.#deps.clock.now() - tuning.attemptsKeepMs;
  }

  #soon(destination: string): void {
    if (this.#ending.signal.aborted || this.#lines.has(destination)) return;
    const line: Line = { cancel: () => {}, isAsking: false, rounds: 0, signs: 0, nextSignAt: 0 };
    this.#lines.set(destination, line);
    this.#wait(destination, line);
  }

  #wait(destination: string, line: Line): void {
    line.rounds++;
    const ms = backOffMs(pauses, line.rounds);
    line.cancel = this.#deps.clock.after(ms, () => void this.#run(destination, line));
  }

  async #run(destination: string, line: Line): Promise<void> {
    const { log } = this.#deps;
    const { signal } = this.#ending;
    line.isAsking = true;
    let isOpen = true;
    try {
      isOpen = await this.#ask(destination, signal);
    } catch (error) {
      log.warn({ err: error, peer: destination }, 'could not ask for events that a peer holds');
    }
    line.isAsking = false;
    if (signal.aborted) return;
    if (isOpen) this.#wait(destination, line);
    else this.#lines.delete(destination);
  }

  /** Returns whether any may still be held there. */
  async #ask(destination: string, signal: AbortSignal): Promise<boolean> {
    const { store, directory, clock, tell } = this.#deps;
    const held = store.attempts.heldAt(destination, this.#since(), askedAtOnce);
    const peer = directory.get(destination);
    const callee = peer && directory.isAllowed(destination) ? calleeOf(peer) : null;
    if (held.length === 0) return false;
    if (!callee) return true;
    const decided: HeldThere[] = [];
    for (const event of held) {
      const read = await this.#deps.client.call(callee, {
        method: 'GET',
        path: `/event/${encodeURIComponent(event.event_id)}`,
        signal,
      });
      if (read.kind !== 'answer') break;
      const answer =
        read.status === 403
          ? await this.#deps.client.call(callee, {
              method: 'POST',
              path: '/event',
              body: event.body,
              signal,
            })
          : read;
      if (isDecided(answer, event.event_id)) decided.push(event);
    }
    if (signal.aborted || decided.length === 0) return true;
    await store.writer.write((tx) => {
      const at = clock.now();
      for (const { event_seq } of decided) store.attempts.arrived(event_seq, destination, at);
      store.receipts.owe(
        decided
          .filter(({ is_ours }) => is_ours === 0)
          .map(({ event_seq: seq, origin }) => ({ origin, seq, destination, at })),
      );
      const deliveries = decided.map(({ event_id: eventId }) => ({
        destination,
        eventId,
        outcome: 'delivered',
      }));
      tx.afterCommit(() => tell({ fact: 'deliveries-recorded', deliveries }));
    });
    return decided.length < held.length || held.length === askedAtOnce;
  }
}
