import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole, openPage } from '../../../support/browser/browser.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

/** The node may stop a moment before the window closes, and the browser reports that. */
const mayFail = (also = /^$/) => new RegExp(`net::ERR_CONNECTION|${also.source}`);

test('a user can be added; an existing one is refused, and the form keeps what was typed', {
  skip,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, {
    path: '#/people',
    expected: mayFail(/status of 400/),
  });
  const users = page.getByRole('list', { name: 'People on this server' });
  const name = page.getByRole('textbox', { name: 'User name', exact: true });
  await users.getByText('@anna').waitFor();
  await page.getByText('Add a user for a bot').click();
  await name.fill('mia');
  await page.getByRole('textbox', { name: 'Display name' }).fill('Mia M.');
  await page.getByRole('button', { name: 'Add user' }).click();
  await users.getByText('@mia').waitFor();
  await users.getByText('Mia M.').waitFor();
  assert.equal(await name.inputValue(), '');

  await name.fill('mia');
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByText(/@mia:anna\.test already exists/).waitFor();
  assert.equal(await name.inputValue(), 'mia');
});

test('keys are rotated after a confirmation that says what this does', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  await node.api.exportIdentity({ passphrase: 'lantern gravel opera quince' });
  const { page } = await openConsole(t, node, { path: '#/server/keys', expected: mayFail() });
  const keys = page.getByRole('list', { name: 'Signing keys' });
  const before = (await node.api.status({})).active_key!;
  await keys.getByText(before.fingerprint).waitFor();

  await page.getByRole('radio', { name: 'In an hour' }).click();
  await page.getByRole('button', { name: 'Rotate the key…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Rotate the signing key?' });
  await dialog.getByText(/starts signing with a new key in an hour/).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await node.api.keys({})).items.length, 1);

  await page.getByRole('button', { name: 'Rotate the key…' }).click();
  await dialog.getByRole('button', { name: 'Rotate key' }).click();
  await keys.getByText('announced').waitFor();
  assert.equal((await node.api.status({})).active_key?.key_id, before.key_id);
  // The saved file doesn't contain the new key.
  await page.getByText('You have no recovery file with all keys of your server.').waitFor();
});

test('a recovery file refuses a short passphrase, and two that differ', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, { path: '#/server/keys', expected: mayFail() });
  const [first, again] = [
    page.getByRole('textbox', { name: 'Passphrase', exact: true }),
    page.getByRole('textbox', { name: 'Repeat passphrase' }),
  ];
  await first.fill('too short');
  await page.getByText('3 more characters needed.').waitFor();
  await first.fill('aaaaaaaaaaaaaaaa');
  await page.getByText(/Weak\. Add/).waitFor();
  await first.fill('lantern gravel opera quince mitten tundra');
  await page.getByText('Strong.').waitFor();
  await again.fill('lantern gravel opera');
  await page.getByText('The passphrases don’t match yet.').waitFor();
  await page.getByRole('button', { name: 'Save recovery file' }).click();
  // Pressing it leads back to the invalid field.
  await page.locator('input[aria-invalid="true"]:focus').waitFor();
  assert.equal((await node.api.status({})).recovery_saved_at, null);
});

test('a setting that the node refuses stays in its field', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, {
    path: '#/server/settings/delivery',
    expected: mayFail(/status of 400/),
  });
  const days = page.getByRole('textbox', { name: 'Keep trying for (days)' });
  const form = page.getByRole('region', { name: 'Delivery', exact: true });
  await days.fill('999');
  await page.getByText('Enter a whole number from 1 to 365.').waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText(/1 to 365 days/).waitFor();
  assert.equal(await days.inputValue(), '999');
  assert.equal((await node.api.settings({})).outbox_max_age_days, 30);

  await days.fill('14');
  await form.getByRole('button', { name: 'Save' }).click();
  await until(
    [node],
    'the node has it',
    async () => (await node.api.settings({})).outbox_max_age_days === 14,
  );
});

