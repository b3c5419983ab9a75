import { limits } from '../../../shared/protocol/limits.ts';
import type { Reason } from '../../../shared/protocol/reasons.ts';
import { type Receipt, writeReceipts } from '../../../shared/protocol/receipts.ts';
import type { FederationClient } from '../../client/federation-client.ts';
import { fieldIn, isRefusal, reasonOfRefusal } from '../../client/http.ts';
import type { QueuedRow, WrittenAttempt } from '../../facts.ts';
import type { Keyring } from '../../identity/keyring.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import { HandedOut } from '../../kernel/handed-out.ts';
import type { Log } from '../../kernel/log.ts';
import type { Ports } from '../../kernel/ports.ts';
import type { Tables } from '../../store/ports.ts';
import type { OwedRow } from '../../store/tables/delivery/receipt-store.ts';
import type { PeerDirectory } from '../../trust/peer-directory.ts';
import { calleeOf } from '../../trust/peer-rows.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { nextDelayMs, quickTries } from '../waits.ts';
import { isNews, type LastReport, receiptOf } from './receipt-policy.ts';

export interface ReceiptTellerDeps {
  readonly store: Tables<'receipts' | 'writer' | 'onRollback'>;
  readonly directory: PeerDirectory;
  readonly client: FederationClient;
  readonly keyring: Pick<Keyring, 'serverName'>;
  readonly ports: Ports;
  readonly log: Log;
  readonly delivery: Pick<Delivery, 'snapshot'>;
}

/** Results within this time are reported together. */
const gatherMs = 2_000;
/** Contact from an origin that didn't get its report ends the wait, but not more often than this. */
const heardGapMs = 60_000;
/** If an entry is dropped, everything that waits is reported once more, which is harmless. */
const toldMax = 10_000;

/** A server that doesn't accept what waits for it. */
interface Stuck {
  isStuck: boolean;
  /** Outbox rows up to this id were looked at. */
  seenTo: number;
  /** The origins whose events wait for it. */
  readonly origins: Set<string>;
}

/** A report to the origin of an event: one about this server is due. */
type Owed = QueuedRow;

interface Line {
  cancel: (() => void) | null;
  isTelling: boolean;
  failures: number;
  heardAt: number;
}

/**
 * Reports to the origin of each event which member servers have it. Only the home of a room does this. Reports that are
 * due are marked on disk in the transaction that changes the outbox, and read from there. So a restart loses none, memory
 * doesn't grow with the queue, and only the last of several changes is reported. Each origin gets one call at a time.
 *
 * When a server stops accepting events, each event that waits for it is reported once. After that, one report speaks for
 * all of them.
 */
export class ReceiptTeller {
  readonly #deps: ReceiptTellerDeps;
  readonly #lines = new Map<string, Line>();
  readonly #stuck = new Map<string, Stuck>();
  readonly #handedOut = new HandedOut();
  /** The last report to each server about each origin. */
  readonly #told = new BoundedMap<string, LastReport>(toldMax);
  #ending = new AbortController();

  constructor(deps: ReceiptTellerDeps) {
    this.#deps = deps;
    this.#ending.abort();
    deps.store.onRollback(() => this.#stuck.clear());
  }

  /** Continues with reports that were due before a stop or a restart. */
  start(): void {
    if (!this.#ending.signal.aborted) return;
    this.#ending = new AbortController();
    for (const origin of this.#deps.store.receipts.origins()) this.#soon(origin, gatherMs);
  }

  stop(): void {
    this.#ending.abort();
    for (const line of this.#lines.values()) line.cancel?.();
    this.#lines.clear();
  }

  /** An origin that couldn't be reached before makes contact. */
  heardFrom(origin: string): void {
    const line = this.#lines.get(origin);
    if (!line || line.failures === 0 || line.isTelling) return;
    const now = this.#deps.ports.clock.now();
    if (now - line.heardAt < heardGapMs) return;
    line.heardAt = now;
    line.cancel?.();
    line.cancel = null;
    this.#soon(origin, gatherMs);
  }

  #isTold(origin: string): boolean {
    const { directory, keyring } = this.#deps;
    return origin !== keyring.serverName && directory.answers(origin, 'receipts');
  }

  /** A server that we can't call asks for its reports. */
  #isCalled(origin: string): boolean {
    return this.#deps.directory.get(origin)?.endpoint !== null;
  }

  /** Inside the transaction that saves the attempts, so that the reports to the origins can't be lost. */
  attempted(attempts: readonly WrittenAttempt[]): void {
    this.#deps.store.receipts.owe(
      attempts.flatMap((attempt) => {
        const { row, at, next } = attempt;
        if (next.state !== 'done' && next.state !== 'dead') return this.#failed(attempt);
        const { destination, origin, eventSeq: seq } = row;
        const line = this.#stuck.get(destination);
        if (line) line.isStuck = false;
        return this.#isTold(origin) ? [{ origin, seq, destination, at }] : [];
      }),
    );
  }

  /** Makes the report about a server that didn't accept an event, and hasn't been given up. */
  #failed(attempt: WrittenAttempt): Owed[] {
    const { at } = attempt;
    const { destination } = attempt.row;
    const line = this.#stuck.get(destination) ?? { isStuck: false, seenTo: 0, origins: new Set() };
    this.#stuck.set(destination, line);
    const owed = line.isStuck ? [] : this.#begin(destination, line, at);
    const news = [...line.origins].filter((origin) =>
      isNews(attempt, this.#told.get(toldKey(destination, origin))),
    );
    for (const { origin, seq } of this.#deps.store.receipts.firstWaiting(destination, news)) {
      if (seq === null) line.origins.delete(origin);
      else owed.push({ origin, seq, destination, at });
    }
    return owed;
  }

  /** The server stopped accepting events: the origins of its waiting events get one report per event. */
  #begin(destination: string, line: Stuck, at: number): Owed[] {
    line.isStuck = true;
    const owed: Owed[] = [];
    for (const { id, origin, event_seq: seq } of this.#deps.store.receipts.waitingFor(
      destination,
      line.seenTo,
    )) {
      line.seenTo = Math.max(line.seenTo, id);
      if (!this.#isTold(origin)) continue;
      line.origins.add(origin);
      owed.push({ origin, seq, destination, at });
    }
    return owed;
  }

