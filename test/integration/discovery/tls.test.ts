import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { UndiciHttp } from '../../../main/client/undici-http.ts';
import { federationPrefix } from '../../../shared/protocol/transport.ts';
import { certificateFor, serveTls, startTlsNode } from '../../support/attack/tls.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

test('two nodes behind self-signed certificates talk, each having pinned the other’s at first sight', async (t) => {
  const a = await startTlsNode(t, 'a.test', tempDir(t));
  const b = await startTlsNode(t, 'b.test', tempDir(t));
  const added = await a.node.api.addPeer({ endpoint: b.url });
  assert.match(added.tls_sha256 ?? '', /^[0-9a-f]{64}$/);
  await b.node.api.addPeer({ endpoint: a.url });
  const room = await a.node.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await b.node.api.joinRoom({ room_id: room.room_id });
  await b.node.api.postMessage({ room_id: room.room_id, body: 'sealed' });
  await until(
    [a, b],
    'the message',
    async () => (await a.node.api.timeline({ room_id: room.room_id })).items.length === 1,
  );
  const check = await a.node.api.checkPeer({ server_name: 'b.test' });
  assert.deepEqual(
    check.steps.filter(({ result }) => result !== 'ok'),
    [],
  );
});

test('another certificate at a pinned peer’s address is refused, and its server is sent nothing', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const dataDir = tempDir(t);
  const b = await startTlsNode(t, 'b.test', dataDir);
  const pinned = (await a.api.addPeer({ endpoint: b.url })).tls_sha256;
  await b.node.api.addPeer({ endpoint: a.url });
  const room = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  await b.node.api.joinRoom({ room_id: room.room_id });
  await b.node.stop();
  const thief = await serveTls(t, await certificateFor('b.test'), { port: b.port });
  await a.api.postMessage({ room_id: room.room_id, body: 'for b alone' });
  await until([a], 'the refusal', async () =>
    /a different key than the one pinned|certificate/i.test(
      (await a.api.outbox({})).items[0]?.last_error ?? '',
    ),
  );
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.equal(check.steps.find(({ step }) => step === 'tls')?.result, 'failed');
  await assert.rejects(
    a.api.extendPeerKeys({ server_name: 'b.test' }),
    /a different key than the one pinned/,
  );
  assert.deepEqual(thief.requests, []);
  assert.equal((await a.api.peer({ server_name: 'b.test' })).tls_sha256, pinned);
});

test('a node that came back with a new certificate is refused until the owner adds it again', async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const dataDir = tempDir(t);
  const b = await startTlsNode(t, 'b.test', dataDir);
  const first = (await a.api.addPeer({ endpoint: b.url })).tls_sha256;
  await b.node.stop();
  const same = await startTlsNode(t, 'b.test', dataDir, b.port);
  assert.equal((await a.api.addPeer({ endpoint: same.url })).tls_sha256, first, 'the certificate is kept');
  await same.node.stop();
  for (const file of ['tls-cert.pem', 'tls-key.pem']) rmSync(join(dataDir, file));
  const other = await startTlsNode(t, 'b.test', dataDir, b.port);
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.equal(check.steps.find(({ step }) => step === 'tls')?.result, 'failed');
  const again = await a.api.addPeer({ endpoint: other.url });
  assert.notEqual(again.tls_sha256, first);
  const asked = await a.api.checkPeer({ server_name: 'b.test' });
  assert.equal(asked.steps.find(({ step }) => step === 'keys')?.result, 'ok');
});

test('a good certificate of another host is refused the second time too', async (t) => {
  const before = getCACertificates('default');
  t.after(() => setDefaultCACertificates(before));
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    // Trusted by the system, as a certificate is that anyone can get, but for a name of one's own.
    const pair = await certificateFor('thief.test');
    setDefaultCACertificates([...before, pair.cert]);
    const thief = await serveTls(t, pair, { maxVersion });
    const http = new UndiciHttp();
    t.after(() => http.close());
    for (let round = 0; round < 3; round++) {
      const result = await http.request({
        method: 'GET',
        url: `https://localhost:${thief.port}${federationPrefix}/keys`,
        headers: { 'x-secret': 'for the right host alone' },
        body: null,
        policy: { byOwner: true, tlsSha256: null },
        timeoutMs: 5000,
        answerBytesMax: 1000,
      });
      assert.ok(result.kind === 'network' && result.code === 'CERTIFICATE_REFUSED', `${maxVersion} ${round}`);
    }
    assert.deepEqual(thief.requests, []);
    assert.equal(thief.resumed(), 0);
  }
});
