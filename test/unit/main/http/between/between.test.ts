import assert from 'node:assert/strict';
import https from 'node:https';
import { test } from 'node:test';
import { refuseToLead } from '../../../../../main/http/between/leader-side.ts';
import { prove } from '../../../../../main/http/between/proof.ts';
import type {
  FederationAnswer,
  FederationRequest,
  VerifiedBefore,
} from '../../../../../main/http/federation/request.ts';
import { listen } from '../../../../../main/http/listen.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { makeKey, makeSelfSigned } from '../../../../../main/tls/x509.ts';
import type { Api } from '../../../../../shared/api/contract.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { federationPrefix } from '../../../../../shared/protocol/transport.ts';
import { refusal } from '../../../../../shared/words/refusal.ts';
import { said } from '../../../../../shared/words/said.ts';
import { anotherLeader, betweenKey, betweenPair as pair } from '../../../../support/standby/between-pair.ts';

const { clock } = systemPorts;
const key = betweenKey;

const isUnavailable = (error: unknown): boolean =>
  error instanceof ProtocolError &&
  error.code === 'SERVICE_UNAVAILABLE' &&
  error.retryAfterSeconds !== undefined;

test('a peer’s request reaches the leader as the peer sent it, and the answer comes back unchanged', async (t) => {
  const { url, calls } = await pair(t);
  const headers = { 'x-paracord-signature': 'abc' };
  const answer = await fetch(`${url}/_paracord/federation/v1/event?x=1`, {
    method: 'POST',
    body: '{"a":1}',
    headers,
  });
  assert.deepEqual(
    [answer.status, answer.headers.get('x-answer'), await answer.text()],
    [202, 'yes', 'got {"a":1}'],
  );
  assert.deepEqual(calls, [['POST', '/_paracord/federation/v1/event?x=1', 'abc', new URL(url).host]]);
});

test('what the owner changes at a standby is done by the leader', async (t) => {
  const { standby, calls } = await pair(t);
  const own = { rooms: async () => ({ items: [], next: null }) } as unknown as Api;
  const api = standby.apiOver(own, 'en');
  const message = { room_id: '!1:a.test', body: 'hello' };
  assert.deepEqual(await api.postMessage(message), { event_id: '$1:a.test' });
  assert.deepEqual(calls, [message]);
  assert.deepEqual(await api.rooms({}), { items: [], next: null });
});

test('moving the data at a standby is refused, and the leader’s data stays', async (t) => {
  const { standby, calls } = await pair(t);
  const api = standby.apiOver({} as Api, 'en');
  await assert.rejects(api.moveData({ to: 'sqlite' }), {
    code: 'CONFLICT',
    message: 'This node stands by. Only the node that leads can do this.',
  });
  assert.deepEqual(calls, []);
});

test('a refusal of the leader comes back with its code, status, sentence and retry time', async (t) => {
  const api = {
    postMessage: () => Promise.reject(refusal('RATE_LIMITED', said('wire.busy'), { retryAfterSeconds: 7 })),
  };
  const { standby } = await pair(t, { apiIn: () => api as unknown as Api });
  await assert.rejects(
    standby.call({ procedure: 'postMessage', input: {}, language: 'de' }),
    (error: ProtocolError) =>
      error.code === 'RATE_LIMITED' &&
      error.status === 429 &&
      error.retryAfterSeconds === 7 &&
      error.message !== '',
  );
});

test('a leader refuses a standby with another identity, and a request recorded under another lead', async (t) => {
  const refused = await pair(t, {}, Buffer.alloc(32, 2));
  const peers = await fetch(`${refused.url}/x`, { method: 'POST', body: '' });
  assert.deepEqual([peers.status, peers.headers.get('retry-after')], [503, '2'], 'a peer tries again');
  await assert.rejects(
    refused.standby.call({ procedure: 'postMessage', input: {}, language: 'en' }),
    (error: ProtocolError) => error.status === 403,
  );
  const { standby, calls, become } = await pair(t);
  become({ token: 2 });
  await assert.rejects(
    standby.call({ procedure: 'postMessage', input: {}, language: 'en' }),
    (error: ProtocolError) => error.status === 403,
  );
  assert.deepEqual([...calls, ...refused.calls], []);
});

