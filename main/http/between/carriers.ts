import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { said } from '../../../shared/words/said.ts';
import { type Http, type HttpRequest, type HttpResult, notSent } from '../../client/http.ts';
import { type BackOff, backOffMs } from '../../kernel/back-off.ts';
import { BoundedMap } from '../../kernel/bounded-map.ts';
import { addressKind, bare } from '../../kernel/ip.ts';
import type { Clock } from '../../kernel/ports.ts';
import { every } from '../../kernel/timers.ts';
import { type Frame, writeFrame } from './frames.ts';

/** Where a standby asks for requests to send. The answer doesn't end: it has one frame for each request. */
export const carryTarget = '/between-nodes/carry';
/** Where it returns what was answered. */
export const carriedTarget = '/between-nodes/carried';
/** The leader reads no more than this of one request with answers. */
export const carriedBytesMax = 8 * 1024 * 1024;

/** Asks for a sign of life, and is returned as one. */
export interface PingHead {
  readonly carrier: number;
}

/** What goes with the body of a request. */
export interface CarryHead extends Omit<HttpRequest, 'body' | 'signal' | 'mayBeCarried'> {
  readonly id: number;
}

/** What goes with the body of an answer; the rest of an `HttpResult`. */
export interface CarriedHead {
  readonly id: number;
  readonly result: HttpResult;
}

const pingMs = 1_000;
/** Without a sign of life for this long, a standby counts as gone. It can offer again. */
const silentMs = 4_000;
/** A standby with this much unread data gets nothing more for now. */
const unreadBytesMax = 4 * 1024 * 1024;
/** How many of a request's timeouts its answer may take. The standby's own limits apply first. */
const answerTimeouts = 2;
/**
 * A peer that a standby couldn't reach is called from here for this long, because it may only be reachable from this
 * computer: each attempt through the standby delays the peer's messages by a timeout.
 */
const kept = { firstMs: 10 * 60_000, maxMs: 86_400_000 } satisfies BackOff;
const keptMax = 10_000;

/** Nothing of the request has left the standby. */
const neverConnected: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'CERTIFICATE_REFUSED', 'ADDRESS_REFUSED'],
]);

interface Carrier {
  readonly id: number;
  readonly response: ServerResponse;
  heardAt: number;
  readonly underWay: Map<number, (result: HttpResult) => void>;
}

/** It may have been sent, so the next attempt needs another signature. */
const gone = (): HttpResult => ({ kind: 'network', error: said('standby.carrier_gone'), code: notSent });

/** Which node sends to a destination, 0 for the leader: the same one as long as there are as many nodes. */
export function placeOf(origin: string, nodes: number): number {
  return createHash('sha256').update(origin).digest().readUInt32BE(0) % nodes;
}

/**
 * Outgoing HTTP of a leader. Its deliveries are shared among all nodes, each destination at one of them: the leader signs
 * and records, a standby opens the connection, encrypts, sends and waits (docs/decisions/0077-standbys-send.md).
 */
export class Carriers implements Http {
  readonly #own: Http;
  readonly #clock: Clock;
  readonly #carriers: Carrier[] = [];
  readonly #kept = new BoundedMap<string, { readonly until: number; readonly failures: number }>(keptMax);
  #lastId = 0;
  #isClosed = false;

  constructor(own: Http, clock: Clock) {
    this.#own = own;
    this.#clock = clock;
  }

  /** A standby offers to send, until its connection ends. */
  open(response: ServerResponse): void {
    if (this.#isClosed) return void response.destroy();
    const id = ++this.#lastId;
    const carrier: Carrier = { id, response, heardAt: this.#clock.now(), underWay: new Map() };
    this.#carriers.push(carrier);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    const ping: PingHead = { carrier: id };
    const look = async (): Promise<void> => {
      if (this.#clock.now() - carrier.heardAt > silentMs) response.destroy();
      else response.write(writeFrame(ping, Buffer.alloc(0)));
    };
    void look();
    const stopPings = every(this.#clock, pingMs, look, () => {});
    response.once('close', () => {
      stopPings();
      this.#carriers.splice(this.#carriers.indexOf(carrier), 1);
      for (const settle of [...carrier.underWay.values()]) settle(gone());
    });
  }

  /** What a standby returns: a sign of life, and answers. Answers that nobody waits for any more are ignored. */
  carried(frames: readonly Frame[]): void {
    let from: Carrier | undefined;
    for (const { head, body } of frames) {
      const { carrier, id, result } = head as PingHead & CarriedHead;
      if (carrier !== undefined) {
        from = this.#carriers.find((each) => each.id === carrier);
        if (from) from.heardAt = this.#clock.now();
      } else
        from?.underWay.get(id)?.(result.kind === 'answer' ? { ...result, body: body.toString() } : result);
    }
  }

  async request(request: HttpRequest): Promise<HttpResult> {
    if (this.#carriers.length === 0 || !request.mayBeCarried || request.signal?.aborted)
      return await this.#own.request(request);
    const { origin, hostname } = new URL(request.url);
    // On the computer of a standby, somebody else may listen there.
    const carrier = addressKind(bare(hostname)) === 'loopback' ? null : this.#carrierOf(origin);
    if (carrier === null) return await this.#own.request(request);
    const result = await this.#send(carrier, request);
    if (result.kind === 'answer') this.#kept.delete(origin);
    if (result.kind !== 'network' || result.code === notSent) return result;
    const failures = (this.#kept.get(origin)?.failures ?? 0) + 1;
    this.#kept.set(origin, { until: this.#clock.now() + backOffMs(kept, failures), failures });
    // Otherwise the peer may have it, and would take the same signature for a replay.
    return neverConnected.has(result.code ?? '') ? await this.#own.request(request) : result;
  }

  /** Null: this node sends it. */
  #carrierOf(origin: string): Carrier | null {
    if (this.#clock.now() < (this.#kept.get(origin)?.until ?? 0)) return null;
    const carrier = [null, ...this.#carriers][placeOf(origin, this.#carriers.length + 1)] ?? null;
    return carrier !== null && carrier.response.writableLength < unreadBytesMax ? carrier : null;
  }

  #send({ response, underWay }: Carrier, request: HttpRequest): Promise<HttpResult> {
    const id = ++this.#lastId;
    const { body, signal, mayBeCarried: _, ...rest } = request;
    return new Promise((resolve) => {
      const settle = (result: HttpResult): void => {
        underWay.delete(id);
        cancel();
        signal?.removeEventListener('abort', abort);
        resolve(result);
      };
      const abort = (): void => settle({ kind: 'aborted' });
      const cancel = this.#clock.after(request.timeoutMs * answerTimeouts, () => settle(gone()));
      signal?.addEventListener('abort', abort, { once: true });
      underWay.set(id, settle);
      const head: CarryHead = { id, ...rest };
      response.write(writeFrame(head, Buffer.from(body ?? '')));
    });
  }

  seenCertificate(url: string): string | null {
    return this.#own.seenCertificate(url);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { response } of [...this.#carriers]) response.destroy();
    await this.#own.close();
  }
}
