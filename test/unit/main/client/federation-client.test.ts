import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FederationClient } from '../../../../main/client/federation-client.ts';
import {
  afterWriting,
  type Http,
  type HttpRequest,
  type HttpResult,
  notSent,
} from '../../../../main/client/http.ts';
import { UndiciHttp } from '../../../../main/client/undici-http.ts';
import { sha256Hex, verifySignature } from '../../../../main/crypto/ed25519.ts';
import type { Fact } from '../../../../main/facts.ts';
import { Keyring } from '../../../../main/identity/keyring.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { parseTransportClaim, transportText } from '../../../../shared/protocol/transport.ts';
import { said } from '../../../../shared/words/said.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { inEnglish } from '../../../support/words.ts';

const callee = {
  endpoint: 'https://b.test/_paracord/federation/v1',
  policy: { byOwner: false, tlsSha256: null },
};

function clientFor(t: TestContext, answer: () => HttpResult = () => ({ kind: 'aborted' })) {
  const clock = new VirtualClock();
  const keyring = new Keyring(new KeyVault(tempDir(t), null), clock, systemPorts.random);
  keyring.setUp('a.test', 'a.test');
  const requests: HttpRequest[] = [];
  const http: Http = {
    request: async (request) => {
      requests.push(request);
      return answer();
    },
    seenCertificate: () => null,
    close: async () => {},
  };
  const client = new FederationClient(http, keyring, clock, () => {});
  const claim = (at: number) => parseTransportClaim((name) => [requests[at]?.headers[name] ?? []].flat());
  return { clock, keyring, client, requests, claim };
}

test('a call is signed over exactly the target that goes on the request line, and its body', async (t) => {
  const { client, keyring, requests, claim } = clientFor(t);
  const paths = [
    '/events?room_id=!1%3Ab.test&since_depth=0',
    '/event/%24m_reaction_add%3A1%3A👍%3A5%3Ab.test',
  ];
  for (const path of paths) await client.call(callee, { method: 'GET', path });
  await client.call(callee, { method: 'POST', path: '/event', body: '{"a":"é"}' });
  requests.forEach((request, at) => {
    const { origin, keyId, timestamp, signature } = claim(at);
    const target = request.url.slice('https://b.test'.length);
    const text = transportText(request.method, target, timestamp, sha256Hex(request.body ?? ''), null);
    assert.equal(verifySignature(text, signature, keyring.active().signer.publicKey), true, target);
    assert.deepEqual([origin, keyId], ['a.test', keyring.active().keyId]);
  });
});

test('a call is sent when everything it may depend on is on disk, and not if the disk failed', async () => {
  const sent: string[] = [];
  const http = {
    request: async ({ url }: HttpRequest) => {
      sent.push(url);
      return { kind: 'aborted' as const };
    },
    seenCertificate: () => null,
    close: async () => {},
  };
  const request = (url: string) => ({ url }) as HttpRequest;
  let sync: PromiseWithResolvers<void> | null = null;
  const gated = afterWriting(http, () => sync?.promise ?? null);
  await gated.request(request('at once'));
  sync = Promise.withResolvers();
  const later = gated.request(request('later'));
  assert.deepEqual(sent, ['at once']);
  sync.resolve();
  await later;
  assert.deepEqual(sent, ['at once', 'later']);
  for (const [code, words] of [
    ['ENOSPC', 'disk.full'],
    ['EIO', 'disk.read_only'],
    ['EMFILE', 'disk.files'],
    ['SQLITE_CORRUPT', 'disk.damaged'],
    ['EWHAT', 'disk.failed'],
  ]) {
    sync = Promise.withResolvers();
    sync.reject(Object.assign(new Error('of the system'), { code }));
    const result = await gated.request(request('never'));
    assert.ok(result.kind === 'network');
    assert.deepEqual([result.code, result.error.code, sent.length], [notSent, words, 2]);
  }
});

test('a peer doesn’t count as unreachable if nothing was sent because our disk failed', async (t) => {
  const told: Fact[] = [];
  const { keyring, clock } = clientFor(t);
  const failing = (code: string): FederationClient =>
    new FederationClient(
      {
        request: async () => ({ kind: 'network', error: said('disk.full'), code }),
        seenCertificate: () => null,
        close: async () => {},
      },
      keyring,
      clock,
      (fact) => told.push(fact),
    );
  const known = { ...callee, server: 'b.test' };
  await failing(notSent).call(known, { method: 'GET', path: '/keys' });
  assert.deepEqual(told, []);
  await failing('ECONNREFUSED').call(known, { method: 'GET', path: '/keys' });
  assert.deepEqual(
    told.map(({ fact }) => fact),
    ['could-not-be-reached'],
  );
});

