import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { longCall } from '../../../../main/cli/long-call.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** A server that keeps its one caller waiting until the test answers. */
async function waiting(t: TestContext) {
  const arrived = Promise.withResolvers<{ method: string; body: string; response: ServerResponse }>();
  const server = createServer(async (request, response) => {
    arrived.resolve({ method: request.method ?? '', body: await text(request), response });
  });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/backups`,
    arrived: arrived.promise,
  };
}

const init = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"a":1}',
  isLong: true,
};

test('a long call waits for hours, as long as the node answers other calls', async (t) => {
  const { url, arrived } = await waiting(t);
  const clock = new VirtualClock();
  let asked = 0;
  const call = longCall({ clock, ask: async () => void asked++ })(url, init);
  const { method, body, response } = await arrived;
  assert.deepEqual([method, body], ['POST', '{"a":1}']);
  await clock.advance(3 * 3_600_000);
  assert.equal(asked, 360);
  response.writeHead(409).end('{"code":"CONFLICT"}');
  const answer = await call;
  assert.deepEqual([answer.status, await answer.text()], [409, '{"code":"CONFLICT"}']);
  await clock.advance(60_000);
  assert.equal(asked, 360, 'and asks nothing afterwards');
});

test('a long call ends with the error for a silent node, once the node answers nothing', async (t) => {
  const { url, arrived } = await waiting(t);
  const clock = new VirtualClock();
  const silence = new Error('no answer');
  const call = longCall({ clock, ask: () => Promise.reject(silence) })(url, init);
  const refused = assert.rejects(call, silence);
  await arrived;
  await clock.advance(30_000);
  await refused;
});

test('a long call to a node that is gone fails at once', async (t) => {
  const { url, arrived } = await waiting(t);
  const call = longCall({ clock: new VirtualClock(), ask: async () => {} })(url, init);
  const refused = assert.rejects(call, { code: 'ECONNRESET' });
  (await arrived).response.destroy();
  await refused;
});
