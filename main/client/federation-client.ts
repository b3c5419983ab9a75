import { wireKey } from '../../shared/protocol/key-chain.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { scopeIn } from '../../shared/protocol/reasons.ts';
import { transportForms, transportHeaders, transportText } from '../../shared/protocol/transport.ts';
import { tuning } from '../config.ts';
import { sha256Hex } from '../crypto/ed25519.ts';
import type { Tell } from '../facts.ts';
import type { Keyring } from '../identity/keyring.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Clock } from '../kernel/ports.ts';
import {
  answerTooLarge,
  type CallPolicy,
  fieldIn,
  type Http,
  type HttpResult,
  notSent,
  reasonOfRefusal,
  type Sink,
} from './http.ts';

/** A peer to call: its address, and how far that is trusted. */
export interface Callee {
  /** Absolute, federation prefix included, no trailing slash. */
  readonly endpoint: string;
  readonly policy: CallPolicy;
  /** The server whose declared endpoint this is; absent until that is known. */
  readonly server?: string;
  /** The server that the request is for; null signs the bare form. Absent if nobody knows yet which form it takes. */
  readonly destination?: string | null;
  /** The receiver's form may be unknown or change: it isn't a Paracord Node. A signed probe tells which it takes. */
  readonly learns?: boolean;
  /** The key of ours that it was last seen to accept, if not the active one. */
  readonly keyId?: string | null;
}

/** How to sign a call: for whom, and with which key (null: the active one). */
export interface Signing {
  readonly destination: string | null;
  readonly keyId: string | null;
}

/** Finds out how a server of another kind wants requests to be signed. */
interface Probe {
  /** `signing` is null if it refuses every form; `answer` is then its answer to the last one. */
  learn(callee: Callee): Promise<{ readonly signing: Signing | null; readonly answer: HttpResult }>;
}

/** The answer to a signed call. `trustsUs`: whether a probe after a refusal has shown that its caller is trusted. */
type CallResult = HttpResult & { readonly trustsUs?: boolean };

export interface SignedCall {
  readonly method: 'GET' | 'POST';
  /** Below the endpoint, query included: `/event`, `/events?room_id=…`. */
  readonly path: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly answerBytesMax?: number;
  /** Works as in HttpRequest. */
  readonly sink?: Sink;
  /** The first byte that is wanted of the answer, if it isn't 0. Not signed. */
  readonly from?: number;
}

const introducedMax = 10_000;
/** After this many rotations that it missed, the owner has to help. */
const olderKeysMax = 4;

/** The server doesn't know the key of the request; a single event may be signed by another. */
const isKeyUnknown = (result: HttpResult): boolean =>
  result.kind === 'answer' &&
  result.status === 403 &&
  reasonOfRefusal(result.body) === 'key_unknown' &&
  scopeIn(fieldIn(result.body, 'details')) !== 'event';

/** Outgoing federation requests, signed again for every attempt. */
export class FederationClient {
  readonly #http: Http;
  readonly #keyring: Keyring;
  readonly #clock: Clock;
  readonly #tell: Tell;
  #lastTimestamp = 0;
  /** Remembers for each endpoint when it was last sent our keys. */
  readonly #introducedAt = new BoundedMap<string, number>(introducedMax);
  /** Remembers for each endpoint the validity of our key that it took or refused last. */
  readonly #toldUntil = new BoundedMap<string, number>(introducedMax);
  #probe: Probe | null = null;

