import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { reachable } from '../../../support/pairing/pairing.ts';

const passphrase = 'lantern gravel opera quince mitten';
const skip = noBrowser;
after(closeBrowser);

/** The node may stop a moment before the window closes, and the browser reports that. */
const mayFail = (also = /^$/) => new RegExp(`net::ERR_CONNECTION|${also.source}`);

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Saves the recovery file on the screens. Returns its text. */
async function saveRecovery(page: Page): Promise<string> {
  await field(page, 'Passphrase').fill(passphrase);
  await field(page, 'Repeat passphrase').fill(passphrase);
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Save recovery file')]);
  assert.match(download.suggestedFilename(), /-recovery-\d{4}-\d\d-\d\d\.json$/);
  return readFileSync(await download.path(), 'utf8');
}

/** From the first screen to a server of that name; `user` is what the screens propose. */
async function nameServer(page: Page, name: string, user: string): Promise<void> {
  await field(page, 'Server name').fill(name);
  await page.getByText(`@${user}`).waitFor();
  await press(page, 'Continue');
  await heading(page, 'Is this name right?').waitFor();
  await page.getByRole('button', { name: `Create ${name}` }).click();
}

test('the first run is three choices, a name, and a confirmation of it', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail() });

  await heading(page, 'Welcome').waitFor();
  assert.equal(await page.getByRole('navigation', { name: 'Main menu' }).count(), 0);
  for (const choice of [/^I was invited/, /^Restore my server/])
    assert.ok(await page.getByRole('link', { name: choice }).isVisible());
  await page.getByRole('link', { name: /^Set up a new server/ }).click();
  await field(page, 'Server name').fill('anna.test');
  await page.getByText('anna.test is reserved for examples and tests.').waitFor();
  await press(page, 'Continue');
  await heading(page, 'Is this name right?').waitFor();
  await page.getByText('@anna:anna.test').waitFor();
  await page.getByText('Nobody can own it').waitFor();
  assert.equal((await node.api.status({})).set_up, false);
  await press(page, 'Change it');
  assert.equal(await field(page, 'Server name').inputValue(), 'anna.test');
  await page.reload();
  await heading(page, 'Name your server').waitFor();
  await nameServer(page, 'anna.test', 'anna:anna.test');

  await heading(page, 'Chats').waitFor();
  await page.getByRole('navigation', { name: 'Main menu' }).waitFor();
  assert.equal((await node.api.users({})).items[0]?.user_id, '@anna:anna.test');
  await page.goto(`${node.control}/#/welcome/name`);
  await heading(page, 'Chats').waitFor();
});

test('to accept an invite, a new owner only has to choose a name', { skip }, async (t) => {
  const friend = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { link } = await friend.api.makePeerInvite({});
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail(/status of 503/) });
  await page.getByRole('link', { name: /^I was invited/ }).click();
  await field(page, 'Invite link').fill(link ?? '');
  await press(page, 'Continue');
  const { host } = new URL(friend.url);
  await page.getByText(`${host} invited you`).waitFor();
  await page.reload();
  await page.getByText(`${host} invited you`).waitFor();
  await field(page, 'Server name').fill('127.0.0.1');
  await page.getByText('127.0.0.1 is the server that invited you.').waitFor();
  await nameServer(page, 'anna.test', 'anna:anna.test');
  await page.getByRole('heading', { name: `Open the invite from ${host}?` }).waitFor();
  await press(page, 'Continue');
  await page.getByRole('heading', { name: 'Trust ben.test?' }).waitFor();
  await press(page, 'Trust ben.test');
  await press(page, 'Done');
  assert.deepEqual(
    (await node.api.peers({})).items.map(({ server_name }) => server_name),
    ['ben.test'],
  );
  await page.reload();
  await heading(page, 'Chats').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('what is in the field for an invite survives a reload, until it is used', { skip }, async (t) => {
  const friend = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { link } = await friend.api.makePeerInvite({});
  assert.ok(link);
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { path: '#/welcome/invited', expected: mayFail() });
  const [begin, end] = [link.slice(0, 12), link.slice(12)];
  await field(page, 'Invite link').fill(begin);
  await page.reload();
  assert.equal(await field(page, 'Invite link').inputValue(), begin);
  await field(page, 'Invite link').press('End');
  await page.keyboard.insertText(end);
  await page.reload();
  assert.equal(await field(page, 'Invite link').inputValue(), link);
  await press(page, 'Continue');
  await page.getByText(`${new URL(friend.url).host} invited you`).waitFor();
  await press(page, 'Discard');
  await page.reload();
  await page.goto(`${node.control}/#/welcome/invited`);
  assert.equal(await field(page, 'Invite link').inputValue(), '', 'it was used');
});

