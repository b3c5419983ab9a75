import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { startCertifiedNode } from '../../support/nodes/tls-node.ts';

test('no address is listed while people can’t log in', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  await node.api.changeSettings({ public_url: 'https://a.test' });
  assert.deepEqual((await node.api.entranceAddresses({})).items, []);
});

test('behind a proxy, the proxy’s certificate counts, and a name that leads nowhere is not called tested', async (t) => {
  const node = await startLocalNode(t, { name: 'a.test' });
  await node.api.changeSettings({ public_url: 'https://a.test', people_log_in: true });
  const [before] = (await node.api.entranceAddresses({})).items;
  assert.deepEqual([before?.url, before?.kind, before?.chat], ['https://a.test', 'domain', 'expected']);
  const [after] = (await node.api.testEntrance({})).items;
  assert.deepEqual([after?.chat, after?.passkey], ['failed', 'failed']);
  assert.match(after?.at_home ?? '', /^a\.test can’t be looked up here\./);
});

test('a self-signed address is tested with the pinned key, and the next step is a name', async (t) => {
  const node = await startCertifiedNode(t, { tls: { mode: 'self-signed' } });
  // The address isn't the console's name: people never log in at loopback, but this test has no other.
  const public_url = `https://127.0.0.1:${node.port}`;
  await node.api.changeSettings({ public_url, people_log_in: true });
  const [address] = (await node.api.testEntrance({})).items;
  assert.deepEqual(
    [address?.kind, address?.chat, address?.install, address?.passkey],
    ['self-signed', 'tested', 'never', 'never'],
  );
  assert.match(address?.next ?? '', /Get a free name/);
});
