import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { createLog } from '../../../main/kernel/log.ts';
import { systemPorts } from '../../../main/kernel/ports.ts';
import type { DnsLook } from '../../../main/names/dns/propagation.ts';
import { KeptName, type NamesWorld } from '../../../main/names/kept-name.ts';
import { Certificates } from '../../../main/tls/certificates.ts';
import type { TlsConfig } from '../../../shared/api/contract/tls.ts';
import type { SettingsView } from '../../../shared/api/views/node-views.ts';
import { closeBrowser, noBrowser, openConsole } from '../../support/browser/browser.ts';
import { noKnot, startKnot } from '../../support/daemons/knot.ts';
import { noPebble, type Pebble, startPebble } from '../../support/daemons/pebble.ts';
import { LeapingClock } from '../../support/leaping-clock.ts';
import {
  type CertifiedNode,
  type CertifiedNodeOptions,
  shownCertificate,
  startCertifiedNode,
} from '../../support/nodes/tls-node.ts';
import { FakeDesec, FakeDuckDns } from '../../support/parties/dns-providers.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

after(closeBrowser);

const dayMs = 86_400_000;
const nobody: DnsLook = { servers: async () => [], texts: async () => null };

async function pebbleFor(t: TestContext, options: { dnsServer?: string } = {}): Promise<Pebble> {
  const pebble = await startPebble(options);
  t.after(() => pebble.stop());
  return pebble;
}

/** Starts with the authority of the test, as if the owner had chosen it before. */
async function nodeWith(
  t: TestContext,
  pebble: Pebble,
  names: Partial<NamesWorld>,
  more: Partial<CertifiedNodeOptions> = {},
): Promise<CertifiedNode> {
  const unused = { api: 'http://127.0.0.1:1/api', outside: 'http://127.0.0.1:1/outside' };
  const world = { desec: unused, duckdns: 'http://127.0.0.1:1', look: nobody, ...names };
  const node = await startCertifiedNode(t, {
    tls: { mode: 'self-signed' },
    bySetting: true,
    names: world,
    ...more,
  });
  const tls: TlsConfig = {
    mode: 'acme',
    terms_agreed: true,
    names: ['unused.test'],
    challenge: null,
    email: null,
    directory: pebble.directory,
    staging: null,
    http: { host: '127.0.0.1', port: 0 },
  };
  await node.api.changeSettings({ tls });
  return node;
}

const certified = (node: CertifiedNode, name: string) =>
  until([node], 'the certificate', async () => {
    const { names, kind } = await node.certificate();
    return kind === 'acme' && names.join() === name;
  });

/** The one DNS server of the test, which has a record at once. */
const lookAt = (records: ReadonlyMap<string, readonly string[]>): DnsLook => ({
  servers: async () => ['192.0.2.53'],
  texts: async (_, name) => records.get(`TXT ${name}`) ?? [],
});

