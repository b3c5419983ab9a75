import { limits } from '../../shared/protocol/limits.ts';
import { transportHeaders, transportText } from '../../shared/protocol/transport.ts';
import { tuning } from '../config.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import type { Clock } from '../kernel/ports.ts';
import { answerTooLarge, type CallPolicy, type Http, type HttpResult, notSent } from './http.ts';

/** Where to call a peer, and how far that address is trusted. */
export interface Callee {
  /** Absolute, federation prefix included, no trailing slash. */
  readonly endpoint: string;
  readonly policy: CallPolicy;
  /** The server whose declared endpoint this is; absent until that is known. */
  readonly server?: string;
}

export interface SignedCall {
  readonly method: 'GET' | 'POST';
  /** Below the endpoint, query included: `/event`, `/events?room_id=…`. */
  readonly path: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly answerBytesMax?: number;
  /** For an event: the other servers that get it from us. */
  readonly sentTo?: readonly string[];
  /** As in `HttpRequest`. */
  readonly mayBeCarried?: boolean;
}

/** Outgoing federation requests, signed again for every attempt. */
export class FederationClient {
  readonly #http: Http;
  readonly #keyring: Keyring;
  readonly #clock: Clock;
  readonly #tell: Tell;
  #lastTimestamp = 0;

  constructor(http: Http, keyring: Keyring, clock: Clock, tell: Tell) {
    this.#http = http;
    this.#keyring = keyring;
    this.#clock = clock;
    this.#tell = tell;
  }

  async call(callee: Callee, call: SignedCall): Promise<HttpResult> {
    const url = new URL(callee.endpoint + call.path);
    const headers = this.#sign(call.method, url.pathname + url.search, call.body ?? '');
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.sentTo && call.sentTo.length > 0) headers[transportHeaders.sentTo] = call.sentTo.join(' ');
    const sentAt = this.#clock.now();
    const result = await this.#http.request({
      method: call.method,
      url: url.href,
      headers,
      body: call.body ?? null,
      policy: callee.policy,
      ...(call.signal ? { signal: call.signal } : {}),
      timeoutMs: call.timeoutMs ?? tuning.requestTimeoutMs,
      answerBytesMax: call.answerBytesMax ?? tuning.answerBytesMax,
      ...(call.mayBeCarried ? { mayBeCarried: true } : {}),
    });
    if (callee.server !== undefined) this.#tellOf(callee.server, result, sentAt);
    return result;
  }

  #tellOf(server: string, result: HttpResult, sentAt: number): void {
    // A server whose answer is too large can be reached. If nothing was sent, nobody knows.
    if (result.kind === 'network' && result.code !== answerTooLarge && result.code !== notSent)
      this.#tell({ fact: 'could-not-be-reached', server, error: result.error });
    if (result.kind !== 'answer') return;
    const { status, headers, body } = result;
    this.#tell({ fact: 'answered', server, status, headers, body, sentAt, receivedAt: this.#clock.now() });
  }

  /** Unsigned: discovery, before either server knows the other. */
  read(url: string, policy: CallPolicy, signal?: AbortSignal): Promise<HttpResult> {
    return this.#http.request({
      method: 'GET',
      url,
      headers: {},
      body: null,
      policy,
      ...(signal ? { signal } : {}),
      timeoutMs: tuning.requestTimeoutMs,
      answerBytesMax: limits.bodyBytesMax,
    });
  }

  seenCertificate(url: string): string | null {
    return this.#http.seenCertificate(url);
  }

  /**
   * Two equal requests within a millisecond would have equal signatures, and the second would look like a replay, so no
   * two reads get the same timestamp. Posted bodies differ anyway and keep the true time. If the last time is far ahead
   * of the clock, the clock has been corrected since.
   */
  #sign(method: string, target: string, body: string): Record<string, string> {
    const now = this.#clock.now();
    if (this.#lastTimestamp - now > limits.clockSkewMsMax / 2) this.#lastTimestamp = 0;
    const timestamp = body === '' ? Math.max(now, this.#lastTimestamp + 1) : now;
    if (body === '') this.#lastTimestamp = timestamp;
    const { keyId, signer, serverName } = this.#keyring.active();
    return {
      [transportHeaders.origin]: serverName,
      [transportHeaders.keyId]: keyId,
      [transportHeaders.timestamp]: String(timestamp),
      [transportHeaders.signature]: signer.sign(transportText(method, target, timestamp, sha256Hex(body))),
    };
  }
}
