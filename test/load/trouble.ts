/**
 * A process of its own for the load test: peers that attack, and connections that say nothing or never finish, aimed
 * at a node or at a listener in this process that reads everything and does nothing with it. The attackers work at a
 * fixed rate, so both cost this process the same, and the difference is what the node makes of it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { invitePagePath } from '../../shared/protocol/invites/invite-link.ts';
import { federationPrefix } from '../../shared/protocol/transport.ts';
import { memberBody } from '../support/attack/node.ts';
import { answersIn, type HeaderLines, open, throwAt, written } from '../support/attack/socket.ts';
import { RawPeer } from '../support/parties/raw-peer.ts';
import { takesBatches } from './takes-batches.ts';

export type Order =
  | { readonly order: 'peers'; readonly names: readonly string[] }
  | { readonly order: 'join'; readonly node: string; readonly room: string }
  /** The node; null aims at the listener in this process. */
  | { readonly order: 'begin'; readonly node: string | null; readonly connections: number }
  | { readonly order: 'end' };

export interface Done {
  /** The addresses of the hostile peers, in the order of their names. */
  readonly urls?: readonly string[];
  /** The answers by status; `none` counts calls without an answer. */
  readonly answers?: Readonly<Record<string, number>>;
}

/** Each hostile peer begins one request in this time, unless this many of its requests are still running. */
const requestEveryMs = 100;
const runningMax = 16;

const t = { after: () => {} };
const large = JSON.stringify({ junk: 'x'.repeat(900_000) });
const nested = `{"a":${'['.repeat(400_000)}`;
const pages = `GET ${invitePagePath} HTTP/1.1\r\nHost: a.test\r\n\r\n`.repeat(500);
const forged = { 'x-paracord-signature': '0'.repeat(128) };

let peers: RawPeer[] = [];
let room = '';
let end = async (): Promise<Done> => ({});

const elsewhere = createServer((request, response) => {
  request.resume();
  request.once('end', () => response.writeHead(403, { 'content-type': 'application/json' }).end('{}'));
});
elsewhere.listen(0, '127.0.0.1');
await once(elsewhere, 'listening');

process.on('message', async (message: Order) => process.send?.(await carryOut(message)));
process.on('disconnect', () => process.exit());

async function carryOut(message: Order): Promise<Done> {
  switch (message.order) {
    case 'peers':
      peers = await Promise.all(message.names.map((name) => new RawPeer(name).listen(t)));
      for (const peer of peers) takesBatches(peer);
      return { urls: peers.map(({ url }) => url) };
    case 'join':
      room = message.room;
      for (const peer of peers)
        await peer.call(message.node, 'POST', '/join', memberBody(peer.name, room, `@user:${peer.name}`));
      return {};
    case 'begin': {
      const target = message.node ?? `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
      const held = await holdConnections(target, message.connections);
      for (const peer of peers) peer.handlers.set('/keys', () => 'hang');
      const stop = peers.map((peer, n) => attack(target, peer, n));
      end = async () => {
        const answers = (await Promise.all(stop.map((each) => each()))).flat();
        for (const socket of held) socket.destroy();
        const count: Record<string, number> = {};
        for (const status of answers) count[status] = (count[status] ?? 0) + 1;
        return { answers: count };
      };
      return {};
    }
    case 'end':
      return end();
  }
}

/** A third silent, a third in the middle of a head, a third at the beginning of a body, or with none of it. */
async function holdConnections(target: string, count: number): Promise<Socket[]> {
  const all = [];
  const path = `${federationPrefix}/event`;
  const headers = [
    ...Object.entries(peers[0]?.headers('POST', path, large) ?? {}),
    ['Content-Length', String(large.length)],
  ] as const;
  for (let n = 0; n < count; n++) {
    const { socket } = await open(target);
    if (n % 3 === 1) socket.write(`POST ${path} HTTP/1.1\r\nX-Slow: `);
    if (n % 3 === 2) socket.write(written('POST', path, headers as HeaderLines, large.slice(0, n % 2)));
    all.push(socket);
  }
  return all;
}

/**
 * Forged signatures over large bodies, correctly signed nonsense, deep nesting, reads of everything, a flood of
 * messages, large bodies behind the fetch of a key that never comes, and many requests in one piece. The returned
 * function stops it, and resolves to the statuses of the answers.
 */
function attack(target: string, peer: RawPeer, n: number): () => Promise<string[]> {
  const page = `/events?room_id=${encodeURIComponent(room)}&limit=1000&since_depth=0`;
  const running = new Set<Promise<unknown>>();
  const answers: string[] = [];
  let count = n;
  const begin = () => {
    if (running.size >= runningMax) return;
    const kind = count++ % 7;
    const asked =
      kind === 0
        ? peer.call(target, 'POST', '/event', large, forged)
        : kind === 1
          ? peer.call(target, 'POST', '/event', nested)
          : kind === 2
            ? peer.call(target, 'GET', page)
            : kind === 3
              ? peer.post(target, peer.message(room, 'x'.repeat(1000)))
              : kind === 4
                ? peer.call(target, 'POST', '/join', large)
                : kind === 5
                  ? peer.call(target, 'POST', '/event', large, { 'x-paracord-key-id': `made-up-${count}` })
                  : throwAt(target, pages).then((text) => ({ status: answersIn(text) > 4 ? 'many' : 'few' }));
    const over = asked
      .then(
        ({ status }) => void answers.push(String(status)),
        () => void answers.push('none'),
      )
      .finally(() => running.delete(over));
    running.add(over);
  };
  const timer = setInterval(begin, requestEveryMs);
  return async () => {
    clearInterval(timer);
    await Promise.all(running);
    return answers;
  };
}
