import assert from 'node:assert/strict';
import { test } from 'node:test';
import { federationPrefix, wellKnownPath } from '../../../shared/protocol/transport.ts';
import { rowsOf } from '../../support/attack/node.ts';
import { decent, impostor, serve, tripwire } from '../../support/attack/server.ts';
import { type LocalNode, startLocalNode } from '../../support/nodes/local-node.ts';
import { RawPeer } from '../../support/parties/raw-peer.ts';

const evil = decent('evil.test');

/** The owner's attempt fails with a sentence, and leaves no server, no key and nothing sent. */
async function notAdded(
  node: LocalNode,
  input: { endpoint?: string; server_name?: string },
  why: RegExp,
): Promise<void> {
  const keys = rowsOf(node, 'federation_server_keys');
  await assert.rejects(node.api.addPeer(input), (error: Error) => {
    assert.match(error.message, why);
    assert.equal(error.name, 'ProtocolError');
    return true;
  });
  assert.deepEqual(rowsOf(node, 'federation_peer_trust_state'), []);
  assert.deepEqual(rowsOf(node, 'federation_server_keys'), keys);
}

test('a node shows its name and keys to anyone, and nothing else', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', domain: 'chat.a.test' });
  const wellKnown = await fetch(node.url + wellKnownPath);
  assert.match(wellKnown.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(await wellKnown.json(), {
    server_name: 'a.test',
    domain: 'chat.a.test',
    federation_endpoint: federationPrefix,
    enabled: true,
    version: 'federation-v1',
    supported_versions: ['federation-v2', 'federation-v1'],
    extensions: [
      'destination',
      'directory',
      'digest',
      'events.after',
      'events.batch',
      'events.since',
      'files',
      'keys.of',
      'moderate',
      'peers.accept',
      'peers.address',
      'peers.keys',
      'queue',
      'reach',
      'recall',
      'receipts',
      'typing',
    ],
  });
  await node.api.rotateKeys({ announce_seconds: 3600 });
  const told = (await (await fetch(`${node.url}${federationPrefix}/keys`)).json()) as {
    keys: Record<string, unknown>[];
  };
  const own = (await node.api.keys({})).items;
  assert.deepEqual(
    told.keys.map(({ key_id }) => key_id),
    own.map(({ key_id }) => key_id),
  );
  assert.equal(own[0]?.active, true);
  assert.equal(told.keys.length, 2);
  for (const [at, key] of told.keys.entries()) {
    // The second key vouches for the announced one; the active key comes first.
    const chain = at === 0 ? [] : ['chain'];
    assert.deepEqual(Object.keys(key).sort(), [
      'algorithm',
      ...chain,
      'key_id',
      'public_key',
      'server_name',
      'valid_until',
    ]);
    assert.equal(key.server_name, 'a.test');
    assert.equal(key.algorithm, 'ed25519');
    assert.match(String(key.public_key), /^[0-9a-f]{64}$/);
  }
  const before = await fetch(`${node.url}${federationPrefix}/keys?server_name=a.test`);
  assert.equal(before.status, 200);
});

test('a node without a name answers nothing', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test', setUp: false });
  for (const path of [wellKnownPath, `${federationPrefix}/keys`]) {
    const answer = await fetch(node.url + path);
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as { code: string }).code, 'SERVICE_UNAVAILABLE');
  }
});

test('a peer is added by any way of writing its address', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  for (const suffix of ['', '/', federationPrefix, `${federationPrefix}/`]) {
    const peer = await node.api.addPeer({ endpoint: raw.url + suffix });
    assert.equal(peer.server_name, 'raw.test');
    assert.equal(peer.endpoint, raw.url + federationPrefix);
    assert.equal(peer.mode, 'allow');
    assert.deepEqual(
      peer.keys.map(({ public_key }) => public_key),
      [raw.signer.publicKey],
    );
  }
  const capital = await node.api.addPeer({ endpoint: raw.url, server_name: 'RAW.test.' });
  assert.equal(capital.server_name, 'raw.test');
  assert.equal(rowsOf(node, 'federation_peer_trust_state').length, 1);
});

test('malformed and forbidden addresses are refused without a call', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  const { host } = new URL(raw.url);
  for (const endpoint of [
    '::',
    'http://',
    'ftp://raw.test',
    'javascript:alert(1)//',
    'file:///etc/passwd',
    `http://u:p@${host}`,
    `http://u@${host}`,
    `${raw.url}/prefix`,
    `${raw.url}/../x`,
    'http://a b',
  ])
    await notAdded(node, { endpoint }, /./);
  for (const server_name of ['-', 'a b', 'x:8448', '[::1]', 'ü.test', 'u@x.test', '..'])
    await notAdded(node, { server_name, endpoint: raw.url }, /isn’t a server name/);
  assert.equal(raw.requests.length, 0);
});

