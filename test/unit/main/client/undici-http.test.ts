import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
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

/** Asks this server for a file of at most `answerBytesMax` bytes. */
async function fetched(t: TestContext, serve: RequestListener, answerBytesMax: number, timeoutMs = 5_000) {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const http = new UndiciHttp();
  t.after(() => http.close());
  const pieces: Uint8Array[] = [];
  const sizes: number[] = [];
  const result = await http.request({
    method: 'GET',
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`,
    headers: {},
    body: null,
    policy: { byOwner: true, tlsSha256: null },
    timeoutMs,
    answerBytesMax,
    sink: async (piece) => {
      pieces.push(piece);
      sizes.push(piece.length);
    },
  });
  return { result, pieces, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

const codeOf = (result: Awaited<ReturnType<UndiciHttp['request']>>) =>
  'code' in result ? result.code : null;

/** Writes until the other side hangs up. */
function endless(...[, response]: Parameters<RequestListener>): void {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.on('drain', more);
  more();
}

test('the memory of a piece of a file is free once the next piece is wanted', async (t) => {
  const whole = 5_000_000;
  const { bytes, pieces } = await fetched(t, (_, response) => response.end(Buffer.alloc(whole)), whole);
  assert.equal(bytes, whole);
  const kept = pieces.reduce((sum, piece) => sum + piece.length, 0);
  assert.ok(kept < 200_000, `${kept} bytes are kept`);
});

test('an endless file ends at the size that was expected', async (t) => {
  const { result, bytes } = await fetched(t, endless, 1_000_000);
  assert.equal(codeOf(result), 'ANSWER_TOO_LARGE');
  assert.ok(bytes <= 1_000_000, String(bytes));
});

test('a refusal in place of a large file is not read beyond what a refusal needs', async (t) => {
  let answered = 0;
  for (const [status, headers] of [
    [404, {}],
    [302, { location: 'http://127.0.0.1:1/' }],
    [200, { 'content-encoding': 'gzip' }],
  ] as const) {
    const { result, bytes } = await fetched(
      t,
      (request, response) => {
        answered++;
        response.writeHead(status, headers);
        endless(request, response);
      },
      500_000_000,
    );
    assert.deepEqual([codeOf(result), bytes], ['ANSWER_TOO_LARGE', 0], String(status));
  }
  assert.equal(answered, 3, 'a redirect leads nowhere');
});

test('a file that drips is cut off', async (t) => {
  const serve: RequestListener = (_, response) => {
    const drip = setInterval(() => response.write('x'), 20);
    response.once('close', () => clearInterval(drip));
  };
  const { result } = await fetched(t, serve, 1_000_000, 200);
  assert.equal(codeOf(result), 'UND_ERR_BODY_TIMEOUT');
});
