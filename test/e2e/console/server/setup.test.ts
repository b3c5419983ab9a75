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
  await dialog.getByRole('textbox', { name: 'Server name' }).fill('anna.chat');
  await dialog.getByRole('button', { name: 'Change name' }).click();
  await page.getByText('Name changed.').waitFor();
  await page.getByText('anna.chat', { exact: true }).waitFor();

  const friend = await startLocalNode(t, { name: 'ben.test' });
  await shareRoom(node, friend);
  await page.getByText('It can’t be changed any more: other servers know it.').waitFor();
  await page.getByRole('button', { name: 'Change…' }).waitFor({ state: 'detached' });
});
