import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { certificateFor } from '../../support/attack/tls.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { freePorts } from '../../support/nodes/free-ports.ts';
import { type CertifiedNode, shownCertificate, startCertifiedNode } from '../../support/nodes/tls-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const selfSigned = { mode: 'self-signed' } as const;

/** Two peers, each with its own certificate; the first is reached where its settings say. */
async function peers(t: TestContext): Promise<[CertifiedNode, CertifiedNode]> {
  const a = await startCertifiedNode(t, { name: 'a.test', tls: selfSigned, bySetting: true });
  const b = await startCertifiedNode(t, { name: 'b.test', tls: selfSigned, bySetting: true });
  await a.api.changeSettings({ public_url: a.url });
  await b.api.changeSettings({ public_url: b.url });
  const { link } = await a.api.makePeerInvite({});
  assert.equal((await b.api.acceptPeerInvite({ link: link ?? '' })).state, 'connected');
  return [a, b];
}

const reaches = async (from: CertifiedNode, to: CertifiedNode) => {
  const check = await from.api.checkPeer({ server_name: to.name });
  return check.ok || check.steps.map(({ text }) => text).join('\n');
};

async function portInUse(t: TestContext) {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  return { other, port: (other.address() as AddressInfo).port };
}

async function pairFiles(t: TestContext, name: string) {
  const dir = tempDir(t);
  const [cert_file, key_file] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const { cert, key } = await certificateFor(name);
  const write = () => {
    writeFileSync(cert_file, cert);
    writeFileSync(key_file, key);
  };
  write();
  return { tls: { mode: 'files', cert_file, key_file } as const, write, dir };
}

test('another port takes effect at once: peers are notified, the old port is closed, and a restart keeps it', async (t) => {
  const [a, b] = await peers(t);
  const [port = 0] = await freePorts(1);
  const public_url = `https://127.0.0.1:${port}`;
  const settings = await a.api.changeSettings({ port, public_url });
  assert.deepEqual([settings.port, settings.public_url], [port, public_url]);
  assert.equal((await a.api.status({})).listener.url, public_url);
  await until([a, b], 'b to know the new address', async () => {
    const { endpoint } = await b.api.peer({ server_name: 'a.test' });
    return endpoint?.startsWith(`${public_url}/`);
  });
  assert.equal(await reaches(b, a), true);
  await assert.rejects(shownCertificate(a.port, 'a.test'), { code: 'ECONNREFUSED' });

  await a.stop();
  const again = await startCertifiedNode(t, {
    name: 'a.test',
    tls: selfSigned,
    bySetting: true,
    dataDir: a.dataDir,
  });
  assert.equal(again.url, public_url);
  assert.equal(await reaches(b, again), true);
});

test('a peer that cannot be notified of a new address is named, so that its owner can change it by hand', async (t) => {
  const a = await startCertifiedNode(t, { name: 'a.test', tls: selfSigned, bySetting: true });
  const b = await startCertifiedNode(t, { name: 'b.test', tls: selfSigned });
  await a.api.changeSettings({ public_url: a.url });
  const { link } = await a.api.makePeerInvite({});
  await b.api.acceptPeerInvite({ link: link ?? '' });
  const byHand = async () =>
    (await a.api.doctor({})).findings.find(({ code }) => code === 'address-outdated');
  assert.equal(await byHand(), undefined);
  const [port = 0] = await freePorts(1);
  const public_url = `https://127.0.0.1:${port}`;
  await a.api.changeSettings({ port, public_url });
  const { subject, fix } = (await byHand()) ?? {};
  assert.equal(subject, 'b.test');
  assert.equal(fix, `Ask its owner to change the address of your server there to ${public_url}.`);
  await b.api.addPeer({ endpoint: public_url });
  assert.equal(await reaches(b, a), true);
  await until([a], 'the call to show that the owner was told', async () => (await byHand()) === undefined);
});

