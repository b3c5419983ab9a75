import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readInviteLink, readInviteOffer } from '../../../shared/protocol/invites/invite-link.ts';
import { certificateFor } from '../../support/attack/tls.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { shownCertificate, startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
const selfSigned = { mode: 'self-signed' } as const;

test('a self-signed certificate is renewed with the same key, and a peer that pinned it stays connected', async (t) => {
  const clock = new LeapingClock();
  const b = await startCertifiedNode(t, { name: 'b.test', tls: selfSigned, clock });
  const a = await startLocalNode(t, { name: 'a.test' });
  const pin = (await a.api.addPeer({ endpoint: b.url })).tls_sha256;
  const first = await b.certificate();
  assert.equal(first.spki_sha256, pin);
  assert.equal(first.pinned_by_peers, true);
  assert.match(first.renewing ?? '', /with the same key, so nothing changes for peers\.$/);
  const key = readFileSync(join(b.dataDir, 'tls-key.pem'), 'utf8');
  const { serialNumber } = await shownCertificate(b.port, 'x');

  await clock.leap(243 * dayMs);
  await until(
    [b],
    'the renewed certificate',
    async () => (await shownCertificate(b.port, 'x')).serialNumber !== serialNumber,
  );
  const renewed = await b.certificate();
  assert.ok(renewed.valid_until > first.valid_until + 200 * dayMs);
  assert.equal(renewed.spki_sha256, pin);
  assert.equal(readFileSync(join(b.dataDir, 'tls-key.pem'), 'utf8'), key);
  assert.equal(statSync(join(b.dataDir, 'tls-key.pem')).mode & 0o777, 0o600);

  // The check uses a new connection, and still only the pin.
  const check = await a.api.checkPeer({ server_name: 'b.test' });
  assert.match(
    check.steps.find(({ step }) => step === 'tls')?.text ?? '',
    /^The certificate is self-signed and has the pinned key\. It is valid for \d+ more days/,
  );
  assert.equal(check.steps.find(({ step }) => step === 'keys')?.result, 'ok');
});

test('an unusable key is reported but not replaced', async (t) => {
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'tls-key.pem'), 'no key');
  await assert.rejects(
    startCertifiedNode(t, { tls: selfSigned, dataDir }),
    /No certificate can be made with the key in .*tls-key\.pem/,
  );
  assert.equal(readFileSync(join(dataDir, 'tls-key.pem'), 'utf8'), 'no key');
});

test('certificates an owner made without an authority are pinned by peers like those the node makes', async (t) => {
  const dir = tempDir(t);
  const pair = await certificateFor('b.test');
  const [certFile, keyFile] = [join(dir, 'c.pem'), join(dir, 'k.pem')];
  writeFileSync(certFile, pair.cert);
  writeFileSync(keyFile, pair.key);
  const tls = { mode: 'files', cert_file: certFile, key_file: keyFile } as const;
  const b = await startCertifiedNode(t, { name: 'b.test', tls, publicUrl: 'https://b.test:8448' });
  const { pinned_by_peers, spki_sha256 } = await b.certificate();
  assert.equal(pinned_by_peers, true);
  const { link } = await b.api.makePeerInvite({});
  const invite = readInviteLink(link ?? '');
  assert.ok(invite);
  const answer = await b.node.routes
    .find(({ path }) => path.endsWith('/peers/invite/:id'))
    ?.handle({
      method: 'GET',
      target: '',
      from: '127.0.0.1',
      params: { id: invite.id },
      header: () => [],
      query: new URLSearchParams(),
      body: async () => Buffer.alloc(0),
    });
  const offer = readInviteOffer(answer?.body ?? '', invite, () => true, Date.now());
  assert.equal(offer.tls_sha256, spki_sha256);
});
