import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, wholeFile } from '../../../support/browser/browser.ts';
import { roomOfBoth, twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const { a, b } = await twoFriends(wholeFile());

test('an at sign offers the people of the room, and the chosen one is notified', {
  skip: noBrowser,
}, async (t) => {
  const room_id = await roomOfBoth(a, b, 'Hall');
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.focus();
  await page.keyboard.type('soup, @');
  const list = page.getByRole('listbox', { name: 'Suggestions' });
  await list.getByRole('option', { name: /^b/ }).waitFor();
  assert.equal(await list.getByRole('option').count(), 1, 'nobody mentions themselves');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Tab');
  await page.keyboard.type('at eight');
  assert.equal(await field.inputValue(), 'soup, @b at eight');
  await page.keyboard.press('Enter');
  await until([a, b], 'the mention at B', async () => (await b.api.unread({})).mentions === 1);
});

test('a person is chosen with a finger', { skip: noBrowser }, async (t) => {
  const room_id = await roomOfBoth(a, b, 'Phone');
  const { page } = await openConsole(t, a, {
    path: `#/chats/${encodeURIComponent(room_id)}`,
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
  });
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.tap();
  await page.keyboard.type('@');
  await page.getByRole('option', { name: /^b/ }).tap();
  await until([], 'the name in the field', async () => (await field.inputValue()) === '@b ');
});
