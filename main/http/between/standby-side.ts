import type { ClientRequest, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { type Api, contract } from '../../../shared/api/contract.ts';
import { type ErrorCode, ProtocolError } from '../../../shared/protocol/errors.ts';
import type { ErrorDetails } from '../../../shared/protocol/reasons.ts';
import { federationPrefix, transportHeaders } from '../../../shared/protocol/transport.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { said } from '../../../shared/words/said.ts';
import type { Http } from '../../client/http.ts';
import { sayNetworkError } from '../../client/say-network-error.ts';
import { readUpTo } from '../../kernel/body.ts';
import type { Leader, StandsBy } from '../../kernel/lead.ts';
import { https } from '../../kernel/node-http.ts';
import type { Clock, Random } from '../../kernel/ports.ts';
import { ByteShares, underWay, whileHolding } from '../federation/byte-shares.ts';
import {
  type FederationAnswer,
  type FederationRequest,
  type FederationRoute,
  refusalAnswer,
} from '../federation/request.ts';
import { Carrier } from './carrier.ts';
import { callTarget, type ForwardedCall } from './leader-side.ts';
import { type Claim, Nonces, proofHeader, prove } from './proof.ts';
import { PushBatches, passedHeadersOf, pushedBy, pushHead } from './push-batches.ts';
import { type StandbyApiParts, standbyApi } from './standby-api.ts';
import type { VerifyAhead } from './verify-ahead.ts';

export interface StandbySideParts extends Pick<StandsBy, 'leader'> {
  readonly key: () => Buffer;
  readonly ahead: Pick<VerifyAhead, 'isKnown' | 'verify'>;
  /** Whether the copy is recent enough to answer peers from it. */
  readonly isUpToDate: () => boolean;
  /** The page about a finding. */
  readonly failurePage: StandbyApiParts['failurePage'];
  /** Sends for the leader. */
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
}

type NotReached = (error: unknown) => ProtocolError;

const answerMsMax = 30_000;
const answerBytesMax = 64 * 1024 * 1024;
const retrySeconds = 2;
/** They concern one connection only (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  proofHeader,
]);

/**
 * Requests of peers that a standby answers from its copy. All others change something, or depend on what only the leader
 * knows. `isSigned`: whether the caller says who it is. The leader notes which peers have read our keys.
 */
export function isReadHere(method: string, target: string, isSigned: boolean): boolean {
  // With a scheme and a host, as a proxy gets it.
  if (!target.startsWith('/')) return false;
  const path = target.replace(/\?.*$/s, '');
  if (!path.startsWith(federationPrefix)) return true;
  const leaders = isSigned ? /^\/(queue|receipts|recall|keys)\/?$/ : /^\/(queue|receipts|recall)\/?$/;
  return method === 'GET' && !leaders.test(path.slice(federationPrefix.length));
}

/** What peers get. Which computers this server has, and what its owner could do, is no business of theirs. */
const notNow = (): ProtocolError =>
  refusal('SERVICE_UNAVAILABLE', said('standby.not_now'), { retryAfterSeconds: retrySeconds });

/** While connecting, so nothing was sent. */
const unsentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const noLeader = (details?: ErrorDetails): ProtocolError =>
  refusal('SERVICE_UNAVAILABLE', said('standby.no_leader'), {
    retryAfterSeconds: retrySeconds,
    ...(details && { details }),
  });

/** Passes on to the leader what a standby can't answer itself. */
export class StandbySide {
  readonly #parts: StandbySideParts;
  readonly #running = new Set<ClientRequest>();
  readonly #pushes: PushBatches;
  readonly #carrier: Carrier;
  readonly #nonces: Nonces;
  /** Verified, and not answered by the leader yet. */
  readonly #underWay = new ByteShares(underWay);
  #agent: { readonly of: Leader; readonly agent: Agent } | null = null;
  /** The computer of the leader that was asked last. When it doesn't answer, there may be no leader any more. */
  #asked = '';
  #isClosed = false;

  constructor(parts: StandbySideParts) {
    this.#parts = parts;
    this.#nonces = new Nonces(parts.random);
    const ask = (target: string, body: Buffer) => this.#ask(target, 'application/octet-stream', body);
    this.#carrier = new Carrier({ ask, http: parts.http, clock: parts.clock });
    this.#pushes = new PushBatches({ ask, notReached: notNow, clock: parts.clock });
  }

  /** Offers to send the leader's requests, until `close`. */
  carry(): void {
    void this.#carrier.run();
  }

  /** Answers peers with `federation` what this node can answer, and passes everything else on. */
  listenerOver(federation: RequestListener): RequestListener {
    return (request, response) => {
      const { method = '', url: target = '', headersDistinct } = request;
      const header = (name: string) => headersDistinct[name] ?? [];
      const { isUpToDate, ahead } = this.#parts;
      const isSigned = header(transportHeaders.signature).length > 0;
      const isHere = isReadHere(method, target, isSigned)
        ? !isSigned || !isUpToDate() || ahead.isKnown(header)
        : method === 'POST' && pushedBy(target) !== null && isUpToDate() && ahead.isKnown(header);
      if (isHere) federation(request, response);
      else this.pass(request, response);
    };
  }

  /** The calls of the protocol: pushes are verified here and then handed over. A read that this node would refuse goes to the leader. */
  routesOver(routes: readonly FederationRoute[]): FederationRoute[] {
    return routes.map(({ handle, ...route }) => {
      if (route.method === 'GET') return { ...route, handle: (request) => this.#read(request, handle) };
      return { ...route, handle: pushedBy(route.path) === null ? handle : (request) => this.#push(request) };
    });
  }

  /** What the copy doesn't have yet, the leader may have: a member, a room, an event. A refusal is final for a peer. */
  async #read(request: FederationRequest, handle: FederationRoute['handle']): Promise<FederationAnswer> {
    try {
      return await handle(request);
    } catch (error) {
      const { code } = error as Partial<ProtocolError>;
      const mayBeBehind = code === 'FORBIDDEN' || code === 'NOT_FOUND';
      if (mayBeBehind && request.target.startsWith(federationPrefix)) return await this.#readThere(request);
      throw error;
    }
  }

  async #readThere(request: FederationRequest): Promise<FederationAnswer> {
    const claim = { method: 'GET', target: request.target, body: '' } as const;
    const answer = await this.#askFor(claim, written(Object.entries(passedHeadersOf(request))));
    const { [proofHeader]: refused, 'content-type': type = '', 'retry-after': retry } = answer.headers;
    const body = await readUpTo(answer, answerBytesMax).catch(() => null);
    if (refused !== undefined || body === null) throw notNow();
    const headers = { 'content-type': type, ...(retry !== undefined && { 'retry-after': retry }) };
    return { status: answer.statusCode ?? 502, headers, body: body.toString() };
  }

  async #push(request: FederationRequest): Promise<FederationAnswer> {
    const body = await request.body();
    const verified = await this.#parts.ahead.verify(request, body);
    const send = () => this.#pushes.send(pushHead(request, verified), body);
    // A body that isn't verified still counts as such.
    if (verified === null) return await send();
    const [origin = ''] = request.header(transportHeaders.origin);
    return await whileHolding(this.#underWay, origin, body.length, send);
  }

  /** Passes a peer's request on to the leader unchanged, and returns its answer; 503 if the leader doesn't answer. */
  pass(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: target = '' } = request;
    let out: ClientRequest;
    try {
      out = this.#open({ method, target, body: '' }, headersOf(request), (answer) => {
        if (answer.headers[proofHeader] !== undefined) {
          answer.resume();
          refuse(response, notNow());
          return;
        }
        response.writeHead(answer.statusCode ?? 502, headersOf(answer));
        answer.pipe(response);
        answer.once('error', () => response.destroy());
      });
    } catch (error) {
      refuse(response, error);
      return;
    }
    out.on('error', () => refuse(response, notNow()));
    response.once('close', () => out.destroy());
    request.pipe(out);
  }

  apiOver(own: Api, language: string): Api {
    const { clock, failurePage } = this.#parts;
    return standbyApi(own, (procedure, input) => this.call({ procedure, input, language }), {
      ...{ leader: () => this.#leader(), failurePage, language, clock },
    });
  }

  /** Calls a procedure at the leader. Rejects with its refusal, or with SERVICE_UNAVAILABLE if there is no answer. */
  async call(call: ForwardedCall): Promise<unknown> {
    const body = Buffer.from(JSON.stringify(call));
    const isRead = contract[call.procedure].method === 'GET';
    const notReached = (error: unknown) => this.#notAnswered(error, isRead);
    if (this.#leader() === null) throw noLeader({ reason: 'no_leader' });
    const answer = await this.#ask(callTarget, 'application/json', body, notReached);
    const text = await readUpTo(answer, answerBytesMax).catch((error: unknown) => {
      throw notReached(error);
    });
    const value: unknown = JSON.parse(text?.toString() ?? 'null');
    const status = answer.statusCode ?? 0;
    if (status === 200) return value;
    const { code, message, details } = value as { code: ErrorCode; message: string; details?: never };
    const retry = answer.headers['retry-after'];
    throw new ProtocolError(code, message, {
      status,
      ...(details ? { details } : {}),
      ...(retry === undefined ? {} : { retryAfterSeconds: Number(retry) }),
    });
  }

  #ask(target: string, type: string, body: Buffer, notReached?: NotReached): Promise<IncomingMessage> {
    const headers = { 'content-type': type, 'content-length': String(body.length) };
    return this.#askFor({ method: 'POST', target, body }, headers, notReached);
  }

  #askFor(
    claim: Omit<Claim, 'token'>,
    headers: Record<string, string | string[]>,
    notReached: NotReached = notNow,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const out = this.#open(claim, headers, resolve);
      out.on('error', (error) => reject(notReached(error)));
      out.end(claim.body);
    });
  }

  #open(
    claim: Omit<Claim, 'token'>,
    headers: Record<string, string | string[]>,
    then: (answer: IncomingMessage) => void,
  ): ClientRequest {
    const { clock, key } = this.#parts;
    const leader = this.#leader();
    if (leader === null) throw noLeader();
    const { token } = leader;
    this.#asked = leader.name;
    const proof = prove(key(), { ...claim, token }, clock.now(), this.#nonces.next());
    const out = https.request(new URL(claim.target, leader.url), {
      method: claim.method,
      agent: this.#agentOf(leader),
      headers: { ...headers, [proofHeader]: proof },
      timeout: answerMsMax,
      path: claim.target,
    });
    this.#running.add(out);
    out.once('timeout', () => out.destroy(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })));
    out.once('response', then);
    out.once('close', () => this.#running.delete(out));
    return out;
  }

  /** Its own certificate is the only one that is accepted, whatever name is in it. */
  #agentOf(leader: Leader): Agent {
    if (this.#agent?.of.cert !== leader.cert) {
      this.#agent?.agent.destroy();
      const agent = new https.Agent({
        keepAlive: true,
        ca: leader.cert,
        checkServerIdentity: () => undefined,
      });
      this.#agent = { of: leader, agent };
    }
    return this.#agent.agent;
  }

  #leader(): Leader | null {
    return this.#isClosed ? null : this.#parts.leader();
  }

  /** For the owner: whether the leader may have done it all the same. */
  #notAnswered(error: unknown, isRead: boolean): ProtocolError {
    const isUnsent = unsentCodes.has((error as NodeJS.ErrnoException).code ?? '');
    const params = { leader: this.#asked, why: sayNetworkError(error) };
    return refusal(
      'SERVICE_UNAVAILABLE',
      said(isRead || isUnsent ? 'standby.not_asked' : 'standby.not_reached', params),
      { retryAfterSeconds: retrySeconds, details: { reason: isUnsent ? 'no_leader' : 'leader_unsure' } },
    );
  }

  /** Ends what waits for a leader: it has gone, or this node takes over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const sent = this.#carrier.close();
    // Without an error: a request that has just ended would throw it where nobody listens.
    for (const out of [...this.#running]) out.destroy();
    this.#agent?.agent.destroy();
    await sent;
  }
}

function headersOf({ headersDistinct, headers }: IncomingMessage): Record<string, string | string[]> {
  const kept = Object.entries(headersDistinct).filter(([name]) => !hopByHop.has(name));
  const host = headers.host === undefined ? {} : { host: headers.host };
  return { ...written(kept), ...host };
}

/** As node:http takes them: it refuses a list where one value is right. */
const written = (headers: Iterable<readonly [string, string[] | undefined]>) =>
  Object.fromEntries(
    [...headers].map(([name, values = []]) => [name, values.length === 1 ? values[0]! : values] as const),
  );

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, headers, body } = refusalAnswer(error);
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body);
}
