import assert from 'node:assert/strict';
import { test } from 'node:test';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { HandClock } from '../../support/attack/node.ts';
import { befriend, startLocalNode } from '../../support/nodes/local-node.ts';
import { reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const reach = (peer: RawPeer, url: string) => peer.call(url, 'POST', '/reach', '{}');
const move = (peer: RawPeer, url: string, endpoint: string) =>
  peer.call(url, 'POST', '/peers/address', JSON.stringify({ endpoint }));

test('a peer that is asked to call back reports the result, and calls only the declared address', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('raw.test').listen(t);
  const other = await new RawPeer('other.test').listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const yes = await reach(peer, node.url);
  assert.equal(yes.status, 200);
  assert.equal(yes.body.reachable, true);
  const elsewhere = JSON.stringify({ endpoint: other.url, url: other.url });
  await peer.call(node.url, 'POST', '/reach', elsewhere);
  assert.deepEqual(other.requests, []);
  peer.close();
  const no = await reach(peer, node.url);
  assert.equal(no.body.reachable, false);
  assert.match(String(no.body.text), /can’t be reached/);
});

test('a caller that asks too often, is blocked, or isn’t a peer can’t make us call anyone', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('raw.test').listen(t);
  assert.equal((await reach(peer, node.url)).status, 403);
  await node.api.addPeer({ endpoint: peer.url });
  const before = peer.requests.filter(({ path }) => path.startsWith('/.well-known')).length;
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await reach(peer, node.url)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  const after = peer.requests.filter(({ path }) => path.startsWith('/.well-known')).length;
  assert.equal(after - before, 3);
  await node.api.changePeer({ server_name: 'raw.test', mode: 'block' });
  assert.equal((await reach(peer, node.url)).status, 403);
});

test('a peer that moved is followed once the server there shows its name and a pinned key', async (t) => {
  const clock = new HandClock();
  const node = await startLocalNode(t, { name: 'a.test', ports: clock.ports });
  const peer = await new RawPeer('raw.test').listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const endpointOf = async () => (await node.api.peer({ server_name: 'raw.test' })).endpoint;
  const before = await endpointOf();

  const thief = await new RawPeer('raw.test').listen(t);
  const stranger = await new RawPeer('other.test').listen(t);
  assert.equal((await move(peer, node.url, thief.url + federationPrefix)).status, 409);
  assert.equal((await move(peer, node.url, stranger.url + federationPrefix)).status, 409);
  assert.equal((await move(peer, node.url, 'http://127.0.0.1:1/_paracord/federation/v1')).status, 409);
  assert.equal((await move(peer, node.url, 'file:///etc/passwd')).status, 400);
  assert.equal((await move(thief, node.url, thief.url + federationPrefix)).status, 403);
  assert.equal(await endpointOf(), before);

  clock.time += 40_000;
  const moved = await new RawPeer('raw.test').listen(t);
  moved.signer = peer.signer;
  assert.equal((await move(peer, node.url, moved.url + federationPrefix)).status, 200);
  assert.equal(await endpointOf(), moved.url + federationPrefix);
});

test('a changed public address is sent to every peer that has the call, and the others are named', async (t) => {
  const a = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const b = await startLocalNode(t, { name: 'b.test' });
  const old = await new RawPeer('old.test').listen(t);
  await befriend(a, b);
  await a.api.addPeer({ endpoint: old.url });
  const elsewhere = a.url.replace('127.0.0.1', 'localhost');
  await a.api.changeSettings({ public_url: elsewhere });
  await until([a, b], 'b to know the new address', async () => {
    const { endpoint } = await b.api.peer({ server_name: 'a.test' });
    return endpoint === elsewhere + federationPrefix;
  });
  const toTell = async () =>
    (await a.api.doctor({})).findings.find(({ code }) => code === 'address-outdated');
  const { subject, fix } = await until([a], 'old.test to be named', toTell);
  assert.equal(subject, 'old.test');
  assert.match(fix ?? '', new RegExp(`change the address of your server there to ${elsewhere}`));
  assert.equal(old.requests.filter(({ path }) => path.endsWith('/peers/address')).length, 1);
  await old.call(elsewhere, 'GET', '/queue?after=0');
  await until([a], 'the call to show that its owner was told', async () => (await toTell()) === undefined);
});
