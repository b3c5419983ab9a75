import assert from 'node:assert/strict';
import { test } from 'node:test';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { startTlsNode } from '../../support/attack/tls.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';
import { tempDir } from '../../support/temp.ts';

const server_name = 'raw.test';
const change = (node: LocalNode, endpoint: string) => node.api.changePeer({ server_name, endpoint });

async function withPeer(t: Parameters<typeof startLocalNode>[0]) {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer(server_name).listen(t);
  await node.api.addPeer({ endpoint: peer.url });
  const kept = async () => {
    const { endpoint, tls_sha256, mode } = await node.api.peer({ server_name });
    return { endpoint, tls_sha256, mode };
  };
  return { node, peer, kept };
}

test('another address of a peer is saved once the peer answers there', async (t) => {
  const { node, peer, kept } = await withPeer(t);
  const moved = await new RawPeer(server_name).listen(t);
  moved.signer = peer.signer;
  await change(node, moved.url);
  assert.equal((await kept()).endpoint, moved.url + federationPrefix);
});

test('an address where nothing, another server or an impostor answers is refused with the next step, and nothing changes', async (t) => {
  const { node, peer, kept } = await withPeer(t);
  const before = await kept();
  const other = await new RawPeer('other.test').listen(t);
  const thief = await new RawPeer(server_name).listen(t);
  const page = await new RawPeer(server_name).listen(t);
  page.handlers.set('/keys', () => ({ status: 200, body: '<!doctype html>' }));
  const refusals: [string, RegExp][] = [
    [
      'http://127.0.0.1:1',
      /can’t be reached.*Nothing was changed\. Ask its owner whether the address is right/,
    ],
    [other.url, /is other\.test, not raw\.test\. Nothing was changed\. Check the address/],
    [thief.url, /none of the keys that are pinned.*Nothing was changed\. Ask the owner.*forget raw\.test/],
    [page.url, /Nothing was changed\. Ask the owner/],
  ];
  for (const [url, words] of refusals) {
    const refused = node.api.changePeer({ server_name, endpoint: url, mode: 'quarantine' });
    await assert.rejects(refused, words);
    assert.deepEqual(await kept(), before, url);
  }
  // The endpoint that it declares doesn't change where the check goes.
  thief.handlers.set('/keys', () => ({
    status: 307,
    body: '',
    headers: { location: peer.url + federationPrefix },
  }));
  await assert.rejects(change(node, thief.url), /Nothing was changed/);
  assert.deepEqual(await kept(), before);
});

test('the certificate at the new address is pinned at first sight, or must be the one that is pinned', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const dataDir = tempDir(t);
  const b = await startTlsNode(t, 'b.test', dataDir);
  const pinned = (await a.api.addPeer({ endpoint: b.url })).tls_sha256;
  assert.notEqual(pinned, null);
  const port = b.url.replace('127.0.0.1', 'localhost');
  const same = await a.api.changePeer({ server_name: 'b.test', endpoint: port });
  assert.deepEqual([same.endpoint, same.tls_sha256], [port + federationPrefix, pinned]);
  assert.equal((await a.api.checkPeer({ server_name: 'b.test' })).steps[3]?.result, 'ok');

  const thief = await startTlsNode(t, 'b.test', tempDir(t));
  await assert.rejects(
    a.api.changePeer({ server_name: 'b.test', endpoint: thief.url }),
    /a different key than the one pinned for b\.test\. Nothing was changed\. Ask its owner.*peers add https:/,
  );
  assert.equal((await a.api.peer({ server_name: 'b.test' })).endpoint, port + federationPrefix);
});
