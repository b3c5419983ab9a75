import type { IncomingMessage, ServerResponse } from 'node:http';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import {
  type Answer,
  badRequest,
  type Call,
  forbidden,
  internalError,
  json,
  notFound,
  nothing,
  page,
  Refused,
  rateLimited,
  text,
  unauthorized,
  wrongMethod,
} from './answer.ts';
import { placeOf } from './events.ts';
import { download, fileToken, guildList } from './files.ts';
import type { StandInHost, StandInOptions } from './host.ts';
import type { Peer, PeerRequest } from './peers.ts';
import { hasMemberOf, serverOf } from './rooms.ts';
import { namesOf } from './taking/rules.ts';
import { Unreadable } from './wire/codec.ts';
import { readEnvelope, type StandInEnvelope, wireText } from './wire/envelope.ts';

type Body = Readonly<Record<string, unknown>>;
type Handler = (call: Call, url: URL) => Answer | Promise<Answer>;

const bodyBytesMax = 2 * 1024 * 1024;
const scannedMax = 2048;
const pageBytesMax = 7 * 1024 * 1024;
const idCharsMax = 255;
export const adminToken = 'the-token-of-its-admin';

/** The calls of the stand-in, and its answer to unknown paths. */
export class StandInApi {
  /** Every call that it received, as `METHOD target`. */
  readonly calls: string[] = [];
  /** Calls that it knows but answers with its web page, as a proxy might. */
  readonly lost = new Set<string>();
  readonly #server: StandInHost;
  readonly #options: StandInOptions;
  #taken = { minute: 0, count: 0 };

