import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ApiError } from '../../../shared/api/client.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { refusal } from '../../../shared/words/refusal.ts';
import { quoted } from '../../../shared/words/said.ts';
import { open, throwAt, writtenWithLength } from '../../support/attack/socket.ts';
import { bearer, call, ended, errorOf, serve, token } from '../../support/nodes/control-server.ts';
import { peer, room, status } from '../../support/parties/fake-api.ts';

test('the client reaches every kind of procedure: path, query, body, and both', async (t) => {
  const { client, calls } = await serve(t, {
    status: async () => status,
    peer: async () => peer,
    timeline: async () => ({ items: [], next: null }),
    createRoom: async () => room,
    react: async () => ({ event_id: '$1:a' }),
    deleteMessage: async () => ({ event_id: '$2:a' }),
  });
  assert.deepEqual(await client.status({}), status);
  assert.deepEqual(await client.peer({ server_name: 'friend.example' }), peer);
  assert.deepEqual(await client.timeline({ room_id: '!1:a', limit: 5 }), { items: [], next: null });
  assert.deepEqual(await client.createRoom({ name: 'Kitchen', join_rule: 'peers' }), room);
  await client.react({ room_id: '!1:a', event_id: '$x/y:a', emoji: '👍🏽/%', as: '@bob:a' });
  await client.deleteMessage({ room_id: '!1:a', event_id: '$1:a', as: '@bob:a' });
  assert.deepEqual(calls, [
    { name: 'status', input: {} },
    { name: 'peer', input: { server_name: 'friend.example' } },
    { name: 'timeline', input: { room_id: '!1:a', limit: 5 } },
    { name: 'createRoom', input: { name: 'Kitchen', join_rule: 'peers' } },
    { name: 'react', input: { room_id: '!1:a', event_id: '$x/y:a', emoji: '👍🏽/%', as: '@bob:a' } },
    { name: 'deleteMessage', input: { room_id: '!1:a', event_id: '$1:a', as: '@bob:a' } },
  ]);
});

test('a refusal of the node reaches the client unchanged', async (t) => {
  const { client, url } = await serve(t, {
    peer: async () => {
      throw refusal('NOT_FOUND', quoted('No peer is called nobody.example.'), {
        details: { server_name: 'nobody.example' },
      });
    },
    status: async () => {
      throw new ProtocolError('RATE_LIMITED', 'Too many.', { retryAfterSeconds: 7 });
    },
  });
  await assert.rejects(client.peer({ server_name: 'nobody.example' }), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.status, 404);
    assert.equal(error.code, 'NOT_FOUND');
    assert.equal(error.message, 'No peer is called nobody.example.');
    assert.deepEqual(error.details, { server_name: 'nobody.example' });
    return true;
  });
  const limited = await call(url, 'GET', '/api/v1/status');
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['retry-after'], '7');
});

test('a client that sends garbage after its request, or hangs up, isn’t logged as an error', async (t) => {
  // `npm run fuzz -- --target control` found it: each of these was logged as an error.
  const { url, logged } = await serve(t, { deleteMessage: async () => ({ event_id: '$2:a' }) });
  const request = writtenWithLength(
    'DELETE',
    '/api/v1/rooms/!1%3Aa/messages/%241%3Aa',
    [
      ['Authorization', bearer.authorization],
      ['Content-Type', 'application/json'],
    ],
    '{}',
  ).replace('Host: node.test', `Host: ${new URL(url).host}`);
  await throwAt(url, `${request}and more`);
  const { socket, end } = await open(url);
  socket.write(request.slice(0, -1));
  socket.resetAndDestroy();
  await end;
  assert.equal((await call(url, 'GET', '/healthz')).status, 200);
  assert.deepEqual(logged, []);
});

test('the client refuses ids that no address can hold before it asks', async (t) => {
  const { client, calls } = await serve(t);
  await assert.rejects(client.peer({ server_name: '..' }), ApiError);
  assert.deepEqual(calls, []);
});

test('an internal failure is logged and reveals nothing', async (t) => {
  const { url, logged } = await serve(t);
  const answer = await call(url, 'GET', '/api/v1/status');
  assert.equal(answer.status, 500);
  assert.equal(errorOf(answer).code, 'INTERNAL_ERROR');
  assert.doesNotMatch(answer.body, /secret/);
  assert.match(String(Object.values(logged[0] ?? {})), /secret/);
});

