import { createRequire } from 'node:module';
import { TLSSocket } from 'node:tls';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import { plainText } from '../../shared/protocol/coding/plain-text.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { SaidError } from '../../shared/words/refusal.ts';
import { type Said, said } from '../../shared/words/said.ts';
import { tuning } from '../config.ts';
import { spkiSha256 } from '../crypto/ed25519.ts';
import { readUpTo, usedUp } from '../kernel/body.ts';
import { BoundedMap } from '../kernel/bounded-map.ts';
import { bare } from '../kernel/ip.ts';
import { systemPorts } from '../kernel/ports.ts';
import { cutOffIfSlow, slowestMs } from '../kernel/progress.ts';
import { guardedLookup, refusedAddress } from './address-guard.ts';
import {
  answerTooLarge,
  type CallPolicy,
  type Http,
  type HttpRequest,
  type HttpResult,
  type Sink,
  tooSlow,
} from './http.ts';
import { sayNetworkError } from './say-network-error.ts';
import '../kernel/connecting.ts';

type Undici = typeof import('undici');

/**
 * Loads parts of undici, because the whole package takes 12 MB for `fetch`, WebSockets and caches that nothing here
 * uses.
 */
const part = createRequire(import.meta.url);
const NewPool = part('undici/lib/dispatcher/pool.js') as Undici['Pool'];
const newConnector = part('undici/lib/core/connect.js') as Undici['buildConnector'];
const { UndiciError } = part('undici/lib/core/errors.js') as Undici['errors'];
// The whole package gives a pool all of its methods.
Object.assign(NewPool.prototype, { request: part('undici/lib/api/api-request.js') });

/** The server showed no certificate, one that the system doesn't trust, or one with another key than the pinned one. */
class CertificateRefused extends SaidError {
  readonly code = 'CERTIFICATE_REFUSED';
}

class PlainRefused extends SaidError {
  readonly code = 'ADDRESS_REFUSED';
}

/** How many timeouts an answer may take from its first to its last byte, beside the time for its bytes. */
const answerTimeoutsMax = 4;

/**
 * Peers can choose any origins and pins, so both maps are limited. They drop the pool that was used longest ago, and
 * the certificate that was seen longest ago. A message for more peers than there are pools would open and close a
 * connection for each of them.
 */
const poolsMax = 1024;
const certificatesMax = 256;

/**
 * Outgoing HTTP with undici: keep-alive pools per origin and policy, and addresses are checked when a socket connects.
 */
export class UndiciHttp implements Http {
  readonly #pools = new BoundedMap<string, Pool>(poolsMax, (pool) => this.#retire(pool));
  /** Dropped pools that are finishing their requests. */
  readonly #retired = new Set<Pool>();
  readonly #certificates = new BoundedMap<string, string>(certificatesMax);

  async request(request: HttpRequest): Promise<HttpResult> {
    const { signal } = request;
    if (signal?.aborted) return { kind: 'aborted' };
    try {
      const url = new URL(request.url);
      refusePlain(url, request.policy);
      const answer = await this.#pool(url, request.policy).request({
        method: request.method,
        path: url.pathname + url.search,
        headers: request.headers,
        body: request.bytes ?? request.body,
        ...(signal ? { signal } : {}),
        // The time begins with the first byte of the request.
        headersTimeout: request.timeoutMs + slowestMs(Buffer.byteLength(request.bytes ?? request.body ?? '')),
        bodyTimeout: request.timeoutMs,
      });
      return await readAnswer(answer, request);
    } catch (error) {
      if (signal?.aborted) return { kind: 'aborted' };
      return failure(error);
    }
  }

  seenCertificate(url: string): string | null {
    return this.#certificates.get(new URL(url).host) ?? null;
  }

  #pool(url: URL, policy: CallPolicy): Pool {
    const key = `${url.origin} ${policy.byOwner} ${policy.tlsSha256 ?? ''}`;
    const pool =
      this.#pools.get(key) ??
      new NewPool(url.origin, {
        connections: tuning.inFlightMax,
        keepAliveTimeout: 20_000,
        connect: this.#connector(policy),
      });
    this.#pools.set(key, pool);
    return pool;
  }

  #retire(pool: Pool): void {
    this.#retired.add(pool);
    const gone = () => this.#retired.delete(pool);
    pool.close().then(gone, gone);
  }

  #connector(policy: CallPolicy): buildConnector.connector {
    const connect = newConnector({
      timeout: tuning.requestTimeoutMs,
      // Checked right below, because a pinned key replaces the system's trust.
      rejectUnauthorized: false,
      // A resumed session has no certificate to compare with the pinned one.
      maxCachedSessions: 0,
      lookup: guardedLookup(policy),
    });
    return (options, callback) => {
      const notCalled = refusedAddress(bare(options.hostname), policy);
      if (notCalled) {
        callback(notCalled, null);
        return;
      }
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error === null && socket instanceof TLSSocket) {
          const refused = this.#refuseCertificate(socket, options.host ?? options.hostname, policy);
          if (refused) {
            socket.destroy();
            callback(refused, null);
            return;
          }
        }
        callback(...result);
      });
    };
  }

  #refuseCertificate(socket: TLSSocket, host: string, policy: CallPolicy): Error | null {
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return new CertificateRefused(said('network.no_certificate'));
    const seen = spkiSha256(certificate);
    if (policy.tlsSha256 !== null)
      return seen === policy.tlsSha256 ? null : new CertificateRefused(said('network.other_key'));
    if (socket.authorized) return null;
    this.#certificates.set(host, seen);
    return new CertificateRefused(distrust(String(socket.authorizationError)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values(), ...this.#retired].map((pool) => pool.destroy()));
    this.#pools.clear();
  }
}

