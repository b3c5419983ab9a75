import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { NodeConfig } from '../../../main/config.ts';
import { Listeners } from '../../../main/http/listeners.ts';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import { Certificates } from '../../../main/tls/certificates.ts';
import { TlsConfigError } from '../../../main/tls/pair.ts';
import type { SettingsView } from '../../../shared/api/views/node-views.ts';
import { certificateFor } from '../../support/attack/tls.ts';
import { askOver, shownCertificate } from '../../support/nodes/tls-node.ts';
import { FakeAuthority } from '../../support/parties/fake-authority.ts';
import { tempDir } from '../../support/temp.ts';

async function openListeners(t: TestContext) {
  const dataDir = tempDir(t);
  const local = { host: '127.0.0.1', port: 0 };
  const config: NodeConfig = {
    dataDir,
    listen: local,
    control: local,
    publicUrl: null,
    version: 'test',
    tls: { mode: 'self-signed' },
  };
  const { promise: changed, resolve: change } = Promise.withResolvers<void>();
  const certificates: Certificates = new Certificates(config.tls, {
    dataDir,
    version: 'test',
    log: createLog('silent'),
    ...systemPorts,
    settings: { get: () => ({ public_url: null }) as SettingsView },
    keyring: { isSetUp: true, serverName: 'chat.test' },
    openChallengePort: async () => null,
    showProof: async () => async () => {},
    tell: () => {
      if (certificates.view?.kind === 'acme') change();
    },
  });
  const listeners: Listeners = new Listeners(
    { ...config, port: 0 },
    systemPorts.clock,
    certificates,
    () => {},
  );
  t.after(() => listeners.close());
  const closed = { handler: () => {}, endStreams: () => {}, takes: () => false };
  await listeners.open((_request, response) => response.end('here'), closed, closed);
  return { dataDir, certificates, listeners, port: listeners.federationPort, certified: changed };
}

test('the source of the certificate can change while connections are open, and peers’ pins survive a certificate of an authority', async (t) => {
  const { dataDir, certificates, listeners, port, certified } = await openListeners(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const first = await askOver(agent, `https://127.0.0.1:${port}/`);
  const pin = certificates.pinnedSha256;
  assert.match(pin ?? '', /^[0-9a-f]{64}$/);

  const authority = await new FakeAuthority({ clock: systemPorts.clock }).listen(t);
  await listeners.change({
    tls: {
      mode: 'acme',
      terms_agreed: true,
      names: [],
      email: null,
      directory: authority.directory,
      staging: null,
      challenge: null,
      http: { host: '127.0.0.1', port: 0 },
    },
  });
  await certified;
  assert.equal(certificates.view?.spki_sha256, pin, 'the same key');
  assert.equal(certificates.pinnedSha256, null, 'which nobody new has to pin');
  assert.match((await shownCertificate(port, 'chat.test')).subjectaltname ?? '', /DNS:chat\.test/);

  const pair = await certificateFor('files.test');
  const [certFile, keyFile] = [join(dataDir, 'c.pem'), join(dataDir, 'k.pem')];
  writeFileSync(certFile, pair.cert);
  await assert.rejects(
    listeners.change({ tls: { mode: 'files', cert_file: certFile, key_file: keyFile } }),
    TlsConfigError,
  );
  assert.equal(certificates.mode, 'acme', 'what can’t be used changes nothing');
  writeFileSync(keyFile, pair.key);
  await listeners.change({ tls: { mode: 'files', cert_file: certFile, key_file: keyFile } });
  assert.equal((await shownCertificate(port, 'x')).subject.CN, 'files.test');

  const last = await askOver(agent, `https://127.0.0.1:${port}/`);
  assert.deepEqual([last.status, last.reused, last.socket === first.socket], [200, true, true]);
});

test('TLS can be turned off for a proxy, and on again, on the same port', async (t) => {
  const { certificates, listeners, port } = await openListeners(t);
  await listeners.change({ tls: { mode: 'off' } });
  assert.equal(certificates.view, null);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'here');
  assert.equal(listeners.federationUrl, `http://127.0.0.1:${port}`);
  await listeners.change({ tls: { mode: 'self-signed' } });
  assert.equal((await shownCertificate(port, 'x')).subject.CN, 'Paracord Node');
});