test('two windows show the same setting, and text being typed in one stays', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page, context, errors } = await openConsole(t, node, {
    path: '#/server/settings/delivery',
    expected: mayFail(),
  });
  const other = await openPage(context, errors);
  await other.goto(page.url());
  const daysIn = (window: typeof page) => window.getByRole('textbox', { name: 'Keep trying for (days)' });
  await daysIn(page).waitFor();
  await daysIn(other).waitFor();
  await other.getByRole('textbox', { name: 'Requests per minute' }).fill('123');

  await daysIn(page).fill('7');
  await page
    .getByRole('region', { name: 'Delivery', exact: true })
    .getByRole('button', { name: 'Save' })
    .click();
  await until([node], 'the other window shows it', async () => (await daysIn(other).inputValue()) === '7');
  assert.equal(await other.getByRole('textbox', { name: 'Requests per minute' }).inputValue(), '123');
  await other.getByRole('button', { name: 'Discard' }).click();
  assert.equal(await other.getByRole('textbox', { name: 'Requests per minute' }).inputValue(), '6000');
});

test('a token is shown once, works, and is revoked after a confirmation', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, { path: '#/server/settings/tokens', expected: mayFail() });
  await page.getByText('You have no tokens yet.').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('weather bot');
  await page.getByRole('button', { name: 'Create a token' }).click();
  const token = await page.getByText(/^paracord_/).innerText();
  const ask = () => fetch(`${node.control}/api/v1/rooms`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask()).status, 200);
  await page.getByRole('button', { name: 'I’ve copied it' }).click();
  await page.getByText(token).waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Revoke weather bot' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('You have no tokens yet.').waitFor();
  assert.equal((await ask()).status, 401);
});

test('a backup is created and listed with its folder', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, { path: '#/server/keys', expected: mayFail() });
  await page.getByText('There are no backups in the data folder yet.').waitFor();
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('list', { name: 'Backups' }).getByRole('listitem').waitFor();
  const [backup] = (await node.api.backups({})).items;
  await page.getByText(backup!.folder).waitFor();
});

test('diagnostics are shown before they are saved', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, { path: '#/server/settings/diagnostics', expected: mayFail() });
  assert.equal(await page.getByRole('button', { name: 'Save as a file' }).count(), 0);
  await page.getByRole('button', { name: 'Show report' }).click();
  const shown = await page.getByRole('textbox', { name: 'Diagnostic report' }).inputValue();
  assert.equal(JSON.parse(shown).status.server_name, 'anna.test');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as a file' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /diagnostics/);
});

test('in a narrow window the sections are a list, and each leads back to it', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, {
    path: '#/server',
    viewport: { width: 360, height: 740 },
    expected: mayFail(),
  });
  const sections = page.getByRole('navigation', { name: 'Below Server' });
  await sections.getByRole('link', { name: 'Keys and backup' }).click();
  const heading = page.getByRole('heading', { name: 'Keys and backup' });
  await heading.waitFor();
  await sections.waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 360);
  await page.getByRole('main').getByRole('link', { name: 'Server' }).click();
  await sections.waitFor();
  await heading.waitFor({ state: 'hidden' });
});

test('a second browser is added from the first, and either can log the other out', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const path = '#/server/settings/browsers';
  const { page } = await openConsole(t, node, { path, expected: mayFail() });
  const list = page.getByRole('list', { name: 'Logged-in browsers' });
  await list.getByText('this browser').waitFor();
  assert.equal(await list.getByRole('listitem').count(), 1);
  await page.getByRole('button', { name: 'Add a browser' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a browser' });
  await dialog.getByRole('button', { name: 'Create link' }).click();
  await dialog.getByText('Waiting for the other browser').waitFor();
  const link = await dialog.locator('code').innerText();

  const { page: other } = await openConsole(t, node, {
    login: false,
    ownWindow: true,
    expected: mayFail(/status of 401/),
  });
  await other.goto(link);
  await other.locator('main#content').waitFor();
  await dialog.getByText(/ is logged in\.$/).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  assert.equal(await list.getByRole('listitem').count(), 2);

  await list
    .getByRole('listitem')
    .filter({ hasNotText: 'this browser' })
    .getByRole('button', { name: /^Log out/ })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click();
  await other.getByRole('heading', { name: 'Log in to the console' }).waitFor();
  await until([node], 'one is left', async () => (await node.api.browsers({})).items.length === 1);
});

test('logging out leads to the login page, and the next page needs a login link', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, {
    path: '#/server/settings/about',
    expected: mayFail(/status of 401/),
  });
  await page.getByRole('button', { name: 'Log out of the console' }).click();
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
});
