import { connect } from 'node:net';
import { type Envelope, wireEvent } from '../../../shared/protocol/events/envelope.ts';
import { writeBatch } from '../../../shared/protocol/events/event-batch.ts';
import { limits } from '../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import type { RawPeer } from '../../support/parties/raw-peer.ts';

/** A server that accepts events, on loopback. */
export interface Target {
  readonly port: number;
}

export const connections = 64;

/**
 * Posts prepared requests over a number of connections. Each waits for its answer before the next request. As simple as
 * possible, so that the benchmark doesn't measure the load generator. No more than `perSecond` are sent. Of several ports,
 * each gets as many connections. Returns requests per second; throws on an unexpected status.
 */
export async function blast(
  port: number | readonly number[],
  requests: readonly Buffer[],
  connections: number,
  status: number,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<number> {
  const expected = Buffer.from(`HTTP/1.1 ${status}`);
  const ports = [port].flat();
  let next = 0;
  const begun = process.hrtime.bigint();
  await Promise.all(
    Array.from(
      { length: connections },
      (_, at) =>
        new Promise<void>((resolve, reject) => {
          const socket = connect(ports[at % ports.length]!, '127.0.0.1');
          let pending = Buffer.alloc(0);
          const send = () => {
            const request = requests[next];
            const early = (next / perSecond) * 1000 - Number(process.hrtime.bigint() - begun) / 1e6;
            if (request && early > 0) setTimeout(send, early);
            else if (request) {
              next++;
              socket.write(request);
            } else {
              socket.destroy();
              resolve();
            }
          };
          socket.setNoDelay(true);
          socket.once('connect', send);
          socket.once('error', reject);
          socket.on('data', (chunk) => {
            pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
            const end = pending.indexOf('\r\n\r\n');
            if (end < 0) return;
            const head = pending.subarray(0, end).toString('latin1');
            const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
            if (pending.length < end + 4 + length) return;
            if (!pending.subarray(0, expected.length).equals(expected)) {
              reject(new Error(`expected ${status}: ${pending.toString().slice(0, 600)}`));
              socket.destroy();
              return;
            }
            pending = Buffer.alloc(0);
            send();
          });
        }),
    ),
  );
  return requests.length / (Number(process.hrtime.bigint() - begun) / 1e9);
}

export function httpRequest(
  method: string,
  target: string,
  headers: Record<string, string>,
  body: string,
): Buffer {
  const lines = Object.entries({
    host: '127.0.0.1',
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
  })
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n');
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n\r\n${body}`);
}

/** Events per second. */
export function single({ port }: Target, peer: RawPeer, room: string, count: number): Promise<number> {
  return blast(port, singles(peer, room, count), connections, 202);
}

/** Requests with one new event each. */
export function singles(peer: RawPeer, room: string, count: number): Buffer[] {
  return Array.from({ length: count }, () => eventRequest(peer, room));
}

/** A request with one new message. */
export function eventRequest(peer: RawPeer, room: string): Buffer {
  return requestOf(peer, `${federationPrefix}/event`, wireEvent(message(peer, room)));
}

/** The same in batches, on an eighth of the connections: that is still enough events in flight. */
export async function batched({ port }: Target, peer: RawPeer, room: string, count: number): Promise<number> {
  return limits.batchEventsMax * (await blast(port, batches(peer, room, count), connections / 8, 200));
}

/** Requests with new events, as many in each as one may have. */
export function batches(peer: RawPeer, room: string, count: number): Buffer[] {
  const target = `${federationPrefix}/events`;
  const size = limits.batchEventsMax;
  return Array.from({ length: Math.ceil(count / size) }, () => {
    const events = Array.from({ length: size }, () => ({
      event: wireEvent(message(peer, room)),
      sentTo: [],
    }));
    return requestOf(peer, target, writeBatch(events));
  });
}

function requestOf(peer: RawPeer, target: string, body: string): Buffer {
  const headers = peer.headers('POST', target, body, Date.now());
  const from = { 'x-forwarded-for': `10.0.${(++addresses >> 8) & 255}.${addresses & 255}` };
  return httpRequest('POST', target, { ...headers, ...from, 'content-type': 'application/json' }, body);
}

let messages = 0;
/** For a server that limits each address and trusts this header. A node ignores it. */
let addresses = 0;

/** Ids from a counter: the peer's own clock never gives a time twice, and at this rate would get far ahead of ours. */
function message(peer: RawPeer, room: string): Envelope {
  const id = String(++messages);
  return peer.event({
    room,
    type: 'm.message',
    event_id: `$${id}:${peer.domain}`,
    origin_ts: Date.now(),
    content: {
      body: 'a message about as long as people write them on average',
      msgtype: 'm.text',
      channel_id: '1',
      message_id: id,
    },
  });
}
