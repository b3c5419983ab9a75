import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { certificateFor } from '../../../support/attack/tls.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { freePorts } from '../../../support/nodes/free-ports.ts';
import { befriend, startLocalNode } from '../../../support/nodes/local-node.ts';
import { shownCertificate, startCertifiedNode } from '../../../support/nodes/tls-node.ts';
import { FakeDesec } from '../../../support/parties/dns-providers.ts';
import { FakeAuthority } from '../../../support/parties/fake-authority.ts';
import { tempDir } from '../../../support/temp.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
const path = '#/server/network';
after(closeBrowser);

/** The node may stop a moment before the window closes, and the browser reports that. */
const mayFail = (also = /^$/) => new RegExp(`net::ERR_CONNECTION|${also.source}`);

/** The page with everything open that is one step behind. */
async function openNetwork(...[t, node, options]: Parameters<typeof openConsole>): Promise<{ page: Page }> {
  const { page } = await openConsole(t, node, { path, ...options });
  await press(page, 'Change how friends reach me');
  const details = page.locator('details', { hasText: 'Current state' }).first();
  if ((await details.getAttribute('open')) === null) await details.locator('summary').first().click();
  return { page };
}

const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const choose = (page: Page, name: string) => page.getByRole('radio', { name, exact: true }).click();

test('the public address is set and removed again', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', bySetting: true });
  const { page } = await openNetwork(t, node, {
    expected: mayFail(/status of 400/),
  });
  await page.getByRole('radio', { name: 'A proxy' }).click();
  await page.getByText(/reverse_proxy 127\.0\.0\.1:\d+/).waitFor();
  const address = page.getByRole('textbox', { name: 'Public address' });
  assert.equal(await address.inputValue(), 'https://anna.test');
  await address.fill('https://anna.test/chat');
  await page.getByRole('button', { name: 'Save address' }).click();
  await page
    .getByRole('alert')
    .getByText('The address contains the path /chat. Enter the host alone')
    .waitFor();
  assert.equal(await address.inputValue(), 'https://anna.test/chat');
  await address.fill('https://anna.test');
  await page.getByRole('button', { name: 'Save address' }).click();
  await until(
    [node],
    'the address is set',
    async () => (await node.api.settings({})).public_url === 'https://anna.test',
  );
  await page.getByRole('radio', { name: 'Not at all' }).click();
  await page.getByRole('button', { name: 'Save without an address' }).click();
  await until([node], 'it is gone', async () => (await node.api.settings({})).public_url === null);
});

test('the port is changed with the address that names it, and peers are notified; one in use is refused at the field', {
  skip,
}, async (t) => {
  const node = await startCertifiedNode(t, {
    name: 'anna.test',
    tls: { mode: 'self-signed' },
    bySetting: true,
  });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  await node.api.changeSettings({ public_url: node.url });
  await befriend(node, friend);
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const inUse = String((other.address() as AddressInfo).port);
  const { page } = await openNetwork(t, node, { expected: mayFail(/status of 400/) });

  await field(page, 'Port').fill('70000');
  await page.getByText(/whole number from 1 to 65/).waitFor();
  await field(page, 'Port').fill(inUse);
  await press(page, 'Change port');
  await page.getByText(`Port ${inUse} on 127.0.0.1 is in use by another program.`).waitFor();
  assert.equal(await field(page, 'Port').inputValue(), inUse);
  assert.equal((await node.api.status({})).listener.url, node.url);

  const [port = 0] = await freePorts(1);
  await field(page, 'Port').fill(String(port));
  await page.getByText(`The public address changes to https://127.0.0.1:${port}`).waitFor();
  await press(page, 'Change port');
  await page.getByText(`Port ${port} is open now.`).waitFor();
  await page.getByText(`https://127.0.0.1:${port}`, { exact: true }).first().waitFor();
  await until([node, friend], 'the friend to know', async () => {
    const { endpoint } = await friend.api.peer({ server_name: 'anna.test' });
    return endpoint?.startsWith(`https://127.0.0.1:${port}/`);
  });
});

