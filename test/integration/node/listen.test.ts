import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { listen } from '../../../main/http/listen.ts';
import { call, handClock, serve } from '../../support/nodes/control-server.ts';
import { status } from '../../support/parties/fake-api.ts';

test('closing waits for running requests but not for silent connections', async (t) => {
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { url, port, close } = await serve(t, {
    status: async () => {
      arrive();
      await release;
      return status;
    },
  });
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const answer = call(url, 'GET', '/api/v1/status');
  await arrived;
  const closed = close();
  await once(silent, 'close');
  resolve();
  assert.equal((await answer).status, 200);
  await closed;
  await assert.rejects(call(url, 'GET', '/healthz'), { code: 'ECONNREFUSED' });
});

test('closing cuts off running requests after the grace period', async (t) => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { url, close, clock } = await serve(t, {
    status: () => {
      arrive();
      return new Promise(() => {});
    },
  });
  const answer = call(url, 'GET', '/api/v1/status');
  const cut = assert.rejects(answer, { code: 'ECONNRESET' });
  await arrived;
  const closed = close(1000);
  clock.fire();
  await closed;
  await cut;
});

test('a port in use is reported by its code', async (t) => {
  const { port } = await serve(t);
  const again = listen(() => {}, { host: '127.0.0.1', port, clock: handClock() });
  await assert.rejects(again, { code: 'EADDRINUSE' });
});

test('a listener with a certificate speaks TLS, and an unfinished handshake doesn’t delay its stop', async () => {
  const clock = handClock();
  const options = { host: '127.0.0.1', port: 0, tls: selfSigned, clock };
  const { url, port, close } = await listen((_request, response) => response.end('hello'), options);
  assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const asked = request(url, { rejectUnauthorized: false, agent: false });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  assert.equal(await text(answer), 'hello');
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const closed = close(1000);
  clock.fire();
  await closed;
});

test('without IPv6, a listener on every address listens on every IPv4 address', async (t) => {
  type Listens = (options: { host: string }, done: () => void) => Server;
  const real = Server.prototype.listen as Listens;
  t.mock.method(Server.prototype, 'listen', function (this: Server, ...args: Parameters<Listens>) {
    if (args[0].host !== '::') return real.apply(this, args);
    process.nextTick(() => this.emit('error', Object.assign(new Error('no IPv6'), { code: 'EAFNOSUPPORT' })));
    return this;
  });
  const { url, port, close } = await listen(() => {}, { host: '::', port: 0, clock: handClock() });
  assert.equal(url, `http://127.0.0.1:${port}`);
  await close();
});

for (const host of ['0.0.0.0', '::'])
  test(`the wildcard address ${host} is reported as the loopback address that reaches it`, async () => {
    const { url, port, close } = await listen((_, res) => res.end('here'), {
      host,
      port: 0,
      clock: handClock(),
    });
    assert.equal(url, `http://127.0.0.1:${port}`);
    assert.equal(await (await fetch(url)).text(), 'here');
    await close();
    await close();
  });

/** A certificate for this test. It protects nothing, and nothing checks it. */
const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIURTCI5T4Brmp4eGvNtXOAUL4OQIowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTAzMTcxMVoYDzIxMjYxMDI4
MDMxNzExWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQZqejw05nJjt8RV2DDHbuqk5Yw063Ct8smemWCEBMTbwV36zxJqtal
mQsnAxExMoeUb8yeG7I5fmlVHNhE450Wo1MwUTAdBgNVHQ4EFgQUL1RtC4NXeYAC
CC9zcvvfIqrRKYkwHwYDVR0jBBgwFoAUL1RtC4NXeYACCC9zcvvfIqrRKYkwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBf0Wlxdd6/ykfR1Cnt4xaa
1C2wLUH2Qvt/LdKpELZ9rgIhAPjSwASCs+rVLoFBn63s3K/zmBKnnBCuxZ+uPVXo
ytAQ
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3Q7FC70FogIxd+Ue
cPVzr9lvG0ZMFYGUder+fR+FxJWhRANCAAQZqejw05nJjt8RV2DDHbuqk5Yw063C
t8smemWCEBMTbwV36zxJqtalmQsnAxExMoeUb8yeG7I5fmlVHNhE450W
-----END PRIVATE KEY-----
`,
};
