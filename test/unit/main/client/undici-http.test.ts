import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type HttpRequest, notSent, whileLeading } from '../../../../main/client/http.ts';
import { UndiciHttp } from '../../../../main/client/undici-http.ts';
import { refusal } from '../../../../shared/words/refusal.ts';
import { said } from '../../../../shared/words/said.ts';

/** A lead that ends when `askedMax` questions were answered. */
function leadFor(askedMax: number) {
  let asked = 0;
  return {
    check() {
      if (++asked > askedMax) throw refusal('SERVICE_UNAVAILABLE', said('standby.lease'));
    },
  };
}

async function peer(t: TestContext) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const request: HttpRequest = {
    ...{ method: 'GET', url: `http://127.0.0.1:${port}/x`, headers: {}, body: null },
    ...{ policy: { byOwner: true, tlsSha256: null }, timeoutMs: 5_000, answerBytesMax: 1_000 },
  };
  return { requests, request };
}

const codeOf = (result: { kind: string; code?: string }) => [result.kind, result.code];

test('a node that does not lead sends no request, although it was signed when it still led', async (t) => {
  const { request, requests } = await peer(t);
  const http = new UndiciHttp();
  t.after(() => http.close());
  const gated = whileLeading(http, leadFor(1));
  assert.equal((await gated.request(request)).kind, 'answer');
  assert.deepEqual(codeOf(await gated.request(request)), ['network', notSent]);
  assert.equal(requests.length, 1);
});

test('a node that lost the lead while it connected sends nothing over the new connection', async (t) => {
  const { request, requests } = await peer(t);
  const http = new UndiciHttp(leadFor(0));
  t.after(() => http.close());
  assert.deepEqual(codeOf(await http.request(request)), ['network', notSent]);
  assert.deepEqual(requests, []);
});