test('certificates of all four kinds are chosen on the screen, each in effect at once', {
  skip,
}, async (t) => {
  const node = await startCertifiedNode(t, {
    name: 'anna.test',
    tls: { mode: 'self-signed' },
    bySetting: true,
  });
  const authority = await new FakeAuthority({ clock: systemPorts.clock }).listen(t);
  const dir = tempDir(t);
  const pair = await certificateFor('files.test');
  const [cert, key] = [join(dir, 'c.pem'), join(dir, 'k.pem')];
  writeFileSync(cert, pair.cert);
  writeFileSync(key, (await certificateFor('files.test')).key);
  const { page } = await openNetwork(t, node, { expected: mayFail(/status of 400/) });

  await choose(page, 'My own files');
  await field(page, 'Certificate file').fill('c.pem');
  await field(page, 'Key file').fill(key);
  await press(page, 'Use this certificate');
  await page.getByText('Enter the full path, starting at the root.').waitFor();
  await field(page, 'Certificate file').fill(cert);
  await press(page, 'Use this certificate');
  await page.getByText(/don’t form a usable pair: the key doesn’t belong to the certificate/).waitFor();
  assert.equal((await node.api.status({})).listener.tls, 'self-signed');
  writeFileSync(key, pair.key);
  await press(page, 'Use this certificate');
  await page.getByText('Now using your certificate.').waitFor();
  assert.equal((await shownCertificate(node.port, 'x')).subject.CN, 'files.test');

  await choose(page, 'Public');
  await field(page, 'Names (optional)').or(field(page, 'Names')).fill('chat.anna.test');
  await page.getByText('Use another certificate authority').click();
  await page.getByRole('textbox', { name: /ACME directory URL/ }).fill(authority.directory);
  await press(page, 'Use this certificate');
  await page.getByText('To get a certificate, you have to agree to the terms of service.').waitFor();
  assert.equal((await node.api.status({})).listener.tls, 'files');
  await page
    .getByRole('checkbox', { name: 'I agree to the terms of service of the certificate authority' })
    .check();
  await press(page, 'Use this certificate');
  await page.getByText(/^Issued for chat\.anna\.test by/).waitFor();
  assert.match((await shownCertificate(node.port, 'x')).subjectaltname ?? '', /chat\.anna\.test/);

  await choose(page, 'TLS off');
  await press(page, 'Use this certificate');
  const asked = page.getByRole('dialog', { name: 'Turn TLS off?' });
  await asked.getByText('Nobody can connect until a proxy that handles TLS is in front.').waitFor();
  await asked.getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('TLS is off. Put a proxy in front that handles it.').waitFor();
  assert.equal((await fetch(`http://127.0.0.1:${node.port}/_paracord/federation/v1/keys`)).status, 200);

  await choose(page, 'Self-signed');
  await press(page, 'Use this certificate');
  await page.getByText('Now using the self-signed certificate.').waitFor();
  assert.equal((await shownCertificate(node.port, 'x')).subject.CN, 'Paracord Node');
});

test('saving the address for a proxy turns TLS off, and saving it for the router turns TLS on again', {
  skip,
}, async (t) => {
  const node = await startCertifiedNode(t, {
    name: 'anna.test',
    tls: { mode: 'self-signed' },
    bySetting: true,
  });
  const { page } = await openNetwork(t, node, { expected: mayFail() });
  const set = async () => {
    const { public_url, tls } = await node.api.settings({});
    return `${public_url} ${tls.mode}`;
  };
  await node.api.changeSettings({ public_url: `https://anna.test:${node.port}` });
  await choose(page, 'A proxy');
  const address = page.getByRole('textbox', { name: 'Public address' });
  assert.equal(await address.inputValue(), 'https://anna.test', 'not the port that the node itself has');
  await address.fill(`https://anna.test:${node.port}`);
  await page.getByText(`Your server already uses port ${node.port}.`).waitFor();
  await address.fill('https://anna.test');
  await page.getByText('This also turns TLS off here, because the proxy handles it.').waitFor();
  await press(page, 'Save address');
  await until([node], 'TLS off', async () => (await set()) === 'https://anna.test off');
  await choose(page, 'My router');
  await page.getByText(/^This also turns TLS on, with a self-signed certificate/).waitFor();
  await press(page, 'Save address');
  await until([node], 'TLS on', async () => (await set()) === `https://anna.test:${node.port} self-signed`);
});