test('a node gets a certificate for a name at deSEC without an open port, and renews it', {
  skip: noPebble,
}, async (t) => {
  const pebble = await pebbleFor(t);
  const desec = await new FakeDesec().listen(t);
  desec.domains.set('anna.dedyn.io', 60);
  desec.onText = (name, texts) => pebble.setTexts(name, texts);
  const clock = new LeapingClock();
  const urls = { api: `${desec.url}/api`, outside: `${desec.url}/outside` };
  const node = await nodeWith(t, pebble, { desec: urls, look: lookAt(desec.records) }, { clock });
  const { kept } = await node.api.keepName({ provider: 'desec', name: 'anna.dedyn.io', token: desec.token });
  assert.equal(kept?.address, desec.outside);
  assert.deepEqual(desec.records.get('A anna.dedyn.io'), [desec.outside]);
  await certified(node, 'anna.dedyn.io');
  const shown = await shownCertificate(node.port, 'anna.dedyn.io', pebble.root);
  assert.match(shown.subjectaltname ?? '', /DNS:anna\.dedyn\.io/);
  assert.equal((await node.api.status({})).public_url, `https://anna.dedyn.io:${node.port}`);
  await until([node], 'the record removed', () => !desec.records.has('TXT _acme-challenge.anna.dedyn.io'));
  await clock.leap(61 * dayMs);
  await until([node], 'the renewal', async () => {
    const { serialNumber } = await shownCertificate(node.port, 'anna.dedyn.io');
    return serialNumber !== shown.serialNumber;
  });
  const file = join(node.dataDir, 'kept-name.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, 'utf8'), new RegExp(desec.token), 'the one place where it is');
});

test('a provider that takes no proof is quoted on the screen, and a button gets the certificate once it does', {
  skip: noPebble || noBrowser,
}, async (t) => {
  const pebble = await pebbleFor(t);
  const desec = await new FakeDesec().listen(t);
  desec.domains.set('anna.dedyn.io', 60);
  desec.onText = (name, texts) => pebble.setTexts(name, texts);
  desec.textProblem = 'This domain is locked until you confirm your e-mail address.';
  const urls = { api: `${desec.url}/api`, outside: `${desec.url}/outside` };
  const clock = new LeapingClock();
  const node = await nodeWith(t, pebble, { desec: urls, look: lookAt(desec.records) }, { clock });
  await node.api.keepName({ provider: 'desec', name: 'anna.dedyn.io', token: desec.token });
  const { page } = await openConsole(t, node, { path: '#/server/network' });
  await page.getByText(`deSEC refused the change. It says: “${desec.textProblem}”`).first().waitFor();
  desec.textProblem = null;
  const details = page.locator('details', { hasText: 'Current state' }).first();
  if ((await details.getAttribute('open')) === null) await details.locator('summary').first().click();
  const answered = page.waitForResponse(/\/certificate\/retry$/);
  await page.getByRole('button', { name: 'Retry now' }).click();
  await answered;
  // The provider isn't asked more than once a minute.
  await clock.leap(60_000);
  await certified(node, 'anna.dedyn.io');
  await page.getByText('deSEC refused the change.').first().waitFor({ state: 'detached' });
});

test('a node gets a certificate for a name at DuckDNS, which has room for one text', {
  skip: noPebble,
}, async (t) => {
  const pebble = await pebbleFor(t);
  const duck = await new FakeDuckDns().listen(t);
  duck.onText = (name, texts) => pebble.setTexts(name, texts);
  const look: DnsLook = {
    servers: async () => ['192.0.2.53'],
    texts: async () => duck.records.get('TXT anna.duckdns.org') ?? [],
  };
  const node = await nodeWith(t, pebble, { duckdns: duck.url, look });
  await node.api.keepName({ provider: 'duckdns', name: 'Anna', token: duck.token });
  await certified(node, 'anna.duckdns.org');
  await node.api.dropName({});
  assert.equal((await node.certificate()).kind, 'self-signed');
  assert.deepEqual([...duck.records.keys()], []);
  assert.equal((await node.api.status({})).public_url, null);
});

test('a name at the owner’s own DNS server is proved by signed updates', {
  skip: noPebble || noKnot,
}, async (t) => {
  const knot = await startKnot(t);
  const { host, port } = knot.server;
  const pebble = await pebbleFor(t, { dnsServer: `${host}:${port}` });
  const ports = { ...systemPorts, log: createLog('silent'), tell: () => {}, version: 'test' };
  const look: DnsLook = {
    servers: async () => [host],
    texts: async (_, name) =>
      (await knot.resolver.resolveTxt(name).catch(() => [])).map(([text = '']) => text),
  };
  const dataDir = tempDir(t);
  const unused = { api: '', outside: '' };
  const name = new KeptName({
    ...ports,
    dataDir,
    whereabouts: () => ({ outside: '81.2.69.142', home: null }),
    world: { desec: unused, duckdns: '', look },
  });
  const { keyName: key_name, key, server } = knot;
  const access = { provider: 'rfc2136', server, key_name, key } as const;
  await name.keep({ name: 'chat.home.test', access, which: 'public' });
  assert.deepEqual(await knot.resolver.resolve4('chat.home.test'), ['81.2.69.142']);
  const { directory } = pebble;
  const settings = { public_url: 'https://chat.home.test', port: 0 };
  const certificates = new Certificates(
    {
      mode: 'acme',
      terms_agreed: true,
      names: ['chat.home.test'],
      challenge: 'dns-01',
      email: null,
      directory,
      staging: null,
      http: null,
    },
    {
      ...ports,
      dataDir,
      showProof: name.showProof,
      openChallengePort: async () => null,
      settings: { get: () => settings as SettingsView },
      keyring: { isSetUp: true, serverName: 'home.test' },
    },
  );
  await certificates.begin(true);
  certificates.start({ show: () => {}, federationPort: 0 });
  t.after(() => certificates.stop());
  await until([], 'the certificate', () => certificates.view?.kind === 'acme');
  assert.deepEqual(certificates.view?.names, ['chat.home.test']);
  await assert.rejects(knot.resolver.resolveTxt('_acme-challenge.chat.home.test'), { code: 'ENOTFOUND' });
});
