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

for (const [where, viewport] of [
  ['in a window', { width: 1280, height: 800 }],
  ['on a phone', { width: 390, height: 800 }],
] as const)
  test(`a message that is edited ${where} offers people and emoji as a new one does`, {
    skip: noBrowser,
  }, async (t) => {
    const room_id = await roomOfBoth(a, b, `Edited ${where}`);
    const { event_id } = await a.api.postMessage({ room_id, body: 'soup' });
    const { page } = await openConsole(t, a, {
      path: `#/chats/${encodeURIComponent(room_id)}`,
      viewport,
      locale: 'de-DE',
    });
    const composer = page.getByRole('textbox', { name: /^Nachricht an/ });
    await composer.focus();
    await page.keyboard.press('ArrowUp');
    const field = page.getByRole('textbox', { name: 'Nachricht bearbeiten' });
    await field.and(page.locator(':focus')).waitFor();
    await page.keyboard.type(', @');
    const list = page.getByRole('article').getByRole('listbox', { name: 'Vorschläge' });
    await list.getByRole('option', { name: /^b/ }).waitFor();
    const log = await page.getByRole('log').boundingBox();
    const shown = await list.boundingBox();
    assert.ok(log && shown && shown.y >= log.y && shown.y + shown.height <= log.y + log.height);
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Enter');
    await page.keyboard.type(':rakete');
    await list.getByRole('option', { name: 'Rakete', selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'hidden' });
    await field.waitFor();
    await page.getByRole('article').getByRole('button', { name: 'Emoji einfügen' }).click();
    await page.getByRole('combobox', { name: 'Emoji suchen' }).fill('Traube');
    await page.keyboard.press('Enter');
    await field.and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await until([a], 'the edit', async () => {
      const { items } = await a.api.timeline({ room_id });
      return items.find((item) => item.event_id === event_id)?.body === 'soup, @b :rakete🍇';
    });
  });
