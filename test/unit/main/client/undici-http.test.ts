import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { UndiciHttp } from '../../../../main/client/undici-http.ts';
import { said } from '../../../../shared/words/said.ts';

test('a large body has more time to be answered, because it takes longer on a slow line', async (t) => {
  const { promise: smallIsOver, resolve: letLargeEnd } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/large') void smallIsOver.then(() => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const http = new UndiciHttp();
  t.after(() => http.close());
  const post = (path: string, bytes: number) =>
    http.request({
      method: 'POST',
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
      headers: {},
      body: 'x'.repeat(bytes),
      policy: { byOwner: true, tlsSha256: null },
      timeoutMs: 100,
      answerBytesMax: 1_000,
    });
  const large = post('/large', 900_000);
  const small = await post('/small', 10);
  assert.deepEqual([small.kind, 'code' in small && small.code], ['network', 'UND_ERR_HEADERS_TIMEOUT']);
  letLargeEnd();
  assert.equal((await large).kind, 'answer');
});

test('an answer that is compressed unasked is named so, not taken for malformed JSON', async (t) => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const http = new UndiciHttp();
  t.after(() => http.close());
  const { port } = server.address() as AddressInfo;
  const result = await http.request({
    method: 'GET',
    url: `http://127.0.0.1:${port}/x`,
    headers: {},
    body: null,
    policy: { byOwner: true, tlsSha256: null },
    timeoutMs: 5_000,
    answerBytesMax: 1_000,
  });
  assert.ok(result.kind === 'network');
  assert.deepEqual(result.error, said('network.compressed', { encoding: 'gzip' }));
});