  constructor(http: Http, keyring: Keyring, clock: Clock, tell: Tell) {
    this.#http = http;
    this.#keyring = keyring;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Set once, because a probe is made of calls. */
  learnBy(probe: Probe): void {
    this.#probe = probe;
  }

  /** A call in the form that the server takes. If that isn't known, or the call is refused, a probe finds out first. */
  async call(callee: Callee, call: SignedCall): Promise<CallResult> {
    const { destination, keyId = null } = callee;
    if (!callee.learns || this.#probe === null) {
      const signing = { destination: destination ?? null, keyId: null };
      const result = await this.sendAs(callee, call, signing);
      if (result.kind === 'answer' && result.status < 400) await this.#tellRenewal(callee, signing);
      const isIntroduced = isKeyUnknown(result) && (await this.#introduce(callee, signing));
      return isIntroduced ? this.sendAs(callee, call, signing) : result;
    }
    let signing = destination === undefined ? null : { destination, keyId };
    if (signing === null) {
      const learned = await this.#probe.learn(callee);
      if (learned.signing === null) return { ...learned.answer, trustsUs: false };
      signing = learned.signing;
    }
    const result = await this.sendAs(callee, call, signing);
    if (result.kind !== 'answer' || (result.status !== 401 && result.status !== 403)) return result;
    const learned = await this.#probe.learn(callee);
    if (learned.signing === null) return { ...result, trustsUs: false };
    const { destination: now, keyId: with_ } = learned.signing;
    if (now === signing.destination && with_ === signing.keyId) return { ...result, trustsUs: true };
    return { ...(await this.sendAs(callee, call, learned.signing)), trustsUs: true };
  }

  /**
   * Sends our keys to a peer that can't call us, and so can't ask for them after a rotation (docs/protocol/keys.md, "Keys
   * of a server that can't be called"). An older key signs the request. True if the peer took one.
   */
  async #introduce(callee: Callee, signing: Signing): Promise<boolean> {
    if (!this.#maySendKeys(callee, signing)) return false;
    const now = this.#clock.now();
    const [, ...older] = this.#keyring.keys().filter(({ validUntil }) => validUntil > now);
    for (const { keyId } of older.slice(0, olderKeysMax)) {
      const answer = await this.#sendKeys(callee, { ...signing, keyId });
      if (answer.kind !== 'answer' || answer.status === 404) return false;
      if (answer.status === 200) return true;
    }
    return false;
  }

  /** A peer that can't call us doesn't see that our key is valid for longer. It learns that while it still accepts the key. */
  async #tellRenewal(callee: Callee, signing: Signing): Promise<void> {
    const { endpoint } = callee;
    const key = this.#keyring.key(this.#keyring.active().keyId);
    if (!key || key.validUntil <= key.createdAt + tuning.keyValidityMs) return;
    if (this.#toldUntil.get(endpoint) === key.validUntil || !this.#maySendKeys(callee, signing)) return;
    const answer = await this.#sendKeys(callee, signing);
    if (answer.kind !== 'answer' || answer.status === 429 || answer.status >= 500) return;
    this.#toldUntil.set(endpoint, key.validUntil);
  }

  #maySendKeys({ endpoint }: Callee, { destination }: Signing): boolean {
    const now = this.#clock.now();
    const since = now - (this.#introducedAt.get(endpoint) ?? Number.NEGATIVE_INFINITY);
    if (destination === null || (since >= 0 && since < tuning.keyReadGapMs)) return false;
    this.#introducedAt.set(endpoint, now);
    return true;
  }

  #sendKeys(callee: Callee, signing: Signing): Promise<HttpResult> {
    const server = this.#keyring.serverName;
    const published = this.#keyring.published().slice(0, limits.keysInAnswerMax);
    const body = JSON.stringify({ keys: published.map((key) => wireKey(server, key, key.chain)) });
    return this.sendAs(callee, { method: 'POST', path: '/peers/keys', body }, signing);
  }

  async sendAs(callee: Callee, call: SignedCall, signing: Signing): Promise<HttpResult> {
    const url = new URL(callee.endpoint + call.path);
    const headers = this.#sign(call.method, url.pathname + url.search, call.body ?? '', signing);
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    if (call.from) headers.range = `bytes=${call.from}-`;
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
      ...(call.sink ? { sink: call.sink } : {}),
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
  #sign(
    method: string,
    target: string,
    body: string,
    { destination, keyId: wanted }: Signing,
  ): Record<string, string> {
    const now = this.#clock.now();
    if (this.#lastTimestamp - now > limits.clockSkewMsMax / 2) this.#lastTimestamp = 0;
    const timestamp = body === '' ? Math.max(now, this.#lastTimestamp + 1) : now;
    if (body === '') this.#lastTimestamp = timestamp;
    const { keyId, signer } =
      (wanted === null ? undefined : this.#keyring.key(wanted)) ?? this.#keyring.active();
    const addressed =
      destination === null
        ? {}
        : {
            [transportHeaders.destination]: destination,
            [transportHeaders.version]: transportForms.addressed.version,
          };
    return {
      ...addressed,
      [transportHeaders.origin]: this.#keyring.serverName,
      [transportHeaders.keyId]: keyId,
      [transportHeaders.timestamp]: String(timestamp),
      [transportHeaders.signature]: signer.sign(
        transportText(method, target, timestamp, sha256Hex(body), destination),
      ),
    };
  }
}
