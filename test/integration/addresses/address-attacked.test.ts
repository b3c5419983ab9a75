import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Http, HttpRequest, HttpResult } from '../../../main/client/http.ts';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { HandClock } from '../../support/attack/node.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { Detour } from '../../support/parties/detour.ts';
import { type RawAnswer, RawPeer } from '../../support/parties/raw-peer.ts';

const move = (peer: RawPeer, node: LocalNode, endpoint: string, tls_sha256: string | null = null) =>
  peer.call(node.url, 'POST', '/peers/address', JSON.stringify({ endpoint, tls_sha256 }));
const saidOf = ({ status, body }: RawAnswer) => [status, body.message];

/** Something in the owner's network that peers should not reach. */
async function victim(t: TestContext, greeting = ''): Promise<{ port: number; callers: () => number }> {
  let callers = 0;
  const server = createServer((socket) => {
    callers++;
    socket.on('error', () => {});
    socket.end(greeting);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, callers: () => callers };
}

test('a peer known by a public address can’t make us call our own network, even if our owner typed that address', async (t) => {
  const http = new Detour();
  const node = await startLocalNode(t, { name: 'a.test', parts: { http } });
  const peer = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const { port, callers } = await victim(t);
  for (const known of ['https://raw.invalid:8448', 'https://192.0.2.999.invalid', 'http://raw.invalid']) {
    await http.strand(node.api, 'raw.test', known, peer.url);
    const before = (await node.api.peer({ server_name: 'raw.test' })).endpoint;
    const said = new Set<string>();
    for (const scheme of ['http', 'https'])
      for (const host of [
        '127.0.0.1',
        'localhost',
        '127.1.2.3',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '192.168.1.1',
        '10.0.0.1',
        '100.64.0.1',
        '169.254.169.254',
        '[fd00::1]',
        '[fe80::1]',
      ])
        for (const at of [port, 1])
          said.add(String(saidOf(await move(peer, node, `${scheme}://${host}:${at}${federationPrefix}`))));
    assert.equal(said.size, 1, [...said].join('\n'));
    assert.match(
      [...said].join(),
      /^400,.*private network is only accepted from a peer whose known address is in such a network/,
    );
    assert.equal((await node.api.peer({ server_name: 'raw.test' })).endpoint, before);
  }
  assert.equal(callers(), 0);
});

test('a peer in our network can’t learn what is at the address it makes us call: the answer is always the same', async (t) => {
  const clock = new HandClock();
  const node = await startLocalNode(t, { name: 'a.test', ports: clock.ports });
  const peer = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const other = await new RawPeer('other.test').listen(t);
  const teapot = await victim(t, 'HTTP/1.1 418 no\r\ncontent-length: 0\r\n\r\n');
  const ssh = await victim(t, 'SSH-2.0-secret\r\n');
  const said = new Set<string>();
  for (const port of [1, teapot.port, ssh.port, Number(new URL(other.url).port)]) {
    clock.time += 10_000;
    said.add(String(saidOf(await move(peer, node, `http://127.0.0.1:${port}/x`))));
  }
  assert.equal(said.size, 1, [...said].join('\n'));
  assert.match([...said].join(), /^409,No server at that address shows your name/);
});

test('a peer can change its address at most three times a minute', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const { port, callers } = await victim(t);
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++)
    statuses.push((await move(peer, node, `http://127.0.0.1:${port}/x`, `${i}`.repeat(64))).status);
  assert.deepEqual(statuses, [409, 409, 409, 429, 429, 429]);
  assert.equal(callers(), 3);
});

/** Resolves an unused name to a peer in this process, and records with which policy it was called. */
class Rerouted implements Http {
  readonly policies: HttpRequest['policy'][] = [];
  readonly #inner = new UndiciHttp();
  readonly #from: string;
  readonly #to: () => string;

  constructor(from: string, to: () => string) {
    this.#from = from;
    this.#to = to;
  }

  request(request: HttpRequest): Promise<HttpResult> {
    if (!request.url.startsWith(this.#from)) return this.#inner.request(request);
    this.policies.push(request.policy);
    const url = request.url.replace(this.#from, this.#to());
    return this.#inner.request({ ...request, url, policy: { byOwner: true, tlsSha256: null } });
  }

  seenCertificate = () => null;
  close = () => this.#inner.close();
}

test('an address that a peer named is never called as if the owner had typed it, neither now nor later', async (t) => {
  const peer = await new RawPeer('raw.test').listen(t);
  const http = new Rerouted('https://new.invalid', () => peer.url);
  const node = await startLocalNode(t, { name: 'a.test', parts: { http } });
  await node.api.addPeer({ endpoint: peer.url });
  assert.equal((await move(peer, node, `https://new.invalid${federationPrefix}`)).status, 200);
  const { endpoint } = await node.api.peer({ server_name: 'raw.test' });
  assert.equal(endpoint, `https://new.invalid${federationPrefix}`);
  await node.api.extendPeerKeys({ server_name: 'raw.test' });
  assert.ok(http.policies.length >= 3);
  assert.deepEqual(
    http.policies.filter(({ byOwner }) => byOwner),
    [],
  );
  // Once it has a public address, it can't return to a private one by itself.
  assert.equal((await move(peer, node, peer.url + federationPrefix)).status, 400);
});

test('a peer that writes its name in capitals can change its address like any other', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('Raw.Test').listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const moved = await new RawPeer('Raw.Test').listen(t);
  moved.signer = peer.signer;
  const lower = new RawPeer('raw.test');
  lower.signer = peer.signer;
  assert.equal((await move(lower, node, moved.url + federationPrefix)).status, 200);
  assert.equal((await lower.call(node.url, 'POST', '/reach', '{}')).body.reachable, true);
  const check = await node.api.checkPeer({ server_name: 'raw.test' });
  assert.equal(check.ok, true, JSON.stringify(check.steps));
});
