import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256Hex, verifySignature } from '../../../main/crypto/ed25519.ts';
import { canonicalEvent, parseEnvelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { federationPrefix, transportText, wellKnownPath } from '../../../shared/protocol/transport.ts';
import type { StandInEvent } from './events.ts';
import type { StandInOptions, StandInServer } from './server.ts';

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

interface Call {
  readonly method: string;
  /** As on the request line. */
  readonly target: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface PeerKeys {
  readonly url: string;
  readonly keys: readonly { readonly key_id: string; readonly public_key: string }[];
}

const json = (status: number, body: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
const text = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body });
const refusal = (status: number, code: string, message: string): Answer =>
  json(status, { code, details: null, error: message, message });
const unauthorized = refusal(401, 'UNAUTHORIZED', 'unauthorized');
const forbidden = refusal(403, 'FORBIDDEN', 'forbidden');
const invalidRoom = refusal(400, 'BAD_REQUEST', 'bad request: Invalid room_id format');
const page: Answer = {
  status: 200,
  type: 'text/html',
  body: '<!doctype html><html><head><title>Paracord</title></head><body><div id="root"></div></body></html>\n',
};

/** Thrown to answer with it. */
class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`${answer.status}`);
    this.answer = answer;
  }
}

/** The federation calls of the stand-in, and its answer to unknown paths. */
export class StandInApi {
  readonly peers = new Map<string, PeerKeys>();
  /** Every call that it received, as `METHOD target`. */
  readonly calls: string[] = [];
  /** Calls that it knows but answers with its web page, as a proxy might. */
  readonly lost = new Set<string>();
  readonly #server: StandInServer;
  readonly #options: StandInOptions;
  readonly #seen = new Set<string>();
  #taken = { minute: 0, count: 0 };