test('a renewed key goes to a peer until it takes or refuses the key', async (t) => {
  const statuses: number[] = [];
  const { client, clock, keyring, requests } = clientFor(t, () => ({
    kind: 'answer',
    status: statuses.shift() ?? 200,
    headers: {},
    body: '{}',
  }));
  clock.setWallClock(clock.now() + 300 * 86_400_000);
  keyring.renew();
  for (const told of [503, 429, 200, 200]) {
    statuses.push(200, told);
    await client.call({ ...callee, destination: 'b.test' }, { method: 'GET', path: '/keys' });
    statuses.length = 0;
    clock.setWallClock(clock.now() + 60_000);
  }
  assert.deepEqual(
    requests.map(({ method }) => method),
    ['GET', 'POST', 'GET', 'POST', 'GET', 'POST', 'GET'],
  );
});

test('the same read twice in one millisecond is two requests, not a replay', async (t) => {
  const { client, requests } = clientFor(t);
  for (let count = 0; count < 50; count++) await client.call(callee, { method: 'GET', path: '/keys' });
  assert.equal(new Set(requests.map((request) => request.headers['x-paracord-signature'])).size, 50);
});

test('a clock that was wrong and is set back is believed: reads are not signed with the old time', async (t) => {
  const { client, clock, claim } = clientFor(t);
  const right = clock.now();
  clock.setWallClock(right + 3_600_000);
  await client.call(callee, { method: 'GET', path: '/keys' });
  clock.setWallClock(right);
  await client.call(callee, { method: 'GET', path: '/keys' });
  assert.equal(claim(1).timestamp, right);
});

async function listening(t: TestContext, body = 'hello') {
  let connections = 0;
  const server = createServer((_request, response) => response.end(body));
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const http = new UndiciHttp();
  t.after(() => http.close());
  const { port } = server.address() as AddressInfo;
  const get = (url: string, byOwner: boolean, answerBytesMax = 1000) =>
    http.request({
      method: 'GET',
      url,
      headers: {},
      body: null,
      policy: { byOwner, tlsSha256: null },
      timeoutMs: 5000,
      answerBytesMax,
    });
  return { port, get, connections: () => connections };
}

test('a private address from a remote isn’t connected to, whether by number or by name', async (t) => {
  const { port, get, connections } = await listening(t);
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f.1', '127.0.0.1.']) {
    const result = await get(`https://${host}:${port}/`, false);
    assert.ok(
      result.kind === 'network' && /private address/.test(inEnglish(result.error)),
      `${host}: ${JSON.stringify(result)}`,
    );
  }
  assert.equal(connections(), 0);
});

test('plain http is spoken only where the owner typed it', async (t) => {
  const { port, get, connections } = await listening(t);
  const refused = await get(`http://localhost:${port}/`, false);
  assert.ok(refused.kind === 'network' && refused.code === 'ADDRESS_REFUSED');
  assert.equal(connections(), 0);
  const answer = await get(`http://127.0.0.1:${port}/`, true);
  assert.ok(answer.kind === 'answer' && answer.body === 'hello');
});

test('an answer may have the allowed length, and is cut off after that', async (t) => {
  const { port, get } = await listening(t, 'x'.repeat(1000));
  assert.equal((await get(`http://127.0.0.1:${port}/`, true, 1000)).kind, 'answer');
  const cut = await get(`http://127.0.0.1:${port}/`, true, 999);
  assert.ok(cut.kind === 'network' && cut.code === 'ANSWER_TOO_LARGE');
});

test('network trouble is a value', async () => {
  const http = new UndiciHttp();
  const asked = { method: 'GET', headers: {}, body: null, timeoutMs: 5000, answerBytesMax: 10 } as const;
  const policy = { byOwner: true, tlsSha256: null };
  for (const url of ['http://127.0.0.1:1/', 'no url', 'ftp://b.test/']) {
    const result = await http.request({ ...asked, url, policy });
    assert.equal(result.kind, 'network', url);
  }
  const aborted = await http.request({
    ...asked,
    url: 'http://127.0.0.1:1/',
    policy,
    signal: AbortSignal.abort(),
  });
  assert.equal(aborted.kind, 'aborted');
  await http.close();
});

test('however many origins and pins a peer names, few connections stay open, and running requests aren’t cut off', async (t) => {
  const held: ServerResponse[] = [];
  const open = new Set<Socket>();
  const server = createServer((request, response) => {
    if (request.url === '/slow') held.push(response);
    else response.end('hello');
  });
  // Longer than this test waits.
  server.keepAliveTimeout = 120_000;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const http = new UndiciHttp();
  t.after(() => http.close());
  const { port } = server.address() as AddressInfo;
  // The answers are in time: a cut has another reason.
  const timeoutMs = 60_000;
  const get = (path: string, pin: number) =>
    http.request({
      method: 'GET',
      url: `http://127.0.0.1:${port}${path}`,
      headers: {},
      body: null,
      policy: { byOwner: true, tlsSha256: String(pin) },
      timeoutMs,
      answerBytesMax: 1000,
    });
  const slow = get('/slow', -1);
  for (let pin = 0; pin < 1100; pin++) assert.equal((await get('/', pin)).kind, 'answer');
  await until([], 'the connections of pools that gave way to be closed', () => open.size <= 1025);
  held[0]?.end('at last');
  const answer = await slow;
  assert.ok(answer.kind === 'answer' && answer.body === 'at last');
});
