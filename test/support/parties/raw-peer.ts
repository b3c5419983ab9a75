import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type Signer, sha256Hex, signerFromSeed } from '../../../main/crypto/ed25519.ts';
import { canonicalJson } from '../../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, type JsonObject, type Plain } from '../../../shared/protocol/coding/json.ts';
import {
  canonicalEvent,
  type Envelope,
  type UnsignedEvent,
  wireEvent,
} from '../../../shared/protocol/events/envelope.ts';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { federationPrefix, transportText, wellKnownPath } from '../../../shared/protocol/transport.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface RawRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The address that sent it. */
  readonly from: string;
}

/** A function writes the answer itself. */
export type RawHandler = (
  request: RawRequest,
) =>
  | { status: number; body: unknown; headers?: Record<string, string> }
  | 'hang'
  | 'drip'
  | ((response: ServerResponse) => void);

/**
 * A hand-made peer: it has a name, a key and a small HTTP server, signs whatever a test asks for, right or wrong, and
 * answers what the test specifies. It shares only the protocol's pure core with the node.
 */
export class RawPeer {
  readonly name: string;
  readonly domain: string;
  keyId = 'ed25519:raw';
  signer: Signer;
  validUntil = Date.now() + 86_400_000;
  url = '';
  /**
   * The extensions in its discovery document; without any it is a server of another kind. It accepts events one by one.
   */
  extensions: readonly string[] = extensions.filter((name) => name !== 'events.batch');
  /** For whom its requests are: the node that it called last, unless a test says otherwise. Null: it speaks the draft. */
  addressing: string | null | undefined;
  readonly requests: RawRequest[] = [];
  /** Answers for paths below the federation prefix, such as `/event`. */
  readonly handlers = new Map<string, RawHandler>();
  #server: Server | null = null;
  #lastTime = 0;
  #lastCalled = 'a.test';

  constructor(name: string, domain = name, seed = randomBytes(32)) {
    this.name = name;
    this.domain = domain;
    this.signer = signerFromSeed(seed);
  }