test('an invalid name is reported while typing, and stays in the field', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { path: '#/welcome/name', expected: mayFail() });
  const name = field(page, 'Server name');
  for (const [typed, reason] of [
    ['https://anna.test', /^Enter a server name such as chat\.example/],
    ['anna.test:8448', /^Enter a server name such as chat\.example/],
    ['anna chat', /^Enter a server name such as chat\.example/],
    ['anna.invalid', /such names never work anywhere/],
    ['änna.test', /Written like that, this is xn--nna-pla\.test/],
  ] as const) {
    await name.fill(typed);
    await page.getByText(reason).waitFor();
    await press(page, 'Continue');
    assert.equal(await name.inputValue(), typed);
    assert.equal(await name.getAttribute('aria-invalid'), 'true');
  }
  await name.fill('anna.test');
  await page.getByText('Change your user name').click();
  await field(page, 'Your user name').fill('Anna!');
  await page.getByText(/begin with a letter or digit/).waitFor();
  await press(page, 'Continue');
  await heading(page, 'Name your server').waitFor();
  assert.equal((await node.api.status({})).set_up, false);
});

test('a single word becomes a unique name with one click', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { path: '#/welcome/name', expected: mayFail() });
  await field(page, 'Server name').fill('anna');
  await page.getByText('A single word isn’t unique').waitFor();
  await page.getByRole('button', { name: /^Use anna-\w{4}\.internal$/ }).click();
  await press(page, 'Continue');
  await page.getByRole('button', { name: /^Create anna-\w{4}\.internal$/ }).click();
  await heading(page, 'Chats').waitFor();
  assert.match((await node.api.status({})).server_name ?? '', /^anna-\w{4}\.internal$/);
});

test('the domain may differ from the server name', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { path: '#/welcome/name', expected: mayFail() });
  await field(page, 'Server name').fill('chat.anna.test');
  // “chat” is the name of a service, so the wizard asks for a user name.
  await press(page, 'Continue');
  await field(page, 'Your user name').fill('anna');
  await page.getByRole('textbox', { name: 'Domain in user names' }).fill('anna.test');
  await page.getByText('@anna:anna.test').waitFor();
  await press(page, 'Continue');
  await page.getByRole('button', { name: 'Create chat.anna.test anyway' }).click();
  await heading(page, 'Chats').waitFor();
  const { server_name, domain } = await node.api.status({});
  assert.deepEqual([server_name, domain], ['chat.anna.test', 'anna.test']);
});

test('a node that doesn’t answer is reported, and nothing you typed is lost', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, {
    path: '#/welcome/name',
    expected: mayFail(/ERR_|Failed to load/),
  });
  await field(page, 'Server name').fill('anna.test');
  await press(page, 'Continue');
  await heading(page, 'Is this name right?').waitFor();
  await node.stop();
  await press(page, 'Create anna.test anyway');
  await page.getByRole('alert').getByText('The node isn’t responding').waitFor();
  await press(page, 'Change it');
  assert.equal(await field(page, 'Server name').inputValue(), 'anna.test');
});

test('a recovery file saved on one machine makes another one the same server', { skip }, async (t) => {
  const lost = await startLocalNode(t, { name: 'anna.test' });
  const before = await lost.api.status({});
  const { page: old } = await openConsole(t, lost, {
    path: '#/server/keys',
    expected: mayFail(/ERR_|Failed to load/),
  });
  const content = await saveRecovery(old);
  await lost.stop();

  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail(/status of 403/) });
  await page.getByRole('link', { name: /^Restore my server/ }).click();
  await page.getByRole('radio', { name: 'A recovery file' }).click();
  await page.getByLabel('Recovery file', { exact: true }).setInputFiles({
    name: 'anna-recovery.json',
    mimeType: 'application/json',
    buffer: Buffer.from(content),
  });
  await page.getByText('anna-recovery.json', { exact: true }).waitFor();
  await field(page, 'Passphrase').fill('not the passphrase');
  await field(page, 'Your user name').fill('anna');
  await press(page, 'Restore from this file');
  await page.getByRole('alert').getByText('made with a different passphrase').waitFor();
  assert.equal(await field(page, 'Passphrase').inputValue(), 'not the passphrase');

  await field(page, 'Passphrase').fill(passphrase);
  await press(page, 'Restore from this file');
  await heading(page, 'Chats').waitFor();
  const now = await node.api.status({});
  assert.deepEqual([now.server_name, now.active_key], [before.server_name, before.active_key]);
});

test('a backup folder restores everything, and the page continues without another login', {
  skip,
}, async (t) => {
  const lost = await startLocalNode(t, { name: 'anna.test', onFile: true });
  await lost.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { folder } = await lost.api.backUp({});
  await lost.stop();
  const node = await startLocalNode(t, { name: 'new.test', setUp: false, onFile: true });
  const { page } = await openConsole(t, node, {
    path: '#/welcome/restore',
    expected: mayFail(/ERR_|Failed to load|status of (?:400|503)/),
  });
  await field(page, 'Backup folder').fill('backups/anna');
  await press(page, 'Restore this backup');
  await page.getByRole('alert').getByText('is not the full path of a folder').waitFor();
  await field(page, 'Backup folder').fill(folder);
  await press(page, 'Restore this backup');
  await heading(page, 'Chats').waitFor();
  await page.getByText('Kitchen').first().waitFor();
  assert.equal((await node.api.status({})).server_name, 'anna.test');
});
