import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';

const skip = noBrowser;
after(closeBrowser);

test('the server can be renamed until another one knows it, and the page says why it no longer can', {
  skip,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'typo.test', onFile: true });
  const { page } = await openConsole(t, node, { path: '#/server/settings/setup' });
  await page.getByText('You can change it until another server knows it.').waitFor();
  await page.getByRole('button', { name: 'Change…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change the server’s name' });
  const change = dialog.getByRole('button', { name: 'Change name' });
  // It has this name already.
  assert.equal(await dialog.getByRole('textbox', { name: 'Server name' }).inputValue(), 'typo.test');
  assert.equal(await change.isDisabled(), true);
  await dialog.getByRole('textbox', { name: 'Server name' }).fill('');
  assert.equal(await change.isDisabled(), true);
  await dialog.getByRole('textbox', { name: 'Server name' }).fill('anna.chat');
  await change.click();
  await page.getByText('Name changed.').waitFor();
  await page.getByText('anna.chat', { exact: true }).waitFor();

  const friend = await startLocalNode(t, { name: 'ben.test' });
  await shareRoom(node, friend);
  await page.getByText('It can’t be changed any more: other servers know it.').waitFor();
  await page.getByRole('button', { name: 'Change…' }).waitFor({ state: 'detached' });
});

test('the keys, the invite and the trust list of the first run are opened again', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  const { page } = await openConsole(t, node, { path: '#/server/settings/setup' });
  const step = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  await step('Keys and recovery file').getByText('You haven’t saved a recovery file yet.').waitFor();
  await step('Invite a friend').getByRole('button', { name: 'Invite…' }).click();
  await page.getByRole('dialog', { name: 'Invite a friend' }).waitFor();
  await page.keyboard.press('Escape');

  await step('Trust list').getByRole('button', { name: 'Import…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import a trust list' });
  const list = { peers: [{ server_name: 'ben.test', endpoint: friend.url, mode: 'allow' }] };
  await dialog.getByRole('textbox', { name: 'Or paste its contents' }).fill(JSON.stringify(list));
  await dialog.getByRole('list', { name: 'New' }).getByText('ben.test').waitFor();
  assert.equal((await node.api.peers({})).items.length, 0, 'looking changes nothing');
  await dialog.getByRole('button', { name: 'Apply 1 change' }).click();
  await dialog.getByText('1 imported.').waitFor();
  await page.keyboard.press('Escape');
  assert.equal((await node.api.peers({})).items[0]?.mode, 'allow');

  await node.api.exportIdentity({ passphrase: 'four unrelated words here' });
  await step('Keys and recovery file').getByText('Your recovery file is saved.').waitFor();
  await step('Keys and recovery file').getByRole('link', { name: 'Open' }).click();
  await page.getByRole('heading', { level: 1, name: 'Keys and backup' }).waitFor();
});
