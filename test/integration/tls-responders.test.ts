import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ChallengeBlocked, HttpResponder } from '../../main/tls/acme/responders.ts';

const proof = (token: string) => ({
  identifier: { type: 'dns', value: 'chat.test' } as const,
  token,
  keyAuthorization: `${token}.thumbprint`,
});

test('HTTP-01 is answered while something is being proved, and nothing else ever', async () => {
  const responder = new HttpResponder({ host: '127.0.0.1', port: 0 });
  assert.equal(responder.port, null);
  const withdrawOne = await responder.publish(proof('one'));
  const withdrawTwo = await responder.publish(proof('two'));
  const url = `http://127.0.0.1:${responder.port}`;
  const ask = (path: string, method = 'GET') => fetch(url + path, { method });
  const answer = await ask('/.well-known/acme-challenge/one');
  assert.deepEqual([answer.status, await answer.text()], [200, 'one.thumbprint']);
  for (const [path, method] of [
    ['/', 'GET'],
    ['/.well-known/acme-challenge/', 'GET'],
    ['/.well-known/acme-challenge/three', 'GET'],
    ['/.well-known/acme-challenge/one?', 'GET'],
    ['/.well-known/acme-challenge/__proto__', 'GET'],
    ['/_paracord/federation/v1/keys', 'GET'],
    ['/.well-known/acme-challenge/one', 'POST'],
  ] as const) {
    const refused = await ask(path, method);
    assert.deepEqual([refused.status, await refused.text()], [404, ''], `${method} ${path}`);
    assert.deepEqual([...refused.headers.keys()].sort(), ['connection', 'transfer-encoding'], path);
  }
  await withdrawOne();
  assert.equal((await ask('/.well-known/acme-challenge/one')).status, 404);
  await withdrawTwo();
  assert.equal(responder.port, null);
  await assert.rejects(ask('/.well-known/acme-challenge/two'));
});

test('a port that another program has is said, with what to do about it', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const responder = new HttpResponder({ host: '127.0.0.1', port });
  await assert.rejects(responder.publish(proof('one')), (error) => {
    assert.ok(error instanceof ChallengeBlocked);
    assert.match(error.message, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1.*used by another program`));
    assert.match(error.message, /--acme-http.*--acme-challenge tls-alpn-01/);
    return true;
  });
  other.close();
  await once(other, 'close');
  await (await responder.publish(proof('one')))();
});