  constructor(server: StandInServer, options: StandInOptions) {
    this.#server = server;
    this.#options = options;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const target = req.url ?? '/';
      const call = {
        method: req.method ?? '',
        target,
        url: new URL(target, 'http://stand-in'),
        headers: req.headers,
        body: Buffer.concat(chunks).toString(),
      };
      this.calls.push(`${call.method} ${target}`);
      const answer = this.#answer(call);
      res.writeHead(answer.status, answer.type === null ? {} : { 'content-type': answer.type });
      res.end(answer.body);
    });
  }

  #answer(call: Call): Answer {
    try {
      const { pathname } = call.url;
      if (pathname === wellKnownPath) return call.method === 'GET' ? this.#wellKnown() : wrongMethod;
      const below = pathname.startsWith(federationPrefix) ? pathname.slice(federationPrefix.length) : '';
      const path = below.replace(/^\/event\/[^/]+$/, '/event/ID');
      const wanted = methods[path];
      if (wanted === undefined || this.lost.has(path))
        return this.#options.unknownPaths === 'not found' ? nothing : page;
      if (call.method !== wanted) return wrongMethod;
      return this.#route(path, call);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  #wellKnown(): Answer {
    const { name } = this.#server;
    return json(200, {
      domain: name,
      enabled: true,
      federation_endpoint: federationPrefix,
      server_name: name,
      version: 'federation-v1',
    });
  }

  #route(path: string, call: Call): Answer {
    const server = this.#server;
    if (path === '/keys') return json(200, server.keys());
    if (path === '/events') return this.#events(call);
    if (path === '/event/ID') {
      this.#authorize(call, '');
      const event = server.events.all.get(decodeURIComponent(call.url.pathname.split('/event/')[1] ?? ''));
      return event ? json(200, event) : refusal(404, 'NOT_FOUND', 'not found');
    }
    const fields = this.#fields(call);
    if (path === '/event') return this.#event(call);
    const { origin_server, room_id } = fields;
    const rest =
      path === '/invite'
        ? { sender: fields.sender, max_age_seconds: fields.max_age_seconds ?? null }
        : { user_id: fields.user_id };
    const origin = this.#authorize(call, JSON.stringify({ origin_server, room_id, ...rest }));
    if (origin !== origin_server) throw new Refused(forbidden);
    // For a user of another server, it looks for other names of that server in a list that it can't read.
    const user = String(fields.user_id ?? fields.sender);
    if (path !== '/invite' && !user.endsWith(`:${origin}`))
      return refusal(500, 'INTERNAL_ERROR', 'internal server error');
    if (!String(room_id).endsWith(`:${server.name}`)) return invalidRoom;
    if (room_id !== server.room) return forbidden;
    return json(200, this.#member(path, user, fields));
  }

  #member(path: string, user: string, fields: Record<string, unknown>): Record<string, unknown> {
    const server = this.#server;
    const about = { guild_id: server.guild, room_id: server.room };
    if (path === '/leave') return { ...about, left: true };
    if (path === '/join') return { ...about, joined: true, local_user_id: server.remoteUser(user) };
    return {
      ...about,
      accepted: true,
      default_channel_id: server.channel,
      expires_in_seconds: fields.max_age_seconds ?? 3600,
      guild_name: server.guildName,
      join_endpoint: `${federationPrefix}/join`,
    };
  }

  /** It doesn't know the parameter with our token. */
  #events(call: Call): Answer {
    const query = call.url.searchParams;
    const room = query.get('room_id');
    if (room === null) return text(400, 'Failed to deserialize query string: missing field `room_id`');
    this.#authorize(call, '');
    const limit = Math.min(Number(query.get('limit') ?? 100), 1000);
    return json(200, {
      events: this.#server.events.list(room, Number(query.get('since_depth') ?? 0), limit),
    });
  }

  #fields(call: Call): Record<string, unknown> {
    try {
      return JSON.parse(call.body) as Record<string, unknown>;
    } catch {
      const problem = 'Failed to parse the request body as JSON: expected ident at line 1 column 2';
      throw new Refused(text(400, problem));
    }
  }

  /** It checks the signature over the event as it would write it itself. */
  #event(call: Call): Answer {
    if (call.body === '{}') {
      const where = 'missing field `event_id` at line 1 column 2';
      return text(422, `Failed to deserialize the JSON body into the target type: ${where}`);
    }
    const envelope = parseEnvelope(call.body);
    const origin = this.#authorize(call, wireEvent(envelope), true);
    const { eventsPerMinute = 0 } = this.#options;
    const minute = Math.floor(this.#server.now() / 60_000);
    this.#taken = { minute, count: this.#taken.minute === minute ? this.#taken.count + 1 : 1 };
    if (eventsPerMinute > 0 && this.#taken.count > eventsPerMinute)
      return refusal(429, 'RATE_LIMITED', 'rate limited');
    const author = this.peers.get(envelope.origin_server);
    const signed = author?.keys.some((key) => {
      const signature = envelope.signatures.get(key.key_id);
      return signature && verifySignature(canonicalEvent(envelope), signature, key.public_key);
    });
    if (origin === '' || !signed) return forbidden;
    const inserted = this.#server.take(JSON.parse(call.body) as StandInEvent);
    return json(202, { event_id: envelope.event_id, inserted });
  }

  /** The server that signed the call. Answers 401, 403 or, for a repeated call, 409. */
  #authorize(call: Call, body: string, once = call.method === 'POST'): string {
    const header = (name: string) => String(call.headers[`x-paracord-${name}`] ?? '');
    const [origin, keyId, timestamp, signature] = ['origin', 'key-id', 'timestamp', 'signature'].map(header);
    if (!origin || !keyId || !timestamp || !signature) throw new Refused(unauthorized);
    if (Math.abs(this.#server.now() - Number(timestamp)) > 60_000) throw new Refused(unauthorized);
    const key = this.peers.get(origin)?.keys.find((each) => each.key_id === keyId);
    const signed = transportText(call.method, call.target, Number(timestamp), sha256Hex(body), null);
    if (!key || !verifySignature(signed, signature, key.public_key)) throw new Refused(forbidden);
    if (once && this.#seen.has(signature)) {
      const message = 'conflict: replayed federation transport signature';
      throw new Refused(refusal(409, 'CONFLICT', message));
    }
    if (once) this.#seen.add(signature);
    return origin;
  }
}

const nothing: Answer = { status: 404, type: null, body: '' };
const wrongMethod: Answer = { status: 405, type: null, body: '' };
const methods: Readonly<Record<string, string | undefined>> = {
  '/keys': 'GET',
  '/events': 'GET',
  '/event/ID': 'GET',
  '/event': 'POST',
  '/invite': 'POST',
  '/join': 'POST',
  '/leave': 'POST',
};