test('the saved choice stays selected until the status shows it, and a click in the meantime is kept', {
  skip,
}, async (t) => {
  const node = await startCertifiedNode(t, {
    name: 'anna.test',
    tls: { mode: 'self-signed' },
    bySetting: true,
  });
  const { page } = await openNetwork(t, node, { expected: mayFail() });
  await node.api.changeSettings({ public_url: `https://anna.test:${node.port}` });
  await choose(page, 'A proxy');
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/v1/status', async (route) => {
    await held;
    await route.continue();
  });
  await press(page, 'Save address');
  await page.getByText('Saved').first().waitFor();
  assert.equal(await page.getByRole('radio', { name: 'A proxy' }).isChecked(), true);
  await choose(page, 'My router');
  answer();
  await page.getByText(/^This also turns TLS on, with a self-signed certificate/).waitFor();
});

test('settings overridden by flags are shown, and can’t be changed', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openNetwork(t, node, { expected: mayFail() });
  await page.getByText('The port was set with --listen when your server started.').waitFor();
  await page.getByText('The certificate was set with --tls when your server started.').waitFor();
  assert.equal(await field(page, 'Port').count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Use this certificate' }).count(), 0);
});

test('a certificate whose files are gone is reported, and a button tries again', { skip }, async (t) => {
  const dir = tempDir(t);
  const pair = await certificateFor('files.test');
  const [cert_file, key_file] = [join(dir, 'c.pem'), join(dir, 'k.pem')];
  writeFileSync(cert_file, pair.cert);
  writeFileSync(key_file, pair.key);
  const first = await startCertifiedNode(t, { tls: { mode: 'self-signed' }, bySetting: true });
  await first.api.changeSettings({ tls: { mode: 'files', cert_file, key_file } });
  await first.stop();
  rmSync(key_file);
  const node = await startCertifiedNode(t, {
    tls: { mode: 'self-signed' },
    bySetting: true,
    dataDir: first.dataDir,
  });
  const { page } = await openNetwork(t, node, { expected: mayFail() });
  await page
    .getByRole('alert')
    .getByText(/The TLS file .*k\.pem doesn’t exist\. Put it there, or choose another file\./)
    .waitFor();
  writeFileSync(key_file, pair.key);
  await press(page, 'Retry now');
  await page.getByText('Issued for files.test').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Retry now' }).count(), 0);
});

test('this node is tested from its network settings, step by step', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openNetwork(t, node, { expected: mayFail() });
  await press(page, 'Check now');
  const steps = page.getByRole('list', { name: 'Can others reach your server?' });
  await steps
    .getByText('Not tested: there is no public address, so friends can’t connect to your server.')
    .first()
    .waitFor();
});

test('a free name is entered with its token, leads here, and is given up', { skip }, async (t) => {
  const desec = await new FakeDesec().listen(t);
  desec.domains.set('anna.dedyn.io', 60);
  const urls = { api: `${desec.url}/api`, outside: `${desec.url}/outside` };
  const look = { servers: async () => [], texts: async () => null };
  const node = await startLocalNode(t, {
    name: 'anna.test',
    bySetting: true,
    parts: { names: { desec: urls, duckdns: 'http://127.0.0.1:1', look } },
  });
  const { page } = await openNetwork(t, node, { expected: mayFail(/status of 400/) });
  await page.getByText('Get a free name', { exact: true }).click();
  await field(page, 'Name').fill('anna.dedyn.io');
  const token = page.getByLabel('Token', { exact: true });
  await token.fill('wrong-token');
  await press(page, 'Get this name');
  await page.getByText('To get a certificate, you have to agree').waitFor();
  const form = page.locator('form', { has: token });
  await form.getByRole('checkbox').check();
  await press(page, 'Get this name');
  await page.getByText(/deSEC doesn’t accept this token/).waitFor();
  await token.fill(desec.token);
  await press(page, 'Get this name');
  await page.getByText(`At deSEC. Leads to ${desec.outside}`).waitFor();
  assert.equal(new URL((await node.api.settings({})).public_url ?? '').hostname, 'anna.dedyn.io');
  await press(page, 'Enter another token…');
  await token.waitFor();
  await press(page, 'Cancel');
  await press(page, 'Give up');
  await page.getByRole('dialog').getByRole('button', { name: 'Give up' }).click();
  await until([node], 'no name', async () => (await node.api.keptName({})).kept === null);
  assert.equal(desec.records.size, 0);
  await page.getByRole('button', { name: 'Get this name' }).waitFor();
});
