import { readFileSync } from 'node:fs';
import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import type {
  FederationAnswer,
  FederationRequest,
  FederationRoute,
} from '../../../main/http/federation/request.ts';
import { errorBody, ProtocolError } from '../../../shared/protocol/errors.ts';
import { quoted } from '../../../shared/words/said.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Dice } from './dice.ts';

/** A server that can be called over the simulated network. */
export interface Station {
  readonly name: string;
  /** Changes with every start, because a request to an earlier run of the node gets no answer. */
  readonly run: number;
  readonly routes: readonly FederationRoute[] | null;
  /** It follows no rules, so it may accept a request twice. */
  readonly isHostile?: boolean;
  now(): number;
}

export interface Weather {
  /** The probability that a request, or the answer to a handled one, is lost. */
  loss: number;
  /** The probability that a request arrives a second time. */
  repeat: number;
  delayMsMax: number;
}

export const calm: Readonly<Weather> = { loss: 0, repeat: 0, delayMsMax: 20 };

const refused = (error: string, code: string): HttpResult => ({
  kind: 'network',
  error: quoted(error),
  code,
});

/** Carries requests between nodes in virtual time, as badly as the weather says. */
export class SimNetwork {
  weather: Weather = { ...calm };
  /** Descriptions of what happened although it must never happen. */
  readonly violations: string[] = [];
  requests = 0;
  readonly #clock: VirtualClock;
  readonly #dice: Dice;
  readonly #note: (line: string) => void;
  readonly #stations = new Map<string, Station>();
  readonly #cut = new Set<string>();
  readonly #slowness = new Map<string, number>();

  constructor(clock: VirtualClock, dice: Dice, note: (line: string) => void) {
    this.#clock = clock;
    this.#dice = dice;
    this.#note = note;
  }

  place(station: Station): void {
    this.#stations.set(station.name, station);
  }

  cut(from: string, to: string): void {
    this.#cut.add(`${from} ${to}`);
  }

  mendAll(): void {
    this.#cut.clear();
  }

  /** The Http port of one run of a node. */
  portOf(name: string, isAlive: () => boolean): Http {
    return {
      request: (request) => this.#send(name, isAlive, request),
      seenCertificate: () => null,
      close: async () => {},
    };
  }

