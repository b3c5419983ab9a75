import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from '../../support/nodes/control-server.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import {
  joined,
  joinSecret,
  movedClock,
  openEntrance,
  password,
  Visitor,
} from '../../support/nodes/people.ts';

const statusOf = async (visitor: Visitor, method: string, path: string, body?: object) =>
  (await visitor.send(method, path, body)).status;

test('the entrance is closed until the owner opens it, and closing it leaves everybody outside', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const visitor = new Visitor(node);
  for (const path of ['/', '/entrance', '/api/v1/account', '/assets/x.js'])
    assert.equal(await statusOf(visitor, 'GET', path), 404, path);
  await node.api.changeSettings({ public_url: 'https://a.test', people_log_in: true });
  const ben = await joined(node, 'ben');
  const { build, ...said } = JSON.parse((await visitor.send('GET', '/entrance')).body);
  assert.deepEqual(said, { server_name: 'a.test', passkeys: true });
  assert.match(build, /^\w*$/);
  const { room_id } = await ben.api.createRoom({ name: 'Mine', join_rule: 'invite' });
  const stream = await ben.stream();
  await ben.api.postMessage({ room_id, body: 'open' });
  await stream.heard('event: timeline');
  const heard = stream.lines.length;
  await node.api.changeSettings({ people_log_in: false });
  await node.api.removeMember({ room_id, user_id: '@ben:a.test' });
  assert.equal(await statusOf(ben, 'GET', '/api/v1/account'), 404);
  assert.equal(
    stream.lines.slice(heard).some((line) => line.startsWith('data')),
    false,
  );
});

test('federation and the invite page answer as before', async (t) => {
  const node = await openEntrance(t);
  const visitor = new Visitor(node);
  assert.match((await visitor.send('GET', '/.well-known/paracord/server')).body, /a\.test/);
  assert.match((await visitor.send('GET', '/join')).body, /<!doctype html>/);
  assert.equal(await statusOf(visitor, 'GET', '/_paracord/federation/v1/nothing'), 404);
});

test('requests are answered only under names of ours, and never under the console’s', async (t) => {
  const node = await openEntrance(t);
  const { port } = new URL(node.url);
  for (const host of [
    '',
    'evil.test',
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    `[::1]:${port}`,
    'a.test.evil.test',
  ]) {
    const answer = await call(node.url, 'GET', '/', { headers: { host } });
    assert.equal(answer.status, 403, host);
  }
  for (const host of ['a.test', 'A.TEST', `a.test:${port}`])
    assert.equal((await call(node.url, 'GET', '/', { headers: { host } })).status, 200, host);
});

