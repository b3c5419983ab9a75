import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AcmeConfig } from '../../../shared/api/contract/tls.ts';
import { blockedName, noPebble, type Pebble, startPebble } from '../../support/daemons/pebble.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import { startChildNode } from '../../support/nodes/child-node.ts';
import { freePorts } from '../../support/nodes/free-ports.ts';
import {
  askOver,
  type CertifiedNode,
  shownCertificate,
  startCertifiedNode,
} from '../../support/nodes/tls-node.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const dayMs = 86_400_000;
let pebble: Pebble;

before(async () => {
  if (!noPebble) pebble = await startPebble();
});
after(() => pebble?.stop());

const acme = (change: Partial<AcmeConfig>): AcmeConfig => ({
  mode: 'acme',
  terms_agreed: true,
  names: [],
  email: null,
  directory: pebble.directory,
  staging: null,
  challenge: null,
  http: { host: '127.0.0.1', port: pebble.httpPort },
  ...change,
});

const certified = (node: CertifiedNode) =>
  until([node], 'the certificate', async () => (await node.certificate()).kind === 'acme');

const read = (node: { readonly dataDir: string }, file: string): unknown =>
  JSON.parse(readFileSync(join(node.dataDir, file), 'utf8'));

test('a node started with --tls acme gets its certificate by HTTP-01, and keeps its files private', {
  skip: noPebble,
}, async (t) => {
  process.env.NODE_EXTRA_CA_CERTS = pebble.caFile;
  t.after(() => delete process.env.NODE_EXTRA_CA_CERTS);
  const agree = ['--tls', 'acme', '--acme-agree', '--acme-email', 'ann@a.test'];
  const where = [
    '--acme-directory',
    pebble.directory,
    '--acme-http',
    `127.0.0.1:${pebble.httpPort}`,
    '--acme-name',
    'chat.a.test',
    '127.0.0.1',
  ];
  const node = await startChildNode(
    { name: 'a.test', dataDir: tempDir(t), flags: [...agree, ...where, '--log-level', 'debug'] },
    t,
  );
  const certificate = await until([], 'the certificate', async () => {
    const { listener } = await node.api.status({});
    return listener.certificate?.kind === 'acme' && listener.certificate;
  });
  assert.deepEqual([...certificate.names].sort(), ['127.0.0.1', 'chat.a.test']);
  assert.equal(certificate.pinned_by_peers, false);
  assert.equal(certificate.problem, null);
  const port = Number(new URL(node.federation).port);
  const shown = await shownCertificate(port, 'chat.a.test', pebble.root);
  assert.match(shown.subjectaltname ?? '', /DNS:chat\.a\.test/);
  await assert.rejects(shownCertificate(port, 'other.a.test', pebble.root), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  await assert.rejects(connected(pebble.httpPort), { code: 'ECONNREFUSED' });

  const { accounts } = read(node, 'acme-accounts.json') as {
    accounts: Record<string, { key: { d: string } }>;
  };
  const secret = accounts[pebble.directory]!.key.d;
  for (const file of ['acme-accounts.json', 'tls-key.pem'])
    assert.equal(statSync(join(node.dataDir, file)).mode & 0o777, 0o600, file);
  const diagnostics = (await node.api.diagnostics({})).text;
  for (const [where, text] of Object.entries({ log: node.stderr(), diagnostics })) {
    assert.ok(!text.includes(secret), where);
    assert.doesNotMatch(text, /PRIVATE KEY/, where);
  }
});

test('TLS-ALPN-01 is answered by the federation listener, for a name and an address, while others see the usual certificate', {
  skip: noPebble,
}, async (t) => {
  const names = ['alpn.a.test', '127.0.0.1'];
  const shownMeanwhile: unknown[] = [];
  const tls = acme({ names, challenge: 'tls-alpn-01' });
  const node = await startCertifiedNode(t, { tls, port: pebble.tlsPort });
  await until([node], 'the certificate', async () => {
    const { kind, renewing } = await node.certificate();
    if (/Proving/.test(renewing ?? ''))
      shownMeanwhile.push((await shownCertificate(node.port, 'alpn.a.test')).subject.CN);
    return kind === 'acme';
  });
  assert.deepEqual(new Set(shownMeanwhile), new Set(['Paracord Node']));
  const shown = await shownCertificate(node.port, 'alpn.a.test', pebble.root);
  assert.match(shown.subjectaltname ?? '', /DNS:alpn\.a\.test/);
  assert.match(shown.subjectaltname ?? '', /IP Address:127\.0\.0\.1/);
});

test('an order interrupted by a restart is continued, with the same account', {
  skip: noPebble,
}, async (t) => {
  const dataDir = tempDir(t);
  const tls = acme({ names: ['restart.a.test'] });
  const before = pebble.orders();
  const first = await startCertifiedNode(t, { tls, dataDir });
  await until([first], 'the proof', async () => {
    if (!/Proving/.test((await first.certificate()).renewing ?? '')) return false;
    await first.stop();
    return true;
  });
  const account = read({ dataDir }, 'acme-accounts.json');
  const { order } = read({ dataDir }, 'acme-progress.json') as { order: { url: string } | null };
  assert.ok(order, 'an order is in progress');
  const second = await startCertifiedNode(t, { tls, dataDir });
  await certified(second);
  assert.equal(pebble.orders(), before + 1);
  assert.deepEqual(read({ dataDir }, 'acme-accounts.json'), account);
});

test('a renewal changes the certificate and nothing else: same key, same account, no connection dropped', {
  skip: noPebble,
}, async (t) => {
  const clock = new LeapingClock();
  const node = await startCertifiedNode(t, { tls: acme({ names: ['renewed.a.test'] }), clock });
  await certified(node);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const keys = `${node.url}/_paracord/federation/v1/keys`;
  const earlier = await askOver(agent, keys);
  const [old, account] = [
    await shownCertificate(node.port, 'renewed.a.test'),
    read(node, 'acme-accounts.json'),
  ];
  const pin = (await node.certificate()).spki_sha256;
  await clock.leap(61 * dayMs);
  await until(
    [node],
    'another certificate',
    async () => (await shownCertificate(node.port, 'renewed.a.test')).serialNumber !== old.serialNumber,
  );
  const later = await askOver(agent, keys);
  assert.deepEqual([earlier.status, later.status, later.reused], [200, 200, true]);
  assert.equal(later.socket, earlier.socket);
  assert.equal((await node.certificate()).spki_sha256, pin);
  assert.deepEqual(read(node, 'acme-accounts.json'), account);
  await shownCertificate(node.port, 'renewed.a.test', pebble.root);
});

test('if a certificate can’t be issued, the owner sees why and what to do, and the node keeps using a self-signed one', {
  skip: noPebble,
}, async (t) => {
  const [elsewhere] = await freePorts(1);
  const http = { host: '127.0.0.1', port: elsewhere! };
  const unreached = await startCertifiedNode(t, {
    tls: acme({ names: ['far.a.test'], http, challenge: 'http-01' }),
  });
  const far = await until([unreached], 'the refusal', async () => (await unreached.certificate()).problem);
  assert.match(far, /couldn’t connect to far\.a\.test on port 80\. Port 80 of far\.a\.test must reach/);
  assert.match(
    (await unreached.certificate()).renewing ?? '',
    /^Your server retries on \w+ \d+, \d{4} at \d/,
  );
  assert.deepEqual(unreached.notices, [far]);
  assert.equal((await unreached.certificate()).kind, 'self-signed');

  const blocked = await startCertifiedNode(t, { tls: acme({ names: [blockedName] }) });
  const refused = await until([blocked], 'the refusal', async () => (await blocked.certificate()).problem);
  assert.match(refused, /issues no certificate for .*--acme-name/s);
});

function connected(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