test('a node that has just stopped leading tells its standby to retry', async (t) => {
  const { standby, url, become } = await pair(t);
  become(await anotherLeader(t, (_, response) => refuseToLead(response)));
  await assert.rejects(standby.call({ procedure: 'postMessage', input: {}, language: 'en' }), isUnavailable);
  const answer = await fetch(`${url}/_paracord/federation/v1/event`, { method: 'POST', body: '{}' });
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2']);
});

test('a leader without a lease does nothing for its standby', async (t) => {
  const mayAnswer = () => {
    throw refusal('SERVICE_UNAVAILABLE', said('standby.lease'), { retryAfterSeconds: 2 });
  };
  const { standby, calls } = await pair(t, { mayAnswer });
  await assert.rejects(standby.call({ procedure: 'postMessage', input: {}, language: 'en' }), isUnavailable);
  assert.deepEqual(calls, []);
});

test('a standby connects only to the certificate that the leader wrote into the database', async (t) => {
  const { standby, become, calls } = await pair(t);
  become({ cert: await makeSelfSigned(await makeKey(), clock.now(), 60_000) });
  await assert.rejects(standby.call({ procedure: 'postMessage', input: {}, language: 'en' }), isUnavailable);
  assert.deepEqual(calls, []);
});

test('without a leader, or if it does not answer, callers and peers get 503 and a time to retry', async (t) => {
  const { standby, become, url, leading } = await pair(t);
  const both = async () => {
    await assert.rejects(
      standby.call({ procedure: 'postMessage', input: {}, language: 'en' }),
      isUnavailable,
    );
    const answer = await fetch(`${url}/_paracord/federation/v1/event`, { method: 'POST', body: '{}' });
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2']);
  };
  become(null);
  await both();
  become({});
  await leading.close(0);
  await both();
});

test('when a standby takes over, what still waits for the old leader gets 503 at once', async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { standby, url } = await pair(t, { federation: () => arrived.resolve() });
  const waiting = fetch(`${url}/_paracord/federation/v1/event`, { method: 'POST', body: '{}' });
  await arrived.promise;
  await standby.close();
  assert.equal((await waiting).status, 503);
});

/** What the leader is asked to take. */
function taking() {
  const taken: { readonly request: FederationRequest; readonly text: string }[] = [];
  const push = async (request: FederationRequest): Promise<FederationAnswer> => {
    const text = (await request.body()).toString();
    taken.push({ request, text });
    return { status: 202, body: `to ${text}`, headers: { 'retry-after': '3' } };
  };
  return { taken, push };
}
const verified: VerifiedBefore = {
  transport: 'ab',
  events: [{ keyId: 'k', publicKey: 'cd', filesUnsigned: false }, null],
};
const ahead = { isKnown: () => true, verify: async () => verified };

test('the leader gets a push as the peer sent it, with what the standby verified, and answers the peer', async (t) => {
  const { taken, push: leader } = taking();
  const { push } = await pair(t, { push: leader }, key, { ahead });
  const headers = {
    'x-paracord-origin': ['b.test'],
    host: ['a.test'],
    'x-paracord-destination': ['a.test'],
  };
  const answer = await push('{"a":"é"}', { ...headers, cookie: ['x'] });
  assert.deepEqual(answer, { status: 202, body: 'to {"a":"é"}', headers: { 'retry-after': '3' } });
  const [{ request } = assert.fail()] = taken;
  assert.deepEqual(
    [request.method, request.target, request.from, request.verified],
    ['POST', `${federationPrefix}/event`, '192.0.2.1', verified],
  );
  for (const [name, values] of Object.entries(headers)) assert.deepEqual(request.header(name), values);
  assert.deepEqual([request.header('cookie'), request.header('x-paracord-key-id')], [[], []]);
});

