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

/** From the first screen to the question where the friends are. */
async function beginChat(page: Page, name: string): Promise<void> {
  await field(page, 'Your name').fill(name);
  await press(page, 'Start a chat');
  await heading(page, 'Where are your friends?').waitFor();
}

test('the first run asks for a name and where the friends are, and ends with a link', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail() });
  await heading(page, 'What’s your name?').waitFor();
  assert.equal(await page.getByRole('navigation', { name: 'Main menu' }).count(), 0);
  await press(page, 'Start a chat');
  await page.getByText('Enter a name.').waitFor();
  await field(page, 'Your name').fill('Änne Groß');
  await page.getByText('Your user name is @aenne-gross.').waitFor();
  await page.reload();
  assert.equal(await field(page, 'Your name').inputValue(), 'Änne Groß');
  await press(page, 'Start a chat');
  await page.getByText(/^Your server: aenne-gross-\w{4}\.internal/).waitFor();
  assert.equal((await node.api.status({})).set_up, false);
  await page.getByRole('button', { name: 'Elsewhere' }).click();

  await heading(page, 'Invite a friend').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Friend to Router: not tested' }).waitFor();
  await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
  await page.reload();
  await heading(page, 'Invite a friend').waitFor();
  const [owner] = (await node.api.users({})).items;
  assert.deepEqual([owner?.localpart, owner?.display_name], ['aenne-gross', 'Änne Groß']);
  await press(page, 'Save…');
  await saveRecovery(page);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await press(page, 'Later');
  await heading(page, 'Chats').waitFor();
  await page.goto(`${node.control}/#/welcome/name`);
  await heading(page, 'Chats').waitFor();
});

test('the link of the first run is for a new room, and the same after a reload', { skip }, async (t) => {
  const node = await reachable(await startLocalNode(t, { name: 'anna.test', setUp: false }));
  const { page } = await openConsole(t, node, { expected: mayFail() });
  await beginChat(page, 'Anna');
  await page.getByRole('button', { name: 'Elsewhere' }).click();
  const link = page.getByRole('textbox', { name: 'Invite link' });
  const first = await link.inputValue();
  await page.reload();
  assert.equal(await link.inputValue(), first);
  const [invite, ...more] = (await node.api.peerInvites({})).items;
  assert.deepEqual([invite?.room?.name, invite?.where, more], ['Friends', 'elsewhere', []]);
});

test('an invited newcomer gives a name, pastes the message, and joins', { skip }, async (t) => {
  const friend = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { room_id } = await friend.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const { link } = await friend.api.makePeerInvite({ room_id });
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail(/status of 503/) });
  await field(page, 'Your name').fill('Anna');
  await press(page, 'I was invited');
  await field(page, 'Invite link').fill(`Look at this: ${link}. See you!`);
  await press(page, 'Continue');
  await heading(page, 'Join “Kitchen”?').waitFor();
  for (const said of ['ben', 'Kitchen', 'ben.test']) await page.getByText(said, { exact: true }).waitFor();
  assert.equal((await node.api.status({})).set_up, false);
  await press(page, 'Join');
  await page.getByRole('textbox', { name: /message/i }).waitFor();
  assert.deepEqual(
    (await node.api.peers({})).items.map(({ server_name }) => server_name),
    ['ben.test'],
  );
  assert.match((await node.api.status({})).server_name ?? '', /^anna-\w{4}\.internal$/);
});

test('an invite that fails after the name was given says so, and the server is there', {
  skip,
}, async (t) => {
  const friend = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { link, id } = await friend.api.makePeerInvite({});
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail(/status of (?:409|400|503)/) });
  await field(page, 'Your name').fill('Anna');
  await press(page, 'I was invited');
  await field(page, 'Invite link').fill(link ?? '');
  await press(page, 'Continue');
  await heading(page, 'Trust ben.test?').waitFor();
  await friend.api.revokePeerInvite({ id });
  await press(page, 'Trust ben.test');
  await page.getByRole('alert').waitFor();
  await heading(page, 'Trust ben.test?').waitFor();
  await page.reload();
  await heading(page, 'Chats').waitFor();
});

