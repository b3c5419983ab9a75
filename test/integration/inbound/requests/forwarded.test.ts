import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { assertError } from '../../../support/attack/node.ts';
import { ask } from '../../../support/attack/socket.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { reachable } from '../../../support/pairing/pairing.ts';
import { type RawAnswer, RawPeer, type RawRequest } from '../../../support/parties/raw-peer.ts';
import { until } from '../../../support/until.ts';

/**
 * Anna trusts Mallory and Carol. Carol holds a message for Anna, whom nobody can call. Mallory forwards what Anna signs
 * for him to Carol, unchanged.
 */
async function threeServers(t: TestContext, extensions?: readonly string[]) {
  const carol = await reachable(await startLocalNode(t, { name: 'carol.test' }));
  const anna = await startLocalNode(t, { name: 'anna.test' });
  const mallory = new RawPeer('mallory.test');
  if (extensions) mallory.extensions = extensions;
  await mallory.listen(t);
  mallory.handlers.set('/queue', () => ({ status: 200, body: { events: [], next: 0, more: false } }));
  const { link } = await carol.api.makePeerInvite({});
  await anna.api.acceptPeerInvite({ link: link ?? '' });
  const { room_id } = await carol.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await anna.api.joinRoom({ room_id });
  await anna.api.addPeer({ endpoint: mallory.url });
  return { anna, carol, mallory, room_id };
}

/** The same bytes again, at another server. */
function forward(carol: LocalNode, { method, path, query, headers, body }: RawRequest): Promise<RawAnswer> {
  const target = query.size === 0 ? path : `${path}?${query}`;
  const signed = Object.entries(headers).filter(([name]) => name.startsWith('x-paracord-'));
  return ask(carol.url, method as 'GET' | 'POST', target, signed as [string, string][], body);
}

test('a signed read that a peer forwards to another server is refused there', async (t) => {
  const { anna, carol, mallory, room_id } = await threeServers(t);
  const asked = await until([anna], 'Anna’s question', async () => {
    await anna.api.doctor({});
    return mallory.requests.find(({ path }) => path === `${federationPrefix}/queue`);
  });
  await carol.api.postMessage({ room_id, body: 'the door code is 4711' });
  const stolen = await forward(carol, asked);
  assertError(stolen, { status: 403, reason: 'addressed_to_another' });
  assert.ok(!JSON.stringify(stolen.body).includes('4711'));
  for (const request of mallory.requests.filter(({ headers }) => headers['x-paracord-signature'])) {
    const { status, body } = await forward(carol, request);
    // Public keys are served to everybody.
    if (request.path !== `${federationPrefix}/keys`)
      assert.deepEqual([status, body.code], [403, 'FORBIDDEN'], request.path);
  }
});

test('a Paracord Node refuses a request that Anna signed for a server of the draft', async (t) => {
  const { anna, carol, mallory } = await threeServers(t, []);
  mallory.handlers.set('/event/:id', ({ headers }) => ({
    status: headers['x-paracord-destination'] === undefined ? 404 : 403,
    body: { code: 'NOT_FOUND', message: 'not found' },
  }));
  await anna.api.checkPeer({ server_name: mallory.name });
  const bare = await until([anna], 'a bare request', async () =>
    mallory.requests.find(
      ({ headers }) =>
        headers['x-paracord-signature'] !== undefined && headers['x-paracord-destination'] === undefined,
    ),
  );
  assertError(await forward(carol, bare), { status: 401, reason: 'unaddressed' });
});

test('a peer can’t confirm events that it was never handed', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const one = await new RawPeer('one.test').listen(t);
  one.handlers.set('/event', () => ({ status: 500, body: {} }));
  await node.api.addPeer({ endpoint: one.url });
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  const joined = JSON.stringify({ origin_server: one.name, room_id, user_id: '@user:one.test' });
  await one.call(node.url, 'POST', '/join', joined);
  await node.api.postMessage({ room_id, body: 'waits' });
  for (const path of ['/queue?after=999999', '/receipts?after=999999', '/queue?after=1'])
    assertError(await one.call(node.url, 'GET', path), { status: 400 });
  const { body } = await one.call(node.url, 'GET', '/queue');
  assert.ok((body.events as object[]).length > 0, 'nothing was deleted');
  assert.equal((await one.call(node.url, 'GET', `/queue?after=${Number(body.next) + 1}`)).status, 400);
  assert.equal((await one.call(node.url, 'GET', `/queue?after=${body.next}`)).status, 200);
});

test('a call beyond the draft needs a destination, and those of the draft don’t', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const old = new RawPeer('old.test');
  old.extensions = [];
  old.addressing = null;
  await old.listen(t);
  await node.api.addPeer({ endpoint: old.url });
  const { room_id } = await node.api.createRoom({ name: 'Room', join_rule: 'peers' });
  const body = JSON.stringify({ origin_server: old.name, room_id, user_id: '@user:old.test' });
  assert.equal((await old.call(node.url, 'POST', '/join', body)).status, 200);
  assert.equal((await old.post(node.url, old.message(room_id, 'hello'))).status, 202);
  assert.equal((await old.call(node.url, 'GET', `/events?room_id=${room_id}`)).status, 200);
  assert.equal((await old.call(node.url, 'GET', '/event/$0:check.invalid')).status, 404);
  for (const path of [
    '/queue',
    '/recall',
    '/recall/invites',
    '/directory',
    '/receipts',
    '/keys?server_name=c.test',
  ])
    assertError(await old.call(node.url, 'GET', path), { status: 401, reason: 'unaddressed' });
  for (const path of [`/digest?room_id=${room_id}`, `/events?room_id=${room_id}&since=0`])
    assertError(await old.call(node.url, 'GET', path), { status: 401, reason: 'unaddressed' });
  for (const path of ['/events', '/receipts', '/reach', '/peers/address'])
    assertError(await old.call(node.url, 'POST', path, '{}'), { status: 401, reason: 'unaddressed' });

  old.addressing = 'a.test';
  assert.equal((await old.call(node.url, 'GET', '/event/$0:check.invalid')).status, 404);
  old.addressing = null;
  assertError(await old.call(node.url, 'GET', '/event/$1:check.invalid'), {
    status: 401,
    reason: 'unaddressed',
  });
});
