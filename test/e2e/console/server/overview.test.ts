import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { befriend, shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

/** The node may stop a moment before the window closes, and the browser reports that. */
const mayFail = (also = /^$/) => new RegExp(`net::ERR_CONNECTION|${also.source}`);

test('the status names the one thing to do next, and nothing once all is done', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  const { page } = await openConsole(t, node, { path: '#/server', expected: mayFail() });
  const next = page.getByRole('region', { name: 'Next step' });
  await next.getByText('Start a chat').waitFor();
  assert.equal(await next.getByRole('link').count(), 1);
  await node.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await next.getByText('Invite your first friend').waitFor();
  await node.api.addPeer({ endpoint: friend.url });
  await next.getByText('Let friends reach you').waitFor();
  await node.api.changeSettings({ public_url: node.url });
  await next.getByText('Save your recovery file').waitFor();
  await next.getByRole('link', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Keys and backup' }).waitFor();
  await page.goBack();
  await next.waitFor();
  await node.api.exportIdentity({ passphrase: 'lantern gravel opera quince' });
  await next.waitFor({ state: 'detached' });
});

test('the status shows who is connected and when the last backup was made', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  const { page } = await openConsole(t, node, { path: '#/server', expected: mayFail() });
  await page.getByText('You haven’t invited anybody yet').waitFor();
  await page.getByText('None yet').waitFor();
  await shareRoom(node, friend);
  // A person is known by name once a room is shared.
  await page
    .getByRole('list', { name: 'Connected' })
    .getByRole('link', { name: 'ben', exact: true })
    .waitFor();
  await node.api.backUp({});
  await page.getByText('just now').first().waitFor();
});

test('health says what is wrong and links to where it can be fixed', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, { path: '#/server', expected: mayFail() });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  await node.api.addPeer({ endpoint: friend.url });
  await page
    .getByRole('region', { name: 'Working' })
    .getByText('Your server is running. 1 other server hasn’t made contact yet.')
    .waitFor();
  await friend.stop();
  await node.api.checkPeer({ server_name: 'ben.test' });
  const room = await node.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await node.api.inviteUser({ room_id: room.room_id, user_id: '@ben:ben.test' });
  const health = page.getByRole('region', { name: 'Waiting' });
  await health.getByText('ben.test isn’t answering. Your messages wait.').waitFor();
  await health.getByRole('link', { name: 'View ben.test' }).click();
  await page.getByRole('heading', { name: 'ben.test' }).waitFor();
});

test('traffic is drawn live, and also shown as text and as a table', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  await befriend(node, friend);
  const { page } = await openConsole(t, node, { path: '#/server', expected: mayFail() });
  assert.equal(await page.locator('canvas').count(), 0, 'no charts until asked for');
  await page.getByText('Traffic', { exact: true }).click();
  const events = page.getByRole('figure', { name: 'Events' });
  const answers = page.getByRole('figure', { name: 'Peer response time' });
  await events.getByText('Nothing happened in the last hour.').waitFor();
  await answers.getByText('Nothing was sent to a peer in the last hour.').waitFor();

  const room = await node.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  await friend.api.joinRoom({ room_id: room.room_id });
  await friend.api.postMessage({ room_id: room.room_id, body: 'hello' });
  for (const body of ['one', 'two', 'three']) await node.api.postMessage({ room_id: room.room_id, body });
  await until([node], 'all is delivered', async () => (await node.api.status({})).outbox.queued === 0);
  await events
    .getByText(/[1-9]\d* events? received, [1-9]\d* events delivered and 0 failed attempts/)
    .waitFor();
  await answers.getByText(/on average, .* at most in the last hour/).waitFor();
  assert.equal(await events.locator('canvas').count(), 1);

  await events.getByText('Show as a table').click();
  await events.getByRole('columnheader', { name: 'Delivered' }).waitFor();
  assert.ok((await events.getByRole('row').count()) >= 2);
  await page.getByRole('radio', { name: 'Last day' }).click();
  await events.getByText(/delivered and 0 failed attempts in the last day/).waitFor();
});

test('the plots fit a window that becomes narrow, and follow the colours of the system', {
  skip,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page } = await openConsole(t, node, {
    path: '#/server',
    ownWindow: true,
    colorScheme: 'light',
    expected: mayFail(),
  });
  await page.getByText('Traffic', { exact: true }).click();
  const canvas = page.getByRole('figure', { name: 'Events' }).locator('canvas');
  await canvas.waitFor();
  const picture = () => page.evaluate<string>(`document.querySelector('figure canvas').toDataURL()`);
  const light = await picture();
  await page.emulateMedia({ colorScheme: 'dark' });
  await until([node], 'drawn in dark colours', async () => (await picture()) !== light);
  await page.setViewportSize({ width: 360, height: 740 });
  await until(
    [node],
    'no wider than the window',
    async () => ((await canvas.boundingBox())?.width ?? 999) < 330,
  );
  assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 360);
});

test('while federation is paused, new messages wait until it resumes', { skip }, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const friend = await startLocalNode(t, { name: 'ben.test' });
  const room_id = await shareRoom(node, friend);
  const { page } = await openConsole(t, node, { path: '#/server', expected: mayFail() });
  const heard = async (body: string) =>
    (await friend.api.timeline({ room_id })).items.some((item) => item.body === body);
  await node.api.postMessage({ room_id, body: 'before' });
  await until([friend], 'what is written arrives', () => heard('before'));

  await page.getByRole('button', { name: 'More about this server' }).click();
  await page.getByRole('menuitem', { name: 'Pause federation' }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause federation?' });
  await dialog.getByText(/nothing is lost/).waitFor();
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('region', { name: 'Needs you' }).waitFor();
  await node.api.postMessage({ room_id, body: 'meanwhile' });
  await until([node], 'it waits', async () => (await node.api.status({})).outbox.queued === 1);
  assert.equal(await heard('meanwhile'), false);

  await page.getByRole('button', { name: 'Resume federation' }).click();
  await page.getByRole('region', { name: 'Working' }).waitFor();
  await until([friend], 'what waited arrives', () => heard('meanwhile'));
});
