import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';

const peer = new RawPeer('sink.test');
let isOpen = true;
let expected = Number.POSITIVE_INFINITY;
let bodies: string[] = [];
let begun = 0n;
const answer = JSON.stringify({ event_id: 'x', inserted: true });

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function take(req: IncomingMessage, res: ServerResponse): void {
  let body = '';
  req.setEncoding('utf8');
  req.on('data', (chunk: string) => {
    body += chunk;
  });
  req.on('end', () => {
    if (!isOpen) return json(res, 503, { code: 'SERVICE_UNAVAILABLE' });
    if (bodies.length === 0) begun = process.hrtime.bigint();
    bodies.push(body);
    json(res, 202, answer);
    if (bodies.length !== expected) return;
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    process.send?.({ rate: expected / seconds, bodies });
    bodies = [];
  });
}

const server = createServer((req, res) => {
  if (req.url === `${federationPrefix}/event`) return take(req, res);
  if (req.url === wellKnownPath)
    return json(res, 200, {
      server_name: peer.name,
      domain: peer.domain,
      federation_endpoint: federationPrefix,
      enabled: true,
      version: 'federation-v1',
    });
  if (req.url?.startsWith(`${federationPrefix}/keys`)) return json(res, 200, peer.keys());
  return json(res, 404, { code: 'NOT_FOUND', message: 'nothing here' });
});
server.listen(0, '127.0.0.1', () =>
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);

interface Order {
  readonly join?: { readonly federation: string; readonly roomId: string };
  readonly close?: true;
  readonly open?: number;
}

process.on('message', (order: Order) => {
  if (order.join) {
    const { federation, roomId } = order.join;
    const body = JSON.stringify({ origin_server: peer.name, room_id: roomId, user_id: '@user:sink.test' });
    void peer.call(federation, 'POST', '/join', body).then((told) => process.send?.(told.status));
  } else if (order.close) {
    isOpen = false;
    bodies = [];
    process.send?.('closed');
  } else if (order.open !== undefined) {
    expected = order.open;
    bodies = [];
    isOpen = true;
  }
});