  #isCut(from: string, to: string): boolean {
    return this.#cut.has(`${from} ${to}`);
  }

  #delay(from: string, to: string): number {
    const link = `${from} ${to}`;
    const slowness = this.#slowness.get(link) ?? this.#dice.next();
    this.#slowness.set(link, slowness);
    return 1 + Math.floor(this.weather.delayMsMax * slowness * this.#dice.next());
  }

  #send(from: string, isAlive: () => boolean, request: HttpRequest): Promise<HttpResult> {
    const to = new URL(request.url).host;
    const number = ++this.requests;
    const { promise, resolve } = Promise.withResolvers<HttpResult>();
    let over = false;
    const settle = (result: HttpResult): void => {
      // A dead process receives nothing any more.
      if (over || !isAlive()) return;
      over = true;
      const told = result.kind === 'answer' ? result.status : result.kind;
      this.#note(`#${number} ${from} < ${to} ${told}`);
      resolve(result);
    };
    request.signal?.addEventListener('abort', () => settle({ kind: 'aborted' }), { once: true });
    if (request.signal?.aborted) settle({ kind: 'aborted' });
    if (!isAlive()) return promise;
    this.#note(`#${number} ${from} > ${to} ${request.method} ${new URL(request.url).pathname}`);
    this.#clock.after(request.timeoutMs, () => settle(refused('timed out', 'ETIMEDOUT')));
    const lost = this.#dice.chance(this.weather.loss);
    const answerLost = this.#dice.chance(this.weather.loss);
    const repeated = this.#dice.chance(this.weather.repeat);
    this.#clock.after(this.#delay(from, to), () => {
      if (this.#isCut(from, to)) return;
      if (lost) settle(refused('connection reset', 'ECONNRESET'));
      else this.#arrive({ from, to, request, answerLost, repeated, settle });
    });
    return promise;
  }

  #arrive(call: {
    from: string;
    to: string;
    request: HttpRequest;
    answerLost: boolean;
    repeated: boolean;
    settle: (result: HttpResult) => void;
  }): void {
    const { from, to, request, settle } = call;
    const station = this.#stations.get(to);
    if (!station?.routes) {
      settle(refused('connection refused', 'ECONNREFUSED'));
      return;
    }
    const run = station.run;
    const back = this.#delay(to, from);
    void handle(station.routes, request).then((result) => {
      const sentAt = station.now();
      if (call.repeated) this.#repeat(from, to, request, result.status);
      this.#clock.after(back, () => {
        if (station.run !== run) settle(refused('connection reset', 'ECONNRESET'));
        else if (call.answerLost) settle(refused('connection reset', 'ECONNRESET'));
        else if (!this.#isCut(to, from)) void this.#deliver(request, result, sentAt).then(settle);
      });
    });
  }

  /** A file arrives in pieces, or breaks off after the first. */
  async #deliver({ sink }: HttpRequest, handled: Handled, sentAt: number): Promise<HttpResult> {
    const { file } = handled;
    if (!file || !sink) return answerOf(handled, sentAt);
    const bytes = readFileSync(file.path).subarray(file.part.from, file.part.to + 1);
    const middle = this.#dice.below(bytes.length);
    try {
      await sink(bytes.subarray(0, middle));
      if (this.#dice.chance(this.weather.loss)) return refused('connection reset', 'ECONNRESET');
      await sink(bytes.subarray(middle));
    } catch (error) {
      return refused(String(error), 'EIO');
    }
    return answerOf(handled, sentAt);
  }

  /** The same bytes once more: if they were accepted before, they must be refused as a replay. */
  #repeat(from: string, to: string, request: HttpRequest, firstStatus: number): void {
    this.#clock.after(this.#delay(from, to) * 3, () => {
      const station = this.#stations.get(to);
      if (!station?.routes) return;
      void handle(station.routes, request).then(({ status }) => {
        const path = new URL(request.url).pathname;
        this.#note(`repeated ${from} > ${to} ${path} ${status}`);
        const signedOnly = request.method === 'POST' || path.includes('/event');
        if (!station.isHostile && firstStatus < 300 && signedOnly && status < 300)
          this.violations.push(`${to} took ${path} of ${from} twice: ${firstStatus}, then ${status}`);
      });
    });
  }
}

interface Handled extends FederationAnswer {
  readonly retryAfter?: string;
}

const answerOf = (handled: Handled, at: number): HttpResult => ({
  kind: 'answer',
  status: handled.status,
  headers: {
    date: new Date(at).toUTCString(),
    contentType: 'application/json; charset=utf-8',
    ...(handled.retryAfter === undefined ? {} : { retryAfter: handled.retryAfter }),
  },
  body: handled.body,
});

/** Handles a request like the listener between Koa and the routes. */
export async function handle(routes: readonly FederationRoute[], sent: HttpRequest): Promise<Handled> {
  const url = new URL(sent.url);
  try {
    for (const route of routes) {
      const params = route.method === sent.method ? match(route.path, url.pathname) : null;
      if (params) {
        const answer = await route.handle(requestFrom(sent, url, params));
        answer.sent?.();
        return answer;
      }
    }
    return { status: 404, body: '{"code":"NOT_FOUND","message":"nothing here"}' };
  } catch (error) {
    const { status, body } = errorBody(error);
    if (!(error instanceof ProtocolError)) throw error;
    const retryAfter = error.retryAfterSeconds;
    return { status, body: JSON.stringify(body), ...(retryAfter ? { retryAfter: String(retryAfter) } : {}) };
  }
}

function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return params;
}

function requestFrom(sent: HttpRequest, url: URL, params: Record<string, string>): FederationRequest {
  const body = Buffer.from(sent.body ?? '');
  const headers = new Map(Object.entries({ ...sent.headers, 'content-length': String(body.length) }));
  const byName = new Map([...headers].map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: sent.method,
    target: url.pathname + url.search,
    header: (name) => {
      const value = byName.get(name);
      return value === undefined ? [] : [value];
    },
    from: byName.get('x-paracord-origin') ?? '',
    params,
    query: url.searchParams,
    body: async () => body,
  };
}