test('a leader takes nothing as verified without the proof of a standby for exactly this, and only once', async (t) => {
  const { taken, push: leader } = taking();
  const sent: { body: Buffer; proof: string }[] = [];
  const { push, leading, cert } = await pair(t, { push: leader }, key, { ahead });
  const record = https.request;
  t.mock.method(https, 'request', (...args: Parameters<typeof https.request>) => {
    const out = record(...args);
    const { end } = out;
    out.end = ((body: Buffer) => {
      sent.push({ body, proof: String(out.getHeader('x-paracord-between-nodes')) });
      return Reflect.apply(end, out, [body]);
    }) as typeof out.end;
    return out;
  });
  await push('{"a":1}');
  const [{ body, proof } = assert.fail()] = sent;
  t.mock.restoreAll();
  const changed = Buffer.from(body);
  changed[changed.indexOf('"a":1') + 4] = 0x32;
  const post = (bytes: Buffer, header: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { 'x-paracord-between-nodes': header, 'content-length': String(bytes.length) };
      const options = {
        method: 'POST',
        ca: cert,
        checkServerIdentity: () => undefined,
        agent: false,
        headers,
      };
      https
        .request(new URL('/between-nodes/pushes', leading.url), options, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        })
        .once('error', reject)
        .end(bytes);
    });
  let count = 0;
  const mine = (bytes: Buffer, by: Buffer, token: number, target: string) =>
    prove(by, { token, method: 'POST', target, body: bytes }, clock.now(), `${'1'.repeat(16)}.${++count}`);
  const target = '/between-nodes/pushes';
  for (const [bytes, header] of [
    [body, proof],
    [changed, proof],
    [body, ''],
    [body, mine(body, Buffer.alloc(32, 2), 3, target)],
    [body, mine(body, key, 2, target)],
    [body, mine(body, key, 3, '/between-nodes/call')],
    [body, mine(changed, key, 3, target)],
  ] as const)
    assert.equal(await post(bytes, header), 403);
  assert.equal(taken.length, 1, 'the first time');
  assert.equal(await post(changed, mine(changed, key, 3, target)), 200);
  assert.equal(taken[1]?.text, '{"a":2}', 'and the test proves what it means to');
});

test('a push that waits at the leader doesn’t hold up one in the same batch', async (t) => {
  const waiting = Promise.withResolvers<void>();
  const leader = async (request: FederationRequest): Promise<FederationAnswer> => {
    const text = (await request.body()).toString();
    if (text === 'first') await waiting.promise;
    return { status: 202, body: text };
  };
  const { push } = await pair(t, { push: leader }, key, { ahead });
  const first = push('first');
  assert.equal((await push('second')).body, 'second');
  waiting.resolve();
  assert.equal((await first).body, 'first');
});

test('of a peer that has too much under way at the leader, a standby accepts no more', async (t) => {
  const waiting = Promise.withResolvers<FederationAnswer>();
  const { push } = await pair(t, { push: () => waiting.promise }, key, { ahead });
  const large = 'x'.repeat(1024 * 1024);
  const headers = { 'x-paracord-origin': ['b.test'] };
  const many = Array.from({ length: 17 }, () =>
    push(large, headers).catch((error: ProtocolError) => error.code),
  );
  const refused = many.pop();
  assert.equal(await refused, 'RATE_LIMITED');
  const other = push('small', { 'x-paracord-origin': ['c.test'] });
  waiting.resolve({ status: 202, body: 'done' });
  assert.equal((await other).body, 'done');
  for (const one of many) assert.equal(((await one) as FederationAnswer).body, 'done');
});

test('without a leader, or if it changes, those who pushed get 503', async (t) => {
  const { push, become, standby, leading } = await pair(t, { push: () => new Promise(() => {}) }, key, {
    ahead,
  });
  become(null);
  await assert.rejects(push('a'), isUnavailable);
  become({});
  const waiting = push('b');
  const rejected = assert.rejects(waiting, isUnavailable);
  await standby.close();
  await rejected;
  await leading.close(0);
  await assert.rejects(push('c'), isUnavailable);
});

test('a standby that is behind, or doesn’t know the peer, passes pushes on unread', async (t) => {
  let [isUpToDate, isKnown] = [true, true];
  const more = { isUpToDate: () => isUpToDate, ahead: { ...ahead, isKnown: () => isKnown } };
  const { standby, calls } = await pair(t, {}, key, more);
  const here: string[] = [];
  const handler = standby.listenerOver((request, response) => {
    here.push(`${request.method} ${request.url?.replace(federationPrefix, '')}`);
    response.end();
  });
  const front = await listen(handler, { host: '127.0.0.1', port: 0, clock });
  t.after(() => front.close(0));
  const post = async (path: string) => {
    await (await fetch(front.url + federationPrefix + path, { method: 'POST', body: '{}' })).text();
  };
  for (const path of ['/event', '/events', '/join', '/peers/accept']) await post(path);
  assert.deepEqual(here.splice(0), ['POST /event', 'POST /events']);
  assert.equal(calls.splice(0).length, 2);
  isKnown = false;
  await post('/event');
  isKnown = true;
  isUpToDate = false;
  await post('/events');
  assert.deepEqual([here.length, calls.length], [0, 2]);
});