test('the text in the field for an invite survives a reload, until it is used', { skip }, async (t) => {
  const friend = await reachable(await startLocalNode(t, { name: 'ben.test' }));
  const { link } = await friend.api.makePeerInvite({});
  assert.ok(link);
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail() });
  await field(page, 'Your name').fill('Anna');
  await press(page, 'I was invited');
  await field(page, 'Invite link').fill(link.slice(0, 12));
  await page.reload();
  assert.equal(await field(page, 'Invite link').inputValue(), link.slice(0, 12));
  await field(page, 'Invite link').press('End');
  await page.keyboard.insertText(link.slice(12));
  await press(page, 'Continue');
  await press(page, 'Trust ben.test');
  await page.getByText('ben.test and your server trust each other').waitFor();
  await press(page, 'Done');
  await heading(page, 'Chats').waitFor();
  assert.equal(await page.evaluate('sessionStorage.getItem("typed invite")'), null);
});

test('an invalid server name is reported while typing, and stays in the field', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail() });
  await beginChat(page, 'Anna');
  await page.getByRole('link', { name: 'Change' }).click();
  const name = field(page, 'Server name');
  assert.match(await name.inputValue(), /^anna-\w{4}\.internal$/);
  for (const [typed, reason] of [
    ['https://anna.test', /^Enter a server name such as chat\.example/],
    ['anna.test:8448', /^Enter a server name such as chat\.example/],
    ['anna chat', /^Enter a server name such as chat\.example/],
    ['anna.invalid', /such names don’t work anywhere/],
    ['änna.test', /It will be xn--nna-pla\.test/],
  ] as const) {
    await name.fill(typed);
    await page.getByText(reason).waitFor();
    await press(page, 'Use this name');
    assert.equal(await name.inputValue(), typed);
    assert.equal(await name.getAttribute('aria-invalid'), 'true');
  }
  await name.fill('anna.test');
  await page.getByText('Change your user name').click();
  await field(page, 'Your user name').fill('Anna!');
  await page.getByText(/begin with a letter or digit/).waitFor();
  await press(page, 'Use this name');
  await heading(page, 'Name your server').waitFor();
  assert.equal((await node.api.status({})).set_up, false);
});

test('a domain of one’s own may be the server’s name, and differ from the one in user names', {
  skip,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail() });
  await beginChat(page, 'Anna');
  await page.getByRole('link', { name: 'Change' }).click();
  await field(page, 'Server name').fill('anna');
  await page.getByText('A single word isn’t unique').waitFor();
  await page.getByRole('button', { name: /^Use anna-\w{4}\.internal$/ }).waitFor();
  await field(page, 'Server name').fill('chat.anna.test');
  await page.getByText('Change your user name').click();
  await page.getByRole('textbox', { name: 'Domain in user names' }).fill('anna.test');
  await page.getByText('@anna:anna.test').waitFor();
  await press(page, 'Use this name');
  await page.getByText('Your server: chat.anna.test').waitFor();
  await page.getByRole('button', { name: 'At home' }).click();
  await heading(page, 'Invite a friend').waitFor();
  const { server_name, domain } = await node.api.status({});
  assert.deepEqual([server_name, domain], ['chat.anna.test', 'anna.test']);
});

test('a node that doesn’t answer is reported, and nothing you typed is lost', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test', setUp: false });
  const { page } = await openConsole(t, node, { expected: mayFail(/ERR_|Failed to load/) });
  await beginChat(page, 'Anna');
  await node.stop();
  await page.getByRole('button', { name: 'At home' }).click();
  await page.getByRole('alert').getByText('Your server isn’t responding').waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  assert.equal(await field(page, 'Your name').inputValue(), 'Anna');
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
  await press(page, 'Restore from this file');
  await page.getByRole('alert').getByText('Wrong passphrase').waitFor();
  assert.equal(await field(page, 'Passphrase').inputValue(), 'not the passphrase');

  await field(page, 'Passphrase').fill(passphrase);
  await press(page, 'Restore from this file');
  await heading(page, 'Your server is back').waitFor();
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
  await page.getByRole('alert').getByText('isn’t the full path of a folder').waitFor();
  await field(page, 'Backup folder').fill(folder);
  await press(page, 'Restore this backup');
  await heading(page, 'Your server is back').waitFor();
  await page.getByRole('link', { name: 'Chats', exact: true }).click();
  await heading(page, 'Chats').waitFor();
  await page.getByText('Kitchen').first().waitFor();
  assert.equal((await node.api.status({})).server_name, 'anna.test');
});
