import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { open, serverOf } from '../../support/attack/socket.ts';
import { bearer, call, serve } from '../../support/nodes/control-server.ts';

const post = (host: string, rest: string) =>
  `POST /api/v1/rooms HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${bearer.authorization}\r\nContent-Type: application/json\r\n${rest}`;

test('the console’s listener cuts off connections that never finish a request, as the one for peers does', async (t) => {
  const { url, calls } = await serve(t);
  const server = await serverOf(t, url, '/healthz');
  assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 20_000, 'heads');
  // The largest body over the slowest line; one that arrives slower is cut off before.
  assert.ok(server.requestTimeout > 0 && server.requestTimeout <= 180_000, 'whole requests');
  assert.ok(server.keepAliveTimeout > 0 && server.keepAliveTimeout <= 120_000, 'idle connections');
  const { host } = new URL(url);
  const parts = [
    '',
    'GET /api/v1/status HTTP/1.1\r\nHost: ',
    post(host, 'Content-Length: 100\r\n\r\n{"name"'),
    post(host, 'Transfer-Encoding: chunked\r\n\r\n3\r\n{"n\r\n'),
    // A request without a token gets no more time than one with it.
    post(host, 'Content-Length: 100\r\n\r\n{').replace(/Authorization: .*\r\n/, ''),
  ];
  const lines = await Promise.all(parts.map(() => open(url)));
  for (const [n, part] of parts.entries()) lines[n]?.socket.write(part);
  server.headersTimeout = 50;
  server.requestTimeout = 50;
  for (const text of await Promise.all(lines.map(({ end }) => end)))
    assert.match(text, /^$|^HTTP\/1\.1 4\d\d /);
  assert.deepEqual(calls, []);
  assert.equal((await call(url, 'GET', '/healthz')).status, 200);
});

test('the console’s listener cuts off a reader that never reads the answer', async (t) => {
  const text = 'x'.repeat(50_000_000);
  const { url, clock } = await serve(t, { diagnostics: async () => ({ file_name: 'a.json', text }) });
  const server = await serverOf(t, url, '/healthz');
  const { host } = new URL(url);
  const { socket, end } = await open(url);
  socket.pause();
  const answered = Promise.withResolvers<Socket>();
  server.once('request', (request: IncomingMessage, response: ServerResponse) =>
    response.once('prefinish', () => setImmediate(() => answered.resolve(request.socket))),
  );
  socket.write(
    `GET /api/v1/diagnostics HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${bearer.authorization}\r\n\r\n`,
  );
  const there = await answered.promise;
  assert.ok((there.timeout ?? 0) > 0 && (there.timeout ?? 0) <= 10_000, 'without any progress');
  const closed = once(there, 'close');
  clock.fire();
  await closed;
  socket.resume();
  assert.ok((await end).length < text.length);
});