test('with a window, the console opens although the port is in use, which is reported, retried, and can be changed', async (t) => {
  const clock = new LeapingClock();
  const tls = selfSigned;
  const { other, port } = await portInUse(t);
  const options = { tls, clock, port, bySetting: true, waitsForPort: true };
  const a = await startCertifiedNode(t, { ...options, name: 'a.test' });
  const b = await startCertifiedNode(t, { ...options, name: 'b.test' });
  const problem = `Port ${port} on 127.0.0.1 is in use by another program.`;
  for (const node of [a, b]) {
    const { listener, health } = await node.api.status({});
    assert.deepEqual([listener.url, listener.problem], ['', problem]);
    assert.deepEqual(health, { state: 'broken', text: problem, cause: 'listener-down', subject: null });
  }
  const [free = 0] = await freePorts(1);
  await a.api.changeSettings({ port: free });
  assert.equal((await shownCertificate(free, 'a.test')).subject.CN, 'Paracord Node');
  assert.equal((await a.api.status({})).health.state, 'ok');

  await clock.leap(15_000);
  assert.equal((await b.api.status({})).listener.url, '', 'it is in use still');
  await new Promise((resolve) => other.close(resolve));
  await clock.leap(15_000);
  await until([b], 'the port to be free', async () => (await b.api.status({})).listener.problem === null);
  assert.equal((await shownCertificate(port, 'b.test')).subject.CN, 'Paracord Node');
});

test('without a window, the node doesn’t start if its port is in use', async (t) => {
  const { port } = await portInUse(t);
  const start = startCertifiedNode(t, { tls: selfSigned, port, bySetting: true });
  await assert.rejects(start, { code: 'EADDRINUSE' });
});

test('a peer that was away when the address changed is notified as soon as it calls', async (t) => {
  const clock = new LeapingClock();
  const start = (name: string, more: object = {}) =>
    startCertifiedNode(t, { name, tls: selfSigned, bySetting: true, clock, ...more });
  const [a, b] = [await start('a.test'), await start('b.test')];
  await a.api.changeSettings({ public_url: a.url });
  await b.api.changeSettings({ public_url: b.url });
  const { link } = await a.api.makePeerInvite({});
  await b.api.acceptPeerInvite({ link: link ?? '' });
  await b.stop();
  const before = (await a.certificate()).spki_sha256;
  const files = await pairFiles(t, '127.0.0.1');
  await a.api.changeSettings({ tls: files.tls });
  const codes = async () => (await a.api.doctor({})).findings.map(({ code }) => code);
  await until([a], 'b to be found away', async () => (await codes()).includes('address-not-announced'));
  await clock.leap(90_000);

  const again = await start('b.test', { port: b.port, dataDir: b.dataDir });
  assert.equal((await again.api.peer({ server_name: 'a.test' })).tls_sha256, before);
  await a.api.checkPeer({ server_name: 'b.test' });
  await until([a, again], 'b to know the new key', async () => {
    const { spki_sha256 } = await a.certificate();
    return (await again.api.peer({ server_name: 'a.test' })).tls_sha256 === spki_sha256;
  });
  assert.ok(!(await codes()).includes('address-not-announced'));
});

test('a port that another program has is refused, and nothing changes', async (t) => {
  const [a, b] = await peers(t);
  const { port } = await portInUse(t);
  const before = await a.api.settings({});
  const files = await pairFiles(t, 'a.test');
  await assert.rejects(a.api.changeSettings({ port, tls: files.tls, public_url: null }), {
    code: 'BAD_REQUEST',
    message: `port: Port ${port} on 127.0.0.1 is in use by another program. Choose another one. Nothing was changed.`,
  });
  assert.deepEqual(await a.api.settings({}), before);
  assert.equal((await a.certificate()).kind, 'self-signed');
  assert.equal(await reaches(b, a), true);
});

test('a certificate with another key takes effect at once, and peers that pinned the old one are notified', async (t) => {
  const [a, b] = await peers(t);
  const pinned = async () => (await b.api.peer({ server_name: 'a.test' })).tls_sha256;
  const before = await pinned();
  const files = await pairFiles(t, '127.0.0.1');
  await a.api.changeSettings({ tls: files.tls });
  assert.equal((await shownCertificate(a.port, 'a.test')).subject.CN, '127.0.0.1');
  const { spki_sha256 } = await a.certificate();
  assert.notEqual(spki_sha256, before);
  await until([a, b], 'b to pin the new key', async () => (await pinned()) === spki_sha256);
  assert.equal(await reaches(b, a), true);
});