test('without the token, or with another one, there is only 401', async (t) => {
  const { url, calls } = await serve(t, { status: async () => status });
  const wrong = [
    {},
    { authorization: 'Bearer other' },
    { authorization: token },
    { authorization: 'Bearer ' },
  ];
  for (const headers of wrong) {
    for (const path of ['/api/v1/status', '/api/v1/stream', '/api/v1/openapi.json', '/api/v1/nothing']) {
      const answer = await call(url, 'GET', path, { headers });
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
      assert.equal(errorOf(answer).code, 'UNAUTHORIZED');
    }
  }
  assert.deepEqual(calls, []);
});

test('a browser that opens a foreign address reads a sentence, and a program gets JSON', async (t) => {
  const { url } = await serve(t);
  const ask = (accept: string) => call(url, 'GET', '/', { headers: { accept, host: 'nas.local:8449' } });
  const page = await ask('text/html,application/xhtml+xml,*/*;q=0.8');
  assert.deepEqual([page.status, page.headers['content-type']], [403, 'text/plain; charset=utf-8']);
  assert.match(page.body, /^“nas\.local:8449” isn’t an address of this console\. .*127\.0\.0\.1:\d+/);
  for (const accept of ['*/*', 'application/json'])
    assert.match(String((await ask(accept)).headers['content-type']), /^application\/json/);
});

