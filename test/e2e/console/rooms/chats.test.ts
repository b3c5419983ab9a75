import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { hold } from '../../../support/browser/message.ts';
import { shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

test('the console opens in the last room', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await a.api.createRoom({ name: 'Cellar', join_rule: 'invite' });
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  await page.getByRole('heading', { name: 'Kitchen' }).waitFor();
  await page.goto(`${a.control}/?again`);
  await page.getByRole('heading', { name: 'Kitchen' }).waitFor();
  await page.waitForURL(new RegExp(encodeURIComponent(room_id)));
});

test('the list of chats shows what is being written, and finds a chat by its name', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  const cellar = await a.api.createRoom({ name: 'Cellar', join_rule: 'invite' });
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const row = (name: string) => page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name });
  await page.getByRole('textbox', { name: /^Message to/ }).fill('half a thought');
  assert.equal(await row('Kitchen').getByText('Draft:').count(), 0, 'it is in the field');
  await row('Cellar').click();
  await page.waitForURL(new RegExp(encodeURIComponent(cellar.room_id)));
  await row('Kitchen').getByText('Draft: half a thought').waitFor();
  await page.reload();
  await row('Kitchen').getByText('Draft: half a thought').waitFor();

  const search = page.getByRole('searchbox', { name: 'Search chats and messages' });
  await search.fill('cell');
  await row('Kitchen').waitFor({ state: 'detached' });
  await search.fill('attic');
  await page.getByText('No message matches.').waitFor();
  assert.equal(await row('Cellar').count(), 0);
});

test('only the newest own message shows its delivery, unless an earlier one failed', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  const room_id = await shareRoom(a, b);
  for (const body of ['one', 'two']) await a.api.postMessage({ room_id, body });
  await until([a], 'nothing waits', async () => (await a.api.outbox({})).items.length === 0);
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const tick = (body: string) =>
    page
      .getByRole('article')
      .filter({ hasText: body })
      .getByRole('button', { name: /Delivered/ });
  await tick('two').waitFor();
  assert.equal(await tick('one').count(), 0);
});

test('a finger that rests on a message opens a sheet with everything that can be done with it, a tap nothing', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Kitchen', join_rule: 'invite' });
  await a.api.postMessage({ room_id, body: 'soup at eight' });
  const { page } = await openConsole(t, a, {
    path: `#/chats/${encodeURIComponent(room_id)}`,
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  });
  const message = page.getByRole('article').filter({ hasText: 'soup at eight' });
  await message.tap();
  const sheet = page.getByRole('dialog', { name: 'Message actions' });
  await hold(message);
  for (const name of ['👍', 'Copy text', 'Edit', 'Details', 'Delete'])
    await sheet.getByRole('button', { name, exact: true }).waitFor();
  await sheet.getByRole('button', { name: '👍' }).tap();
  await sheet.waitFor({ state: 'detached' });
  await message.getByText('👍').waitFor();
  await hold(message);
  await page.goBack();
  await sheet.waitFor({ state: 'detached' });
  assert.equal(
    new URL(page.url()).hash,
    `#/chats/${encodeURIComponent(room_id)}`,
    'back closed only the sheet',
  );
  assert.equal(await page.getByRole('navigation', { name: 'Main menu' }).isVisible(), false);
});