  /** Inside the transaction that puts these rows into the outbox. */
  queued(rows: readonly QueuedRow[]): void {
    const owed = rows.filter(({ destination, origin }) => {
      const line = this.#stuck.get(destination);
      if (!line?.isStuck || !this.#isTold(origin)) return false;
      line.origins.add(origin);
      return true;
    });
    this.#deps.store.receipts.owe(owed);
  }

  /** There is something new to report to these servers. */
  owed(origins: readonly string[]): void {
    for (const origin of origins) this.#soon(origin, gatherMs);
  }

  #soon(origin: string, ms: number): void {
    if (this.#ending.signal.aborted || !this.#isCalled(origin)) return;
    const line = this.#lines.get(origin) ?? { cancel: null, isTelling: false, failures: 0, heardAt: 0 };
    this.#lines.set(origin, line);
    if (line.isTelling || line.cancel !== null) return;
    line.cancel = this.#deps.ports.clock.after(ms, () => {
      line.cancel = null;
      void this.#run(origin, line);
    });
  }

  async #run(origin: string, line: Line): Promise<void> {
    const { signal } = this.#ending;
    const { log, ports, store } = this.#deps;
    line.isTelling = true;
    let isDone = false;
    try {
      isDone = await this.#tellAll(origin, signal);
    } catch (error) {
      log.error({ err: error, peer: origin }, 'could not report to an origin who has its events');
    }
    line.isTelling = false;
    if (signal.aborted) return;
    line.failures = isDone ? 0 : line.failures + 1;
    if (!isDone) this.#soon(origin, nextDelayMs(line.failures + quickTries, ports.random.next()));
    else if (this.#isCalled(origin) && store.receipts.owedTo(origin, 1).length > 0)
      this.#soon(origin, gatherMs);
    else this.#lines.delete(origin);
  }

  /** Sends page after page while pages are full. Returns false if it has to try again later. */
  async #tellAll(origin: string, signal: AbortSignal): Promise<boolean> {
    const { client, directory, store } = this.#deps;
    for (;;) {
      const peer = directory.get(origin);
      if (!peer || !directory.isAllowed(origin) || !this.#isTold(origin)) return this.#drop(origin);
      const callee = calleeOf(peer);
      if (!callee) return true;
      const { rows, receipts } = this.#page(origin);
      if (rows.length === 0) return true;
      const body = writeReceipts(receipts);
      const answer = await client.call(callee, { method: 'POST', path: '/receipts', body, signal });
      if (answer.kind !== 'answer') return false;
      const { status, body: says } = answer;
      if ((status === 404 || status === 405) && isRefusal(says)) return this.#drop(origin);
      // An origin that refuses a list as invalid, or as not ours to report, would refuse it again.
      if (!isTaken(status, says) && !isFinal(status, says)) return false;
      await store.writer.write(() => store.receipts.settle(rows.map((row) => row.id)));
      this.#noteTold(origin, receipts);
      if (rows.length < limits.receiptsMax) return true;
    }
  }

  #page(origin: string): { readonly rows: readonly OwedRow[]; readonly receipts: readonly Receipt[] } {
    const rows = this.#deps.store.receipts.owedTo(origin, limits.receiptsMax);
    const now = this.#deps.ports.clock.now();
    const links = new Map(this.#deps.delivery.snapshot().map((link) => [link.destination, link]));
    return { rows, receipts: rows.map((row) => receiptOf(row, links.get(row.server_name), now)) };
  }

  #noteTold(origin: string, receipts: readonly Receipt[]): void {
    for (const { server_name, state, reason, next_attempt_at } of receipts)
      if (state === 'waiting')
        this.#told.set(toldKey(server_name, origin), { reason, nextAttemptAt: next_attempt_at });
  }

  /** The answer to an origin that asks because we can't call it. It has read everything up to `after`. */
  async readBy(origin: string, after: number): Promise<string> {
    const { store } = this.#deps;
    this.#handedOut.check(origin, after);
    if (after > 0) await store.writer.write(() => store.receipts.settleTo(origin, after));
    const { rows, receipts } = this.#page(origin);
    this.#noteTold(origin, receipts);
    const next = rows.at(-1)?.id ?? after;
    this.#handedOut.note(origin, next);
    return writeReceipts(receipts, next);
  }

  async #drop(origin: string): Promise<true> {
    const { store } = this.#deps;
    await store.writer.write(() => store.receipts.drop(origin));
    return true;
  }
}

const isTaken = (status: number, body: string): boolean =>
  status === 200 && typeof fieldIn(body, 'taken') === 'number';

const notOursToTell: ReadonlySet<Reason | null> = new Set(['not_by_home', 'not_the_origin'] as const);

const isFinal = (status: number, body: string): boolean =>
  isRefusal(body) &&
  (status === 400 || status === 413 || (status === 403 && notOursToTell.has(reasonOfRefusal(body))));

const toldKey = (server: string, origin: string): string => `${server} ${origin}`;