  async listen(t: Pick<TestContext, 'after'>, host = '127.0.0.1'): Promise<this> {
    this.#server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        const url = new URL(req.url ?? '/', 'http://raw');
        const request = {
          method: req.method ?? '',
          path: url.pathname,
          query: url.searchParams,
          headers: req.headers,
          body: Buffer.concat(chunks).toString(),
          from: req.socket.remoteAddress ?? '',
        };
        this.requests.push(request);
        const answer = this.#answer(request);
        if (answer === 'hang') return;
        if (typeof answer === 'function') return answer(res);
        if (answer === 'drip') {
          res.writeHead(200, { 'content-type': 'application/json' });
          const drip = setInterval(() => res.write(' '), 500);
          res.once('close', () => clearInterval(drip));
          return;
        }
        res.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        res.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
      });
    });
    // On a busy machine it would close a connection just when a node uses it again.
    this.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => this.#server?.listen(0, host, resolve));
    this.url = `http://${host}:${(this.#server.address() as AddressInfo).port}`;
    t.after(() => this.close());
    return this;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #answer(request: RawRequest): ReturnType<RawHandler> {
    if (request.path === wellKnownPath)
      return {
        status: 200,
        body: {
          server_name: this.name,
          domain: this.domain,
          federation_endpoint: federationPrefix,
          enabled: true,
          version: 'federation-v1',
          extensions: this.extensions,
        },
      };
    const below = request.path.slice(federationPrefix.length);
    const handler =
      this.handlers.get(below) ?? this.handlers.get(below.replace(/^\/event\/.*/, '/event/:id'));
    if (handler) return handler(request);
    if (below === '/keys') return { status: 200, body: this.keys() };
    if (below === '/events') return { status: 200, body: { events: [] } };
    return {
      status: 404,
      body: { code: 'NOT_FOUND', message: 'nothing here', error: 'nothing here', details: null },
    };
  }

  keys(): Record<string, unknown> {
    return {
      server_name: this.name,
      keys: [
        {
          server_name: this.name,
          key_id: this.keyId,
          public_key: this.signer.publicKey,
          valid_until: this.validUntil,
        },
      ],
    };
  }

  /**
   * The headers for exactly this target and body. No two calls have the same timestamp. `destination` null signs the
   * bare form.
   */
  headers(
    method: string,
    target: string,
    body: string,
    timestamp = this.#nextTime(),
    destination: string | null = this.addressing === undefined ? this.#lastCalled : this.addressing,
  ): Record<string, string> {
    return {
      ...(destination === null ? {} : { 'x-paracord-destination': destination }),
      'x-paracord-origin': this.name,
      'x-paracord-key-id': this.keyId,
      'x-paracord-timestamp': String(timestamp),
      'x-paracord-signature': this.signer.sign(
        transportText(method, target, timestamp, sha256Hex(body), destination),
      ),
    };
  }

  #nextTime(): number {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return this.#lastTime;
  }

  /** A signed call; `path` below the federation prefix, query included. `headers` override. */
  async call(
    base: string,
    method: 'GET' | 'POST',
    path: string,
    body = '',
    headers: Record<string, string> = {},
  ): Promise<RawAnswer> {
    const target = federationPrefix + path;
    if (this.addressing === undefined) this.#lastCalled = await nameAt(base);
    const response = await fetch(base + target, {
      method,
      headers: { 'content-type': 'application/json', ...this.headers(method, target, body), ...headers },
      ...(method === 'GET' ? {} : { body }),
    });
    return readAnswer(response);
  }

  post(base: string, envelope: Envelope): Promise<RawAnswer> {
    return this.call(base, 'POST', '/event', wireEvent(envelope));
  }

  /** An event signed by this peer, including whatever a test changes. */
  event(
    fields: { room: string; type: string; content: Plain } & Partial<Omit<UnsignedEvent, 'content'>>,
  ): Envelope {
    const now = fields.origin_ts ?? this.#nextTime();
    const content = fromPlain(fields.content) as JsonObject;
    const unsigned: UnsignedEvent = {
      event_id: fields.event_id ?? `$${fields.type.replaceAll('.', '_')}:${now}:${now}:${this.domain}`,
      room_id: fields.room,
      event_type: fields.type,
      sender: fields.sender ?? `@user:${this.domain}`,
      origin_server: fields.origin_server ?? this.name,
      origin_ts: now,
      depth: fields.depth ?? now,
      state_key: fields.state_key ?? null,
      content,
    };
    const signature = this.signer.sign(canonicalEvent(unsigned));
    return {
      ...unsigned,
      contentText: canonicalJson(content),
      signatures: new Map([[this.keyId, signature]]),
    };
  }

  /** A message event in a channel. */
  message(
    room: string,
    body: string,
    more: Partial<Omit<UnsignedEvent, 'content'>> & { channel?: string } = {},
  ): Envelope {
    const { channel = '1', ...fields } = more;
    const id = String(this.#nextTime());
    return this.event({
      room,
      type: 'm.message',
      event_id: `$${id}:${this.domain}`,
      content: { body, msgtype: 'm.text', guild_id: guildOf(room), channel_id: channel, message_id: id },
      ...fields,
    });
  }
}

const guildOf = (room: string): string => /^!(\d+):/.exec(room)?.[1] ?? '1';

const names = new Map<string, string>();

/** The name of the node at this address; `a.test` if it doesn't say. */
async function nameAt(base: string): Promise<string> {
  const known = names.get(base);
  if (known !== undefined) return known;
  const { body, status } = await readAnswer(await fetch(base + wellKnownPath));
  const name = status === 200 ? String(body.server_name) : 'a.test';
  if (status === 200) names.set(base, name);
  return name;
}

export async function readAnswer(response: Response): Promise<RawAnswer> {
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // left as text
  }
  return { status: response.status, headers: response.headers, body: body as Record<string, unknown> };
}
