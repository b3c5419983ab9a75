import assert from 'node:assert/strict';
import { test } from 'node:test';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { type CertifiedNode, startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { offerOf, reachable } from '../../support/pairing/pairing.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { until } from '../../support/until.ts';

const selfSigned = { mode: 'self-signed' } as const;
const peerOf = async (node: CertifiedNode, server_name: string) => node.api.peer({ server_name });

test('a server that trusts an invite before it has an address becomes reachable once it sets one, certificate included', async (t) => {
  const anna = await startCertifiedNode(t, { name: 'anna.test', tls: selfSigned });
  const ben = await startCertifiedNode(t, { name: 'ben.test', tls: selfSigned });
  await anna.api.changeSettings({ public_url: anna.url });
  const { link } = await anna.api.makePeerInvite({});
  assert.equal((await ben.api.acceptPeerInvite({ link: link ?? '' })).state, 'connected');
  assert.equal((await peerOf(anna, 'ben.test')).endpoint, null);
  const room = await ben.api.createRoom({ name: 'Bens', join_rule: 'peers' });
  await assert.rejects(anna.api.joinRoom({ room_id: room.room_id }), (error: Error) => {
    assert.match(error.message, /your server doesn’t know its address/);
    assert.match(
      error.message,
      /ask its owner to set a public address in Server, Network\. Or set it yourself/,
    );
    return true;
  });

  await ben.api.changeSettings({ public_url: ben.url });
  const known = await until([anna, ben], 'ben’s address', async () => {
    const peer = await peerOf(anna, 'ben.test');
    return peer.endpoint !== null && peer;
  });
  assert.equal(known.endpoint, ben.url + federationPrefix);
  assert.equal(known.tls_sha256, (await ben.certificate()).spki_sha256);
  assert.equal((await anna.api.joinRoom({ room_id: room.room_id })).membership, 'joined');
  await anna.api.postMessage({ room_id: room.room_id, body: 'through' });
  await until([anna, ben], 'the message', async () =>
    (await ben.api.timeline({ room_id: room.room_id })).items.some(({ body }) => body === 'through'),
  );
  assert.equal((await anna.api.checkPeer({ server_name: 'ben.test' })).ok, true);
});

test('the first address of a peer may be in our own private network, and in no other', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const { link } = await node.api.makePeerInvite({});
  const peer = await new RawPeer('raw.test').listen(t);
  const offer = offerOf(peer, link ?? '', { endpoint: null });
  assert.equal((await peer.call(node.url, 'POST', '/peers/accept', offer)).status, 200);
  const endpointOf = async () => (await node.api.peer({ server_name: 'raw.test' })).endpoint;
  const names = (endpoint: string) =>
    peer.call(node.url, 'POST', '/peers/address', JSON.stringify({ endpoint: endpoint + federationPrefix }));
  for (const host of ['192.168.1.1', '10.0.0.1', '169.254.169.254', '[fd00::1]']) {
    const { status, body } = await names(`http://${host}:80`);
    assert.equal(status, 400, host);
    assert.match(String(body.message), /private network/);
  }
  // Someone else’s server, and one that shows the name but none of the keys.
  const other = await new RawPeer('other.test').listen(t);
  const thief = await new RawPeer('raw.test').listen(t);
  for (const { url } of [other, thief]) assert.equal((await names(url)).status, 409);
  assert.equal(await endpointOf(), null);
  assert.equal((await names(peer.url)).status, 200);
  assert.equal(await endpointOf(), peer.url + federationPrefix);
});

test('if we have no address, a peer’s first private address is refused', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const { link } = await node.api.makePeerInvite({});
  const peer = await new RawPeer('raw.test').listen(t);
  await peer.call(node.url, 'POST', '/peers/accept', offerOf(peer, link ?? '', { endpoint: null }));
  await node.api.changeSettings({ public_url: null });
  const body = JSON.stringify({ endpoint: peer.url + federationPrefix });
  assert.equal((await peer.call(node.url, 'POST', '/peers/address', body)).status, 400);
});

test('a peer that says it does not know our address gets it again', async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'a.test' }));
  const peer = await new RawPeer('raw.test').listen(t);
  peer.handlers.set('/peers/address', () => ({ status: 200, body: { accepted: true } }));
  peer.handlers.set('/reach', () => ({
    status: 200,
    body: { reachable: false, endpoint: null, text: 'No address of yours is known here.' },
  }));
  await node.api.addPeer({ endpoint: peer.url });
  const told = () => peer.requests.filter(({ path }) => path.endsWith('/peers/address'));
  assert.equal(told().length, 0);
  await node.api.runDoctor({});
  await until([node], 'the address', () => told().length === 1);
  assert.equal(JSON.parse(told()[0]?.body ?? '').endpoint, node.url + federationPrefix);
});
