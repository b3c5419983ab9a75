import type { TestContext } from 'node:test';
import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import { directVerifier } from '../../../main/crypto/verifier.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { type Clock, systemPorts } from '../../../main/kernel/ports.ts';
import { createNode, type ParacordNode } from '../../../main/node.ts';
import { knownQuestion } from '../../../main/trust/contact/known-question.ts';
import type { Api } from '../../../shared/api/contract.ts';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { quoted } from '../../../shared/words/said.ts';
import { RawPeer } from '../parties/raw-peer.ts';
import { handle } from '../sim/network.ts';
import { tempDir } from '../temp.ts';
import { VirtualClock } from '../virtual-clock.ts';

type Handler = (url: URL) => HttpResult | Promise<HttpResult>;

/** The answer of a default build of the existing server to an unknown path. */
export const webPage: HttpResult = {
  kind: 'answer',
  status: 200,
  headers: { contentType: 'text/html; charset=utf-8' },
  body: '<!doctype html><html><body>Paracord</body></html>',
};
export const hangs: Handler = () => new Promise(() => {});
const noWay: HttpResult = { kind: 'network', error: quoted('connection refused'), code: 'ECONNREFUSED' };
export const json = (body: string | object): HttpResult => ({
  kind: 'answer',
  status: 200,
  headers: { contentType: 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** A hand-made server that is called without sockets, so that time can be virtual. */
export class StandIn {
  readonly name = 'raw.test';
  readonly clock = new VirtualClock();
  readonly peer = new RawPeer('raw.test');
  readonly rooms = new Map<string, Envelope[]>();
  /** Answers to use instead of its own, by path below the federation prefix. */
  readonly handlers = new Map<string, Handler>();
  /** Method, path and query of the calls it received, in order. */
  asked: string[] = [];
  extensions: readonly string[] = [];
  isDown = false;

  readonly http: Http = {
    request: (request) => this.#request(request),
    seenCertificate: () => null,
    close: async () => {},
  };

  async #request({ url: href, method, body, timeoutMs, signal }: HttpRequest): Promise<HttpResult> {
    const url = new URL(href);
    const below = url.pathname.replace(federationPrefix, '');
    this.asked.push(`${method} ${below}${url.search}`);
    if (this.isDown) return noWay;
    const timedOut = new Promise<HttpResult>((resolve) => {
      const late = { kind: 'network', error: quoted('timed out'), code: 'ETIMEDOUT' } as const;
      this.clock.after(timeoutMs, () => resolve(late));
      signal?.addEventListener('abort', () => resolve({ kind: 'aborted' }));
    });
    return Promise.race([
      (this.handlers.get(below) ?? ((to) => this.#answer(below, to, body)))(url),
      timedOut,
    ]);
  }

  #answer(below: string, url: URL, body: string | null): HttpResult {
    const guild_id = '5';
    const room_id = () => JSON.parse(body ?? '{}').room_id;
    switch (below) {
      case wellKnownPath:
        return json({
          server_name: this.name,
          domain: this.name,
          federation_endpoint: federationPrefix,
          enabled: true,
          ...(this.extensions.length > 0 ? { extensions: this.extensions } : {}),
        });
      case '/keys':
        return json(this.peer.keys());
      case '/invite':
        return json({
          accepted: true,
          room_id: room_id(),
          guild_id,
          guild_name: 'Guild',
          default_channel_id: '1',
        });
      case '/join':
        return json({ joined: true, room_id: room_id(), guild_id, local_user_id: '9' });
      case '/event':
        return { ...json({ inserted: true }), status: 202 } as HttpResult;
      case '/events':
        return json(`{"events":[${this.#page(url).map(wireEvent).join(',')}]}`);
      case knownQuestion.path:
        return { ...json({ code: 'NOT_FOUND', message: 'not found' }), status: 404 } as HttpResult;
      default:
        return webPage;
    }
  }

  /** Reads by depth, as in the draft. */
  #page({ searchParams }: URL): Envelope[] {
    const since = Number(searchParams.get('since_depth'));
    return (this.rooms.get(searchParams.get('room_id') ?? '') ?? [])
      .filter(({ depth }) => depth > since)
      .sort((a, b) => a.depth - b.depth)
      .slice(0, Number(searchParams.get('limit')));
  }

  /** One of its users writes; it pushes nothing. Its messages have the time of the start of their second. */
  write(room: string, body: string, at = Math.floor(this.clock.now() / 1000) * 1000): Envelope {
    const event = this.peer.message(room, body, { depth: at, origin_ts: at });
    this.rooms.get(room)?.push(event);
    return event;
  }

  /** How often it received this call. */
  count(what: string): number {
    return this.asked.filter((asked) => asked.startsWith(what)).length;
  }
}

/** A node in virtual time, whose owner is in rooms homed at the stand-in. */
export class Visitor {
  readonly server: StandIn;
  readonly node: ParacordNode;

  private constructor(server: StandIn, node: ParacordNode) {
    this.server = server;
    this.node = node;
  }

  get api(): Api {
    return this.node.api;
  }

  static async visit(
    t: Pick<TestContext, 'after'>,
    server: StandIn,
    rooms: readonly string[],
  ): Promise<Visitor> {
    const { clock } = server;
    // Timers go by whole milliseconds, as those of the system do.
    const whole: Clock = {
      now: () => clock.now(),
      after: (ms, callback) => clock.after(Math.ceil(ms), callback),
    };
    const node = createNode(
      {
        dataDir: tempDir(t),
        listen: { host: '127.0.0.1', port: 0 },
        control: { host: '127.0.0.1', port: 0 },
        tls: { mode: 'off' },
        publicUrl: null,
        version: 'test',
      },
      { clock: whole, random: systemPorts.random, defer: (job) => queueMicrotask(job) },
      { log: createLog('silent'), http: server.http, verifier: directVerifier },
    );
    t.after(async () => {
      const stopped = node.stop();
      await clock.advance(20_000);
      await stopped;
    });
    const visitor = new Visitor(server, node);
    await node.work();
    await node.api.setUp({ server_name: 'a.test', owner: 'a' });
    await node.api.addPeer({ endpoint: `http://${server.name}` });
    for (const room of rooms) {
      server.rooms.set(room, []);
      await visitor.join(room);
    }
    return visitor;
  }

  async join(room: string): Promise<void> {
    const joined = this.api.joinRoom({ room_id: room });
    await this.server.clock.settle();
    if ((await joined).membership !== 'joined') throw new Error(`not in ${room}`);
  }

  /** The stand-in pushes an event. Returns the status of the answer. */
  async push(event: Envelope): Promise<number> {
    const { peer, clock } = this.server;
    const body = wireEvent(event);
    const target = `${federationPrefix}/event`;
    const headers = peer.headers('POST', target, body, clock.now());
    const url = `http://a.test${target}`;
    const policy = { byOwner: true, tlsSha256: null };
    const answer = await handle(this.node.routes, {
      method: 'POST',
      url,
      headers,
      body,
      policy,
      timeoutMs: 0,
      answerBytesMax: 0,
    });
    return answer.status;
  }

  async bodies(room: string): Promise<(string | null)[]> {
    const { items } = await this.api.timeline({ room_id: room, limit: 100 });
    return items.map(({ body }) => body).toReversed();
  }

  /** Milliseconds of virtual time until a message shows, or infinity after an hour. */
  async wait(room: string, body: string, stepMs = 500): Promise<number> {
    const { clock } = this.server;
    const start = clock.now();
    while (clock.now() - start < 3_600_000) {
      if ((await this.bodies(room)).includes(body)) return clock.now() - start;
      await clock.advance(stepMs);
    }
    return Number.POSITIVE_INFINITY;
  }
}
