import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { type TestContext, test } from 'node:test';
import { entranceAddresses } from '../../../../main/people/entrance-url.ts';

/** A system that forbids the question for this computer's addresses. */
function forbidding(t: TestContext): void {
  t.mock.method(os, 'networkInterfaces', () => {
    throw new Error('uv_interface_addresses returned Unknown system error 13');
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('where the system hides the home network, people still get the public address', (t) => {
  forbidding(t);
  const addresses = entranceAddresses({
    settings: { get: () => ({ people_log_in: true }) },
    reach: { publicUrl: 'https://anna.example:8448' },
    listeners: { federationUrl: 'https://0.0.0.0:8448', federationPort: 8448 },
    config: { listen: { host: '0.0.0.0' } },
    certificates: { mode: 'acme', pinnedSha256: null },
  } as never);
  assert.deepEqual(addresses, [{ url: 'https://anna.example:8448', isTrusted: true }]);
});