test('a certificate that doesn’t match its key is refused with its own message, and nothing changes', async (t) => {
  const a = await startCertifiedNode(t, { tls: selfSigned, bySetting: true });
  const [files, other] = [await pairFiles(t, 'a.test'), await pairFiles(t, 'b.test')];
  const before = await a.certificate();
  for (const [key_file, why] of [
    [other.tls.key_file, /^tls: .* don’t form a usable pair: the key doesn’t belong to the certificate/],
    [join(files.dir, 'absent.pem'), /^tls: The TLS file .*absent\.pem doesn’t exist/],
  ] as const)
    await assert.rejects(a.api.changeSettings({ tls: { ...files.tls, key_file } }), {
      code: 'BAD_REQUEST',
      message: why,
    });
  assert.deepEqual(await a.certificate(), before);
  assert.deepEqual((await a.api.settings({})).tls, selfSigned);
});

test('the settings turn TLS off for a proxy and on again, together with a change of the port', async (t) => {
  const a = await startCertifiedNode(t, { tls: selfSigned, bySetting: true });
  const [port = 0] = await freePorts(1);
  await a.api.changeSettings({ tls: { mode: 'off' } });
  assert.equal((await fetch(`http://127.0.0.1:${a.port}/_paracord/federation/v1/keys`)).status, 200);
  await a.api.changeSettings({ tls: selfSigned, port });
  assert.equal((await shownCertificate(port, 'a.test')).subject.CN, 'Paracord Node');
  await assert.rejects(fetch(`http://127.0.0.1:${a.port}/`));
});

test('two simultaneous changes are made one after the other', async (t) => {
  const a = await startCertifiedNode(t, { tls: selfSigned, bySetting: true });
  const [one = 0, two = 0] = await freePorts(2);
  await Promise.all([
    a.api.changeSettings({ port: one }),
    a.api.changeSettings({ tls: { mode: 'off' } }),
    a.api.changeSettings({ port: two }),
  ]);
  assert.equal((await a.api.status({})).listener.url, `http://127.0.0.1:${two}`);
  const { port, tls } = await a.api.settings({});
  assert.deepEqual([port, tls], [two, { mode: 'off' }]);
});

test('a change requested while the node stops leaves nothing open', async (t) => {
  const a = await startCertifiedNode(t, { tls: selfSigned, bySetting: true });
  const [one = 0, two = 0] = await freePorts(2);
  const first = a.api.changeSettings({ port: one });
  const stopped = a.stop();
  const second = assert.rejects(a.api.changeSettings({ port: two }));
  await Promise.allSettled([first, stopped]);
  await second;
  for (const port of [one, two])
    await assert.rejects(shownCertificate(port, 'a.test'), { code: 'ECONNREFUSED' });
});

test('settings overridden by a flag can’t be changed, and repeating the same value is harmless', async (t) => {
  const a = await startCertifiedNode(t, { tls: selfSigned, publicUrl: 'https://a.test:8448' });
  assert.deepEqual((await a.api.settings({})).by_flag, ['tls', 'public_url']);
  await a.api.changeSettings({ tls: selfSigned, public_url: 'https://a.test:8448/' });
  for (const [change, flag] of [
    [{ tls: { mode: 'off' } }, '--tls'],
    [{ public_url: null }, '--public-url'],
  ] as const)
    await assert.rejects(a.api.changeSettings(change), {
      code: 'CONFLICT',
      message: new RegExp(`Your server was started with ${flag}, which overrides the setting`),
    });
  await a.stop();
  const free = await startCertifiedNode(t, { tls: { mode: 'off' }, bySetting: true, dataDir: a.dataDir });
  const { tls, public_url, by_flag } = await free.api.settings({});
  assert.deepEqual([tls, public_url, by_flag], [{ mode: 'off' }, null, []], 'nothing of a flag was kept');
});

test('the node starts without its certificate files and uses a self-signed certificate until they are back', async (t) => {
  const files = await pairFiles(t, 'a.test');
  const first = await startCertifiedNode(t, { tls: selfSigned, bySetting: true });
  await first.api.changeSettings({ tls: files.tls });
  await first.stop();
  rmSync(files.tls.cert_file);
  const a = await startCertifiedNode(t, { tls: selfSigned, bySetting: true, dataDir: first.dataDir });
  const { kind, problem } = await a.certificate();
  assert.equal(kind, 'self-signed');
  assert.match(problem ?? '', /The TLS file .*cert\.pem doesn’t exist/);
  const { findings } = await a.api.doctor({});
  assert.ok(findings.some(({ code }) => code === 'certificate-not-renewed'));
  files.write();
  await a.api.retryCertificate({});
  const now = await a.certificate();
  assert.deepEqual([now.kind, now.problem], ['files', null]);
  assert.equal((await shownCertificate(a.port, 'a.test')).subject.CN, 'a.test');
});
