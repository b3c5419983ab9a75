import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { pictureBytes, postFile } from '../../../support/nodes/files.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const field = (page: Page) => page.getByRole('searchbox', { name: 'Search chats and messages' });
const hits = (page: Page) => page.getByRole('region', { name: 'Messages' }).getByRole('link');

/** Two rooms; in the first, the message to find is far above those that a room shows when it opens. */
async function twoRooms(t: Parameters<typeof startLocalNode>[0]): Promise<{ a: LocalNode; rooms: string[] }> {
  const a = await startLocalNode(t, { name: 'a.test' });
  const rooms: string[] = [];
  for (const name of ['Kitchen', 'Book club']) {
    const { room_id } = await a.api.createRoom({ name, join_rule: 'invite' });
    rooms.push(room_id);
  }
  const [kitchen = '', club = ''] = rooms;
  await a.api.postMessage({ room_id: kitchen, body: 'before the cake' });
  await a.api.postMessage({ room_id: kitchen, body: 'The **birthday cake** needs four eggs' });
  await a.api.postMessage({ room_id: kitchen, body: 'after the cake' });
  for (let n = 0; n < 80; n++) await a.api.postMessage({ room_id: kitchen, body: `line ${n}` });
  await a.api.postMessage({ room_id: club, body: 'A chapter about birthdays' });
  await postFile(a, club, pictureBytes('club'), { name: 'birthday.png' });
  return { a, rooms };
}

test('messages are found while somebody types, and a press leads to the message in its room', {
  skip,
}, async (t) => {
  const { a, rooms } = await twoRooms(t);
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(rooms[1] ?? '')}` });
  await field(page).pressSequentially('birthd');
  await hits(page).nth(2).waitFor();
  assert.equal(await hits(page).count(), 3);
  const hit = hits(page).filter({ hasText: 'four eggs' });
  await hit.getByText('Kitchen').waitFor();
  await hit.getByText('You: before the cake').waitFor();
  await hit.getByText('You: after the cake').waitFor();
  assert.equal(await hit.locator('mark').textContent(), 'birthd');
  await hit.click();
  await page.waitForURL(new RegExp(encodeURIComponent(rooms[0] ?? '')));
  const message = page.getByRole('article').filter({ hasText: 'birthday cake needs four eggs' });
  await message.waitFor();
  await until([a], 'the message is in view', async () => {
    const box = await message.boundingBox();
    return box !== null && box.y >= 0 && box.y + box.height <= 800;
  });
  assert.equal(await field(page).inputValue(), 'birthd', 'the search stays');
});

test('filters are typed or pressed, in both languages, and a press removes them', { skip }, async (t) => {
  const { a } = await twoRooms(t);
  const { page } = await openConsole(t, a, { path: '#/chats' });
  await field(page).fill('birthday in:kitchen');
  await hits(page).filter({ hasText: 'four eggs' }).waitFor();
  await hits(page).filter({ hasText: 'You A chapter' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Remove the filter in:kitchen' }).click();
  await hits(page).filter({ hasText: 'You A chapter' }).waitFor();
  await page.getByRole('button', { name: 'With files' }).click();
  await hits(page).filter({ hasText: 'You A chapter' }).waitFor({ state: 'detached' });
  await hits(page).filter({ hasText: 'You birthday.png' }).waitFor();
  await field(page).fill('birthday mit:datei mit:datei');
  await page.getByRole('button', { name: 'Remove the filter mit:datei' }).last().click();
  assert.equal(await field(page).inputValue(), 'birthday mit:datei');
  await field(page).fill('birthday vor:01.01.2020');
  await page.getByText('No message matches.').waitFor();
  await field(page).fill('birthday von:nobody');
  await page.getByText('No message matches.').waitFor();
  await field(page).fill('birthday von:a mit:datei in:"book club"');
  await hits(page).filter({ hasText: 'You birthday.png' }).waitFor();
  assert.equal(await hits(page).count(), 1);
});

test('the keyboard alone leads from Ctrl+K to a message', { skip }, async (t) => {
  const { a } = await twoRooms(t);
  const { page } = await openConsole(t, a, { path: '#/chats' });
  await field(page).waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('four eggs');
  await page.getByRole('option', { name: 'Search messages for “four eggs”' }).waitFor();
  await page.keyboard.press('Enter');
  await hits(page).filter({ hasText: 'four eggs' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('article').filter({ hasText: 'birthday cake needs four eggs' }).waitFor();
  await field(page).focus();
  await page.keyboard.press('Escape');
  assert.equal(await field(page).inputValue(), '');
  await page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: 'Book club' }).waitFor();
});

test('on a phone, a search leads to a message and back, and a room can be searched', { skip }, async (t) => {
  const { a } = await twoRooms(t);
  const { page } = await openConsole(t, a, {
    path: '#/chats',
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
    reducedMotion: 'reduce',
  });
  await field(page).fill('eggs');
  await hits(page).filter({ hasText: 'four eggs' }).tap();
  await page.getByRole('article').filter({ hasText: 'birthday cake needs four eggs' }).waitFor();
  await page.getByRole('button', { name: 'More about this room' }).tap();
  await page.getByRole('menuitem', { name: 'Search in this room' }).tap();
  assert.equal(await field(page).inputValue(), 'in:Kitchen ');
  await page.getByRole('button', { name: 'Remove the filter in:Kitchen' }).waitFor();
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
});
