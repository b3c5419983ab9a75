import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../main/kernel/log.ts';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { Certificates } from '../../../../main/tls/certificates.ts';
import type { SettingsView } from '../../../../shared/api/views/node-views.ts';
import { tempDir } from '../../../support/temp.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('nothing is checked before the listener is open, or after the stop', async (t) => {
  const clock = new VirtualClock();
  let changes = 0;
  /** The public address is different each time it is read. */
  let looks = 0;
  const certificates = new Certificates(
    {
      mode: 'acme',
      terms_agreed: true,
      names: [],
      email: null,
      challenge: null,
      http: null,
      directory: 'https://ca.test/directory',
      staging: null,
    },
    {
      dataDir: tempDir(t),
      version: 'test',
      log: createLog('silent'),
      clock,
      random: systemPorts.random,
      settings: { get: () => ({ public_url: `https://${++looks}.test` }) as SettingsView },
      keyring: { isSetUp: false, serverName: '' },
      openChallengePort: async () => null,
      showProof: async () => async () => {},
      tell: () => {
        changes++;
      },
    },
  );
  const asked = async () => {
    certificates.reconsider();
    certificates.tryNow();
    await clock.settle();
  };
  await asked();
  await certificates.begin(true);
  await asked();
  assert.deepEqual([clock.timers, changes], [0, 0]);
  certificates.start({ show: () => {}, federationPort: 8448 });
  await asked();
  assert.equal(clock.timers, 2, 'the next look, and the next look at the end');
  await certificates.stop();
  await asked();
  assert.equal(clock.timers, 0);
});
