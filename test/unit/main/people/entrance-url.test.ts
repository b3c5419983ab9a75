import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { type TestContext, test } from 'node:test';
import { entranceAddresses } from '../../../../main/people/entrance-url.ts';

const addressesAt = (publicUrl: string | null, home: string | null) =>
  entranceAddresses({
    settings: { get: () => ({ people_log_in: true }) },
    reach: { publicUrl, whereabouts: { home, outside: null } },
    listeners: { federationUrl: 'https://0.0.0.0:8448', federationPort: 8448 },
    config: { listen: { host: '0.0.0.0' } },
    certificates: { mode: 'self-signed', pinnedSha256: 'ab' },
  } as never).map(({ url }) => url);

function withInterfaces(t: TestContext, ask: () => ReturnType<typeof os.networkInterfaces>): void {
  t.mock.method(os, 'networkInterfaces', ask);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('where the system hides the home network, people still get the public address', (t) => {
  withInterfaces(t, () => {
    throw new Error('uv_interface_addresses returned Unknown system error 13');
  });
  assert.deepEqual(addressesAt('https://anna.example:8448', null), ['https://anna.example:8448']);
});

test('people get the address in the home network, not that of a network for containers', (t) => {
  const docker = { address: '172.17.0.1', family: 'IPv4', internal: false, cidr: null } as const;
  withInterfaces(t, () => ({ docker0: [{ ...docker, netmask: '255.255.0.0', mac: '' }] }));
  assert.deepEqual(addressesAt(null, '192.168.1.7'), ['https://192.168.1.7:8448']);
});