test('a foreign Host header is refused, so DNS rebinding doesn’t work', async (t) => {
  const { url, port } = await serve(t, { status: async () => status }, { allowedHosts: ['console.example'] });
  const ask = (host: string) => call(url, 'GET', '/api/v1/status', { headers: { ...bearer, host } });
  for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil:${port}`]) {
    assert.equal((await ask(host)).status, 403, host);
  }
  for (const host of [
    'localhost',
    'localhost:1',
    `localhost:${port}`,
    `LOCALHOST:${port}`,
    `[::1]:${port}`,
    'console.example',
  ]) {
    assert.equal((await ask(host)).status, 200, host);
  }
});

test('another origin is refused on reads and writes, our own is not', async (t) => {
  const { url } = await serve(t, { status: async () => status, declineInvite: async () => assert.fail() });
  const ask = (headers: Record<string, string>, method = 'GET') =>
    call(url, method, '/api/v1/status', { headers: { ...bearer, ...headers } });
  for (const origin of ['https://evil.example', 'null', url.replace('http', 'https'), 'http://127.0.0.1:1']) {
    assert.equal((await ask({ origin })).status, 403, origin);
  }
  const own = await ask({ origin: url });
  assert.equal(own.status, 200);
  assert.equal(own.headers['access-control-allow-origin'], undefined);
  assert.equal((await ask({ 'sec-fetch-site': 'cross-site' }, 'POST')).status, 403);
});

test('every answer forbids caching and guessing its type', async (t) => {
  const { url } = await serve(t, { status: async () => status });
  for (const path of ['/api/v1/status', '/healthz', '/nothing']) {
    const { headers } = await call(url, 'GET', path);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
});

test('an unknown path is 404, a wrong method is 405 with Allow, both in JSON', async (t) => {
  const { url } = await serve(t);
  for (const path of ['/', '/api/v1', '/api/v1/nothing', '/api/v1/peers/a/b', '/API/v1/status', '/status']) {
    const answer = await call(url, 'GET', path);
    assert.equal(answer.status, 404, path);
    assert.equal(errorOf(answer).code, 'NOT_FOUND');
  }
  const answer = await call(url, 'PUT', '/api/v1/peers/a.example');
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'DELETE, GET, HEAD, PATCH');
  assert.equal(errorOf(answer).code, 'BAD_REQUEST');
  assert.equal((await call(url, 'OPTIONS', '/api/v1/status')).status, 405);
});

test('a validation error names the field and what it expects', async (t) => {
  const { url, calls } = await serve(t);
  const post = async (path: string, body: unknown) =>
    errorOf(await call(url, 'POST', path, { body: JSON.stringify(body) }));
  const missing = await post('/api/v1/setup', { owner: 'Ann' });
  assert.equal(missing.code, 'BAD_REQUEST');
  assert.equal(missing.message, 'server_name: expected a server name such as chat.example');
  assert.ok(Array.isArray(missing.details?.fields));
  assert.deepEqual(
    missing.details.fields.map(({ field }) => field),
    ['server_name', 'owner'],
  );
  const nested = await call(url, 'PATCH', '/api/v1/settings', {
    body: '{"default_limits":{"requests_per_minute":-1,"burst":2}}',
  });
  assert.equal(
    errorOf(nested).message,
    'default_limits.requests_per_minute: expected a whole number from 0 to 10,000,000',
  );
  const limit = await call(url, 'GET', '/api/v1/peers?limit=0');
  assert.equal(limit.status, 400);
  assert.match(errorOf(limit).message, /^limit: expected a whole number from 1 to 500/);
  assert.deepEqual(calls, []);
});

test('an unknown field is refused by name, in the body and in the query of a write', async (t) => {
  const { url, calls } = await serve(t);
  const body = JSON.stringify({ name: 'Kitchen', join_rule: 'peers', chanels: ['a'] });
  const misspelt = await call(url, 'POST', '/api/v1/rooms', { body });
  assert.equal(misspelt.status, 400);
  assert.match(
    errorOf(misspelt).message,
    /^chanels: unknown field. The fields are name, join_rule, channels, as$/,
  );
  const proto = await call(url, 'POST', '/api/v1/keys/rotate', { body: '{"__proto__":{"a":1}}' });
  assert.match(errorOf(proto).message, /^__proto__: unknown field/);
  const queried = await call(url, 'DELETE', '/api/v1/rooms/!1:a/members/@b:a?as=@c:a');
  assert.match(errorOf(queried).message, /^as: belongs in the JSON body/);
  assert.deepEqual(calls, []);
});

test('the path wins over a body that repeats its parameter', async (t) => {
  const { url, calls } = await serve(t, { changePeer: async () => peer });
  const body = '{"server_name":"other.example","mode":"block"}';
  assert.equal((await call(url, 'PATCH', '/api/v1/peers/friend.example', { body })).status, 200);
  assert.deepEqual(calls[0]?.input, { server_name: 'friend.example', mode: 'block' });
});

test('a body that is not a JSON object is refused with what was expected', async (t) => {
  const { url } = await serve(t);
  for (const body of ['{', 'null', '[]', '"x"', '1', Buffer.from([0x7b, 0xff, 0x7d])]) {
    const answer = await call(url, 'POST', '/api/v1/rooms', { body });
    assert.equal(answer.status, 400, String(body));
    assert.match(errorOf(answer).message, /body must be a JSON object/);
  }
  const compressed = { headers: { ...bearer, 'content-encoding': 'gzip' }, body: 'x' };
  assert.equal((await call(url, 'POST', '/api/v1/rooms', compressed)).status, 415);
});

test('a missing or empty body is an empty object; empty query values are ignored', async (t) => {
  const { url, calls } = await serve(t, {
    rotateKeys: async () => ({ items: [], next: null }),
    peers: async () => ({ items: [], next: null }),
  });
  assert.equal((await call(url, 'POST', '/api/v1/keys/rotate')).status, 200);
  assert.equal((await call(url, 'GET', '/api/v1/peers?limit=&cursor=')).status, 200);
  assert.equal((await call(url, 'GET', '/api/v1/peers?limit=1&limit=2')).status, 400);
  assert.deepEqual(calls, [
    { name: 'rotateKeys', input: {} },
    { name: 'peers', input: {} },
  ]);
});

test('a broken percent escape is 400', async (t) => {
  const { url } = await serve(t);
  for (const name of ['%', '%zz', '%ff']) {
    assert.equal((await call(url, 'GET', `/api/v1/peers/${name}`)).status, 400, name);
  }
});

test('a body that says it is over 2 MiB is 413, and the sender gets to read why', async (t) => {
  const { url, calls } = await serve(t);
  const told = await call(url, 'POST', '/api/v1/rooms', { body: Buffer.alloc(3 * 1024 * 1024, 0x20) });
  assert.equal(told.status, 413);
  assert.equal(errorOf(told).code, 'BAD_REQUEST');
  assert.deepEqual(calls, []);
});

test('a body without an end is refused while it arrives, and then cut off', async (t) => {
  const { port } = await serve(t);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /api/v1/rooms HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n` +
      'Transfer-Encoding: chunked\r\n\r\n',
  );
  const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
  let heard = '';
  socket.setEncoding('utf8').on('data', (data: string) => {
    heard += data;
  });
  const pump = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', pump);
  pump();
  await ended(socket);
  assert.match(heard, /^HTTP\/1\.1 413 /);
});

test('health and metrics need no token and are outside the API', async (t) => {
  const { url, setReady } = await serve(t);
  const ask = (path: string) => call(url, 'GET', path, { headers: {} });
  const metrics = await ask('/metrics');
  assert.equal(metrics.body, 'paracord_up 1\n');
  assert.match(metrics.headers['content-type'] ?? '', /^text\/plain/);
  const healthy = await ask('/healthz');
  assert.deepEqual([healthy.status, healthy.body], [200, '{"status":"ok"}']);
  setReady(false);
  assert.equal((await ask('/healthz')).status, 503);
});

test('the OpenAPI document is served with the token', async (t) => {
  const { url } = await serve(t);
  const answer = await call(url, 'GET', '/api/v1/openapi.json');
  assert.equal(answer.status, 200);
  assert.equal(JSON.parse(answer.body).info.version, '1.2.3');
});