  constructor(server: StandInHost, options: StandInOptions) {
    this.#server = server;
    this.#options = options;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const call = { method: req.method ?? '', target: req.url ?? '/', headers: req.headers, body };
      void this.answer(call).then((answer) => {
        res.writeHead(answer.status, {
          date: new Date(this.#server.now()).toUTCString(),
          ...(answer.type === null ? {} : { 'content-type': answer.type }),
        });
        res.end(answer.body);
      });
    });
  }

  async answer(call: Call): Promise<Answer> {
    this.calls.push(`${call.method} ${call.target}`);
    try {
      return await this.#route(call);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  #route(call: Call): Answer | Promise<Answer> {
    const url = new URL(call.target, 'http://stand-in');
    const { pathname } = url;
    if (pathname === wellKnownPath) return call.method === 'GET' ? this.#wellKnown() : wrongMethod;
    const below = pathname.startsWith(federationPrefix) ? pathname.slice(federationPrefix.length) : '';
    const path = below.replace(/^\/(event|file|servers)\/(?!token$)[^/]+$/, '/$1/ID');
    const routes = this.#routes[path];
    const isKnown = routes && (this.#server.era.listsGuilds || !path.startsWith('/discovery'));
    if (!isKnown || this.lost.has(path)) return this.#options.unknownPaths === 'not found' ? nothing : page;
    if (Buffer.byteLength(call.body) > bodyBytesMax) return text(413, 'length limit exceeded');
    return routes[call.method]?.(call, url) ?? wrongMethod;
  }

  readonly #routes: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
    '/keys': { GET: () => json(200, this.#server.keys()) },
    '/event': { POST: (call) => this.#event(call) },
    '/event/ID': { GET: (call, url) => this.#oneEvent(call, url) },
    '/events': { GET: (call, url) => this.#events(call, url) },
    '/invite': { POST: (call) => this.#invite(call) },
    '/join': { POST: (call) => this.#member(call, 'join') },
    '/leave': { POST: (call) => this.#member(call, 'leave') },
    '/file/token': { POST: (call) => this.#fileToken(call) },
    '/file/ID': { GET: (call, url) => download(this.#server, call, url) },
    '/discovery/guilds': { GET: (call, url) => guildList(this.#server, call, url) },
    '/servers': { GET: (call) => this.#servers(call), POST: (call) => this.#addServer(call) },
    '/servers/ID': {
      GET: (call, url) => this.#oneServer(call, url),
      DELETE: (...args) => this.#delete(...args),
    },
  };

  #wellKnown(): Answer {
    const { name, domain, era, allowsDiscovery } = this.#server;
    if (era.hidesPage && !allowsDiscovery) throw notFound;
    return json(200, {
      domain,
      enabled: true,
      federation_endpoint: federationPrefix,
      server_name: name,
      version: era.version,
      ...(era.versions === null ? {} : { supported_versions: era.versions }),
    });
  }

  /** An error in a body has no JSON form before 1.0. From then on, the signature comes first. */
  #event(call: Call): Answer {
    const { era, transport } = this.#server;
    const isOld = era.hashes === 'what it would write';
    const early = isOld ? this.#envelopeOfOld(call.body) : null;
    const { peer } = transport.authorize(call, early ? { body: wireText(early) } : {});
    this.#count();
    const envelope = early ?? this.#envelope(call.body);
    return json(202, { event_id: envelope.event_id, inserted: this.#server.take(envelope, peer) });
  }

  #envelope(body: string): StandInEnvelope {
    try {
      return readEnvelope(body);
    } catch (error) {
      if (error instanceof Unreadable) throw badRequest(`invalid federation envelope: ${error.message}`);
      throw error;
    }
  }

  #envelopeOfOld(body: string): StandInEnvelope {
    this.#fields(body);
    try {
      return readEnvelope(body);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      const what = 'Failed to deserialize the JSON body into the target type';
      throw new Refused(text(422, `${what}: ${error.message} at line 1 column ${body.length}`));
    }
  }

  #count(): void {
    const { eventsPerMinute = 0 } = this.#options;
    const minute = Math.floor(this.#server.now() / 60_000);
    this.#taken = { minute, count: this.#taken.minute === minute ? this.#taken.count + 1 : 1 };
    if (eventsPerMinute > 0 && this.#taken.count > eventsPerMinute) throw rateLimited;
  }

  #fields(body: string): Body {
    try {
      return JSON.parse(body) as Body;
    } catch {
      const problem = 'Failed to parse the request body as JSON: expected ident at line 1 column 2';
      throw new Refused(text(400, problem));
    }
  }

  /** The fields of a signed request, and the peer that signed it in its own name. `rest` is what an old era would hash. */
  #body(call: Call, rest: (fields: Body) => Body): [Body, Peer] {
    const { era, transport } = this.#server;
    const rewritten = () => {
      const fields = this.#fields(call.body);
      return { body: JSON.stringify({ origin_server: fields.origin_server, ...rest(fields) }) };
    };
    const isOld = era.hashes === 'what it would write';
    const { peer, origin } = transport.authorize(call, isOld ? rewritten() : {});
    const fields = this.#fields(call.body);
    if (origin !== fields.origin_server) throw forbidden;
    return [fields, peer];
  }

  #guildOf(room_id: unknown) {
    const server = this.#server;
    const [, domain] = /^!\d+:(.+)$/.exec(String(room_id)) ?? [];
    if (domain !== server.name && domain !== server.domain) throw badRequest('Invalid room_id format');
    const room = server.roomAt(String(room_id));
    if (room?.id === server.room && room.isLetOut) return room;
    throw room || !server.takesMirrors ? forbidden : notFound;
  }

  #invite(call: Call): Answer {
    const [fields] = this.#body(call, ({ room_id, sender, max_age_seconds = null }) => ({
      room_id,
      sender,
      max_age_seconds,
    }));
    const room = this.#guildOf(fields.room_id);
    const seconds = Number(fields.max_age_seconds ?? 3600);
    return json(200, {
      guild_id: room.guild,
      room_id: room.id,
      accepted: true,
      default_channel_id: this.#server.channel,
      expires_in_seconds: Math.min(Math.max(seconds, 60), 86_400),
      guild_name: this.#server.guildName,
      join_endpoint: `${federationPrefix}/join`,
    });
  }

  #member(call: Call, kind: 'join' | 'leave'): Answer {
    const server = this.#server;
    const [fields, peer] = this.#body(call, ({ room_id, user_id }) => ({ room_id, user_id }));
    const user = String(fields.user_id);
    const isOwn = namesOf(peer).includes(serverOf(user)?.toLowerCase() ?? '');
    // The first era looks for other names of that server in a list that it can't read.
    if (!isOwn) throw server.era.checks === 'none' ? internalError : forbidden;
    const room = this.#guildOf(fields.room_id);
    if (room.banned.has(user)) throw forbidden;
    const about = { guild_id: room.guild, room_id: room.id };
    if (kind === 'leave') {
      server.noteLeave(room, user);
      return json(200, { ...about, left: true });
    }
    server.noteJoin(room, user);
    return json(200, { ...about, joined: true, local_user_id: server.remoteUser(user) });
  }

  #fileToken(call: Call): Answer {
    const written = ({ attachment_id, room_id, user_id }: Body) => ({ attachment_id, room_id, user_id });
    return fileToken(this.#server, ...this.#body(call, written));
  }

  #mayRead(peer: Peer, roomId: string): boolean {
    const room = this.#server.roomAt(roomId);
    return this.#server.era.checks !== 'scope' || (room !== undefined && hasMemberOf(room, namesOf(peer)));
  }

  #oneEvent(call: Call, url: URL): Answer {
    const [path = ''] = call.target.split('?');
    const { peer } = this.#server.transport.authorize(call, { target: path });
    const event = this.#server.events.all.get(decodeURIComponent(url.pathname.split('/event/')[1] ?? ''));
    if (!event || !this.#mayRead(peer, event.room_id) || this.#server.isHidden(event)) throw notFound;
    return json(200, event);
  }

  /** It doesn't know the parameter with our token. Hidden events move the cursor all the same. */
  #events(call: Call, { searchParams: query }: URL): Answer {
    const server = this.#server;
    const room = query.get('room_id');
    if (room === null) return text(400, 'Failed to deserialize query string: missing field `room_id`');
    const { peer } = server.transport.authorize(call);
    const since = Number(query.get('since_depth') ?? 0);
    const limit = Math.min(Math.max(Number(query.get('limit') ?? 100), 1), 1000);
    if (server.era.checks === 'none') return json(200, { events: server.events.list(room, since, limit) });
    const sinceId = query.get('since_event_id');
    if ((sinceId?.length ?? 0) > idCharsMax) throw badRequest('since_event_id is too long');
    if (!this.#mayRead(peer, room)) throw forbidden;
    const events: unknown[] = [];
    let next: readonly [number, string | null] = [since, sinceId];
    let bytes = 0;
    for (const event of server.events.behind(room, since, sinceId, scannedMax)) {
      const isHidden = server.isHidden(event);
      bytes += isHidden ? 0 : Buffer.byteLength(JSON.stringify(event));
      if (bytes > pageBytesMax || events.length >= limit) break;
      if (!isHidden) events.push(event);
      next = [placeOf(event), event.event_id];
    }
    if (server.era.checks !== 'scope') return json(200, { events });
    return json(200, { events, next_depth: next[0], next_event_id: next[1] });
  }

  #asAdmin(call: Call): void {
    if (call.headers.authorization !== `Bearer ${adminToken}`) throw unauthorized;
  }

  #servers(call: Call): Answer {
    this.#asAdmin(call);
    return json(200, this.#server.peers.all.map(shown));
  }

  #oneServer(call: Call, url: URL): Answer {
    this.#asAdmin(call);
    const peer = this.#server.peers.find(decodeURIComponent(url.pathname.split('/servers/')[1] ?? ''));
    if (!peer) throw notFound;
    return json(200, shown(peer));
  }

  #delete(call: Call, url: URL): Answer {
    this.#asAdmin(call);
    if (!this.#server.peers.delete(decodeURIComponent(url.pathname.split('/servers/')[1] ?? '')))
      throw notFound;
    return { status: 204, type: null, body: '' };
  }

  async #addServer(call: Call): Promise<Answer> {
    this.#asAdmin(call);
    return json(201, shown(await this.#server.register(this.#fields(call.body) as unknown as PeerRequest)));
  }
}

const shown = ({ server_name, domain, trusted }: Peer) => ({ id: server_name, server_name, domain, trusted });