test('a page of another site can’t log in, act with a cookie, or read by it', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const strange: Record<string, string>[] = [
    { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' },
    { origin: 'http://a.test', 'sec-fetch-site': 'same-origin' },
    { origin: 'https://a.test:8443', 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of strange) {
    const there = new Visitor(node, headers);
    there.cookie = ben.cookie;
    assert.equal((await there.logIn('ben')).status, 403);
    assert.equal(await statusOf(there, 'POST', '/api/v1/rooms', { name: 'X', join_rule: 'peers' }), 403);
    assert.equal(await statusOf(there, 'GET', '/api/v1/account'), 403);
  }
  const headers = { host: 'a.test', cookie: ben.cookie };
  assert.equal((await call(node.url, 'POST', '/entrance/logout', { headers })).status, 403, 'no page at all');
  assert.equal(await statusOf(ben, 'GET', '/api/v1/account'), 200);
});

test('a connection that the proxy says was not secure is refused', async (t) => {
  const node = await openEntrance(t);
  assert.equal(await statusOf(new Visitor(node, { 'x-forwarded-proto': 'http' }), 'GET', '/'), 403);
});

test('everybody who isn’t logged in gets one answer, whatever they ask the API', async (t) => {
  const node = await openEntrance(t);
  await joined(node, 'ben');
  const { room_id } = await node.api.createRoom({ name: 'Secret', join_rule: 'invite' });
  const visitor = new Visitor(node);
  const asks = [
    '/rooms',
    `/rooms/${encodeURIComponent(room_id)}`,
    '/keys',
    '/nothing',
    '/stream',
    '/openapi.json',
  ];
  const answers = await Promise.all(asks.map((path) => visitor.send('GET', `/api/v1${path}`)));
  assert.equal(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size, 1);
  assert.equal(answers[0]?.status, 401);
  const headers = { host: 'a.test', authorization: `Bearer ${node.node.token}` };
  assert.equal((await call(node.url, 'GET', '/api/v1/keys', { headers })).status, 401, 'the owner’s token');
});

test('the console’s cookie opens nothing at the entrance, nor does a person’s at the console', async (t) => {
  const node = await openEntrance(t);
  const ben = await joined(node, 'ben');
  const { host } = new URL(node.control);
  const answer = await call(node.control, 'GET', '/api/v1/account', {
    headers: { host, cookie: ben.cookie },
  });
  assert.equal(answer.status, 401);
});

test('a wrong password and an unknown name get the same answer, in about the same time', async (t) => {
  const node = await openEntrance(t);
  await joined(node, 'ben');
  const timed = async (name: string) => {
    const began = performance.now();
    const { status, body } = await new Visitor(node).logIn(name, 'wrong word');
    return { said: `${status} ${body}`, ms: performance.now() - began };
  };
  const [known, unknown] = [await timed('ben'), await timed('nobody')];
  assert.equal(known.said, unknown.said);
  assert.match(known.said, /^403 /);
  // A hash takes a tenth of a second; without one the answer would come within a few milliseconds.
  assert.ok(unknown.ms > known.ms / 4, `${unknown.ms} ms and ${known.ms} ms`);
});

test('after ten wrong passwords in a minute, nobody elsewhere can guess on, and the person still gets in at home', async (t) => {
  const node = await openEntrance(t, { ports: movedClock().ports });
  const from = (address: string) => new Visitor(node, { 'x-forwarded-for': address });
  const home = from('198.51.100.7');
  await home.post('join', { secret: await joinSecret(node), localpart: 'ben', password });
  assert.equal((await home.logIn('ben')).status, 200);
  const statuses: number[] = [];
  for (let n = 0; n < 11; n++) statuses.push((await from(`203.0.113.${n}`).logIn('ben', 'a guess')).status);
  assert.deepEqual(statuses, [...Array(10).fill(403), 429]);
  assert.equal((await from('203.0.113.99').logIn('ben')).status, 429, 'not even with the right one');
  assert.equal((await from('198.51.100.7').logIn('ben')).status, 200);
  assert.equal((await home.send('GET', '/api/v1/account')).status, 200);
});

test('one address gets ten wrong passwords a minute, for all names together', async (t) => {
  const node = await openEntrance(t, { ports: movedClock().ports });
  const visitor = new Visitor(node, { 'x-forwarded-for': '203.0.113.1' });
  const statuses: number[] = [];
  for (let n = 0; n < 11; n++) statuses.push((await visitor.logIn(`name${n}`, 'a guess')).status);
  assert.deepEqual(statuses, [...Array(10).fill(403), 429]);
});

test('forms of the entrance take a few kilobytes, and no field that they don’t know', async (t) => {
  const node = await openEntrance(t);
  const visitor = new Visitor(node);
  assert.equal(
    await statusOf(visitor, 'POST', '/entrance/login', { name: 'x'.repeat(25_000), password }),
    413,
  );
  assert.equal(
    await statusOf(visitor, 'POST', '/entrance/login', { name: 'ben', password, role: 'admin' }),
    400,
  );
  assert.equal(
    await statusOf(visitor, 'POST', '/entrance/join', { secret: 'x', localpart: 'b', password: 'short' }),
    400,
  );
});
