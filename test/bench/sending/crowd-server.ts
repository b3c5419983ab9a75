/**
 * Many servers in one process, which accept everything without reading it. Arguments: how many, `ours` or `other` for
 * their kind, and as JSON where they listen (`Afar` in crowd.ts), if not on loopback without TLS. Orders and answers are
 * messages with a number (crowd.ts).
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { extensions } from '../../../shared/protocol/extensions.ts';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import type { Afar, Arrivals, Order } from './crowd.ts';

process.on('disconnect', () => process.exit());
const count = Number(process.argv[2]);
const kinds = { ours: extensions, other: [] } as const;
const kind = process.argv[3] === 'other' ? 'other' : 'ours';
const afar = process.argv[4] === undefined ? null : (JSON.parse(process.argv[4]) as Afar);
const pageSize = 200;
const joinsAtOnce = 32;

const now = (): number => performance.timeOrigin + performance.now();
const accepted = '{"event_id":"x","inserted":true}';
const result = `{"status":202,"answer":${accepted}}`;
const entry = '{"event":{';

/** Since the last `expect`. */
let arrived = 0;
let expected = Number.POSITIVE_INFINITY;
let requests = 0;
let arrivals: [server: number, at: number, post: number][] = [];
let reached: (() => void) | null = null;
let hanging = new Set<number>();

function json(res: ServerResponse, status: number, body: string): void {
  if (afar) res.shouldKeepAlive = false;
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

function note(server: number, events: number, body: Buffer): void {
  requests++;
  arrived += events;
  for (const [, post] of body.toString('latin1').matchAll(/#(\d+)#/g))
    arrivals.push([server, now(), Number(post)]);
  if (arrived >= expected) reached?.();
}

function take(server: number, req: IncomingMessage, res: ServerResponse): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    if (hanging.has(server)) return;
    const body = Buffer.concat(chunks);
    if (req.url === `${federationPrefix}/event`) {
      note(server, 1, body);
      return json(res, 202, accepted);
    }
    if (req.url !== `${federationPrefix}/events`) return json(res, 200, '{"taken":0}');
    let events = 0;
    for (let at = body.indexOf(entry); at >= 0; at = body.indexOf(entry, at + 1)) events++;
    note(server, events, body);
    return json(res, 200, `{"results":[${Array.from({ length: events }, () => result).join()}]}`);
  });
}

async function open(index: number): Promise<{ peer: RawPeer; url: string }> {
  const peer = new RawPeer(`s${index}.test`);
  const discovery = JSON.stringify({
    server_name: peer.name,
    domain: peer.domain,
    federation_endpoint: federationPrefix,
    enabled: true,
    version: 'federation-v1',
    extensions: kinds[kind],
  });
  const answer: RequestListener = (req, res) => {
    if (req.method === 'POST') return take(index, req, res);
    if (hanging.has(index)) return;
    if (req.url === wellKnownPath) return json(res, 200, discovery);
    if (req.url?.startsWith(`${federationPrefix}/keys`)) return json(res, 200, JSON.stringify(peer.keys()));
    if (req.url?.startsWith(`${federationPrefix}/events`)) return json(res, 200, '{"events":[]}');
    return json(res, 404, '{"code":"NOT_FOUND","message":"nothing here"}');
  };
  const server = afar ? https.createServer({ cert: afar.cert, key: afar.key }, answer) : createServer(answer);
  server.keepAliveTimeout = 60_000;
  const host = afar?.host ?? '127.0.0.1';
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return { peer, url: `${afar ? 'https' : 'http'}://${host}:${port}` };
}

/** As a Paracord Node joins: it asks, and reads the room once it is in. Returns how many events it read. */
async function join(peer: RawPeer, federation: string, roomId: string): Promise<number> {
  const body = JSON.stringify({ origin_server: peer.name, room_id: roomId, user_id: `@user:${peer.name}` });
  const told = await peer.call(federation, 'POST', '/join', body);
  if (told.status !== 200) throw new Error(`${peer.name}: ${JSON.stringify(told.body)}`);
  let read = 0;
  for (let since = '0'; ; ) {
    const path = `/events?room_id=${encodeURIComponent(roomId)}&since=${since}&limit=${pageSize}`;
    const page = await peer.call(federation, 'GET', path);
    const events = page.body.events as unknown[];
    read += events.length;
    since = String(page.body.next);
    if (page.body.more !== true) return read;
  }
}

const servers = await Promise.all(Array.from({ length: count }, (_, index) => open(index)));

async function obey(order: Order): Promise<unknown> {
  if (order.join) {
    const { federation, roomId } = order.join;
    let next = 0;
    const counts: number[] = [];
    const some = async (): Promise<void> => {
      for (let each = servers[next++]; each; each = servers[next++])
        counts.push(await join(each.peer, federation, roomId));
    };
    await Promise.all(Array.from({ length: joinsAtOnce }, some));
    return counts.reduce((sum, each) => sum + each, 0);
  }
  if (order.hang) hanging = new Set(order.hang);
  if (order.expect !== undefined) {
    arrived = requests = 0;
    arrivals = [];
    expected = order.expect;
  }
  if (order.wait) {
    if (arrived < expected) await new Promise<void>((resolve) => (reached = resolve));
    return { at: now(), arrived, requests, arrivals } satisfies Arrivals;
  }
  return null;
}

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  obey(order).then(
    (answer) => process.send?.({ number, answer }),
    (error: unknown) => process.send?.({ number, error: String(error) }),
  );
});
process.send?.(servers.map(({ url }) => url));