test('only the named server is added, and never this one itself', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const raw = await new RawPeer('raw.test').listen(t);
  await notAdded(
    node,
    { endpoint: raw.url, server_name: 'other.test' },
    /is raw\.test, not other\.test\. Nothing was added/,
  );
  await notAdded(node, { endpoint: node.url }, /your server itself/);
  await notAdded(node, { server_name: 'a.test' }, /your server itself/);
  const mirror = await impostor(t, { body: decent('a.test').wellKnown }, { body: decent('a.test').keys });
  await notAdded(node, { endpoint: mirror.url }, /your server itself/);
});

test('any other answer is refused with a reason', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const { wellKnown, keys } = evil;
  const [key] = keys.keys;
  const cases: [string, object | string, object | string, number?][] = [
    ['a page', '<html>hello</html>', keys],
    ['an empty answer', '', keys],
    ['an array', '[]', keys],
    ['no name', { ...wellKnown, server_name: undefined }, keys],
    ['an invalid name', { ...wellKnown, server_name: 'evil.test:8448' }, keys],
    ['an invalid domain', { ...wellKnown, domain: '*' }, keys],
    ['federation off', { ...wellKnown, enabled: false }, keys],
    ['an invalid endpoint', { ...wellKnown, federation_endpoint: 'http://[' }, keys],
    ['an endpoint over ftp', { ...wellKnown, federation_endpoint: 'ftp://evil.test/' }, keys],
    ['more than is read', `{"server_name":"${'x'.repeat(3_000_000)}"}`, keys],
    ['an error', wellKnown, keys, 500],
    ['a redirect', wellKnown, keys, 302],
    ['no keys', wellKnown, { ...keys, keys: [] }],
    ['keys of another', wellKnown, { ...keys, server_name: 'other.test' }],
    ['too many keys', wellKnown, { ...keys, keys: Array(33).fill(key) }],
    ['a key too short', wellKnown, { ...keys, keys: [{ ...key, public_key: 'ab' }] }],
    ['a key in capitals', wellKnown, { ...keys, keys: [{ ...key, public_key: 'AB'.repeat(32) }] }],
    ['another algorithm', wellKnown, { ...keys, keys: [{ ...key, algorithm: 'rsa' }] }],
    ['validity that isn’t a number', wellKnown, { ...keys, keys: [{ ...key, valid_until: '1' }] }],
    ['a key id too long', wellKnown, { ...keys, keys: [{ ...key, key_id: 'k'.repeat(129) }] }],
  ];
  for (const [what, known, told, status] of cases)
    await t.test(what, async (tt) => {
      const headers = { location: '/elsewhere' };
      const server = await impostor(
        tt,
        { body: known, ...(status ? { status, headers } : {}) },
        { body: told },
      );
      await notAdded(node, { endpoint: server.url }, /./);
      assert.ok(!server.asked.includes('/elsewhere'));
    });
});

test('a server cannot send us to a private address of its choice', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const wire = await tripwire(t);
  const hosts = [
    '127.0.0.1',
    'localhost',
    'LOCALHOST.',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0.0.0.0',
    '[::]',
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '[fe80::1]',
    '[fd00::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '224.0.0.1',
  ];
  for (const host of hosts)
    for (const scheme of ['https', 'http'])
      await t.test(`${scheme}://${host}`, async (tt) => {
        const federation_endpoint = `${scheme}://${host}:${wire.port}${federationPrefix}`;
        const server = await impostor(tt, { body: { ...evil.wellKnown, federation_endpoint } });
        const why =
          scheme === 'http' ? /is plain HTTP\. .* only at addresses that you entered/ : /private address/;
        await notAdded(node, { endpoint: server.url }, why);
      });
  assert.equal(wire.touched(), 0);
});

test('a redirect is not followed, nor is an endpoint on another port of the same host', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const wire = await tripwire(t);
  const location = `http://127.0.0.1:${wire.port}${wellKnownPath}`;
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await serve(t, (_request, response) => response.writeHead(status, { location }).end());
    await notAdded(node, { endpoint: server.url }, /answers with an error/);
  }
  const federation_endpoint = `http://127.0.0.1:${wire.port}/`;
  const server = await impostor(t, { body: { ...evil.wellKnown, federation_endpoint } });
  await notAdded(node, { endpoint: server.url }, /plain HTTP only at addresses that you entered yourself/);
  assert.equal(wire.touched(), 0);
});

test('a server with a key of small order is not added', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  const peer = await new RawPeer('weak.test').listen(t);
  for (const public_key of [`01${'00'.repeat(31)}`, '00'.repeat(32), `ee${'ff'.repeat(30)}7f`]) {
    peer.handlers.set('/keys', () => ({
      status: 200,
      body: { server_name: 'weak.test', keys: [{ key_id: 'k', public_key, valid_until: peer.validUntil }] },
    }));
    await assert.rejects(node.api.addPeer({ endpoint: peer.url }), /Ed25519 public key/);
  }
  assert.deepEqual((await node.api.peers({})).items, []);
});