function refusePlain(url: URL, policy: CallPolicy): void {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy.byOwner))
    throw new PlainRefused(said('network.plain_only'));
}

/** A peer that sends byte by byte must not hold a connection forever, so the whole answer has a time limit too. */
async function readAnswer(answer: Dispatcher.ResponseData, request: HttpRequest): Promise<HttpResult> {
  let body: Buffer | null;
  const header = (name: string) => [answer.headers[name]].flat()[0];
  const encoding = header('content-encoding');
  const isCompressed = encoding !== undefined && encoding !== 'identity';
  // The whole is of no use to somebody who asked for a part.
  const isWanted = answer.statusCode === (request.headers.range === undefined ? 200 : 206);
  const isPassedOn = isWanted && !isCompressed;
  const sink = isPassedOn ? request.sink : undefined;
  const bytesMax = request.sink && !sink ? limits.bodyBytesMax : request.answerBytesMax;
  const late = Object.assign(new Error('too slow'), { code: tooSlow });
  let bytes = 0;
  async function* counted() {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  const stopWatching = cutOffIfSlow(
    systemPorts.clock,
    answerTimeoutsMax * request.timeoutMs,
    () => bytes,
    () => answer.body.destroy(late),
  );
  try {
    body = await (sink ? passOn(usedUp(counted()), bytesMax, sink) : readUpTo(counted(), bytesMax));
  } finally {
    stopWatching();
  }
  if (body === null) {
    const error = said('network.too_large', { bytes: bytesMax });
    return { kind: 'network', error, code: answerTooLarge };
  }
  const date = header('date');
  const age = header('age');
  const retryAfter = header('retry-after');
  const contentType = header('content-type');
  if (isCompressed)
    return { kind: 'network', error: said('network.compressed', { encoding: plainText(encoding, 40) }) };
  return {
    kind: 'answer',
    status: answer.statusCode,
    headers: {
      ...(date === undefined ? {} : { date }),
      ...(age === undefined ? {} : { age }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(contentType === undefined ? {} : { contentType }),
    },
    body: body.toString('utf8'),
  };
}

/**
 * Passes the body on to the sink and returns an empty one; null if it exceeds `bytesMax`, and then the rest isn't read.
 */
async function passOn(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
  sink: Sink,
): Promise<Buffer | null> {
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.length;
    if (bytes > bytesMax) return null;
    await sink(piece);
  }
  return Buffer.alloc(0);
}

const distrust = (reason: string): Said =>
  reason === 'DEPTH_ZERO_SELF_SIGNED_CERT'
    ? said('network.self_signed')
    : said('network.distrusted', { reason });

function failure(error: unknown): HttpResult {
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  const code = (cause as { code?: string }).code ?? (error instanceof UndiciError ? error.code : undefined);
  return { kind: 'network', error: sayNetworkError(cause, code), ...(code === undefined ? {} : { code }) };
}
