import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';

after(closeBrowser);

const stopsMax = 80;

/** Presses Tab until the element has the focus, and checks that every stop is visible. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.first().waitFor();
  for (let stop = 0; stop < stopsMax; stop++) {
    if ((await wanted.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
    // The composer is one box with its buttons, which shows the focus of its field.
    const [isMarked, name] = await page.evaluate<[boolean, string]>(
      `[[document.activeElement, document.activeElement.closest('form')].some((each) => each && getComputedStyle(each).outlineStyle !== 'none'), document.activeElement.outerHTML.slice(0, 120)]`,
    );
    const isPage = name.startsWith('<body') || name.startsWith('<main');
    assert.ok(isPage || isMarked, `no visible focus: ${name}`);
  }
  assert.fail(`${wanted} can’t be reached by Tab`);
}

async function press(page: Page, wanted: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, wanted);
  await page.keyboard.press(key);
}

async function type(page: Page, wanted: Locator, text: string): Promise<void> {
  await tabTo(page, wanted);
  await page.keyboard.type(text);
}

test('a server can be set up and a room created and used without a mouse', { skip: noBrowser }, async (t) => {
  const node = await startLocalNode(t, { name: 'keys.example', setUp: false });
  const { page } = await openConsole(t, node);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const link = (name: string) => page.getByRole('link', { name, exact: true });

  await type(page, page.getByRole('textbox', { name: 'Your name' }), 'Kim');
  await page.keyboard.press('Enter');
  await press(page, page.getByRole('button', { name: 'Elsewhere' }));
  await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
  await press(page, button('Later'));
  await page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();

  await press(page, button('Create a room').first());
  const dialog = page.getByRole('dialog');
  await type(page, dialog.getByRole('textbox').first(), 'Workshop');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Workshop' }).waitFor();

  const composer = page.getByRole('textbox', { name: /Message/ });
  await type(page, composer, 'First, no mouse');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText('First, no mouse').waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  await page.keyboard.type(' at all');
  await page.keyboard.press('Enter');
  await page.getByRole('log').getByText('First, no mouse at all').waitFor();
  const [item] = (await node.api.timeline({ room_id: (await node.api.rooms({})).items[0]?.room_id ?? '' }))
    .items;
  assert.equal(item?.body, 'First, no mouse at all');

  await press(page, link('People'));
  await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  await press(page, button('Open an invite').first());
  await page.getByRole('dialog', { name: 'Open an invite' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await button('Open an invite').first().and(page.locator(':focus')).count(), 1);
});

test('the first tab stop skips the navigation', { skip: noBrowser }, async (t) => {
  const node = await startLocalNode(t, { name: 'keys.example' });
  const { page } = await openConsole(t, node, { path: '#/people' });
  await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.getByRole('main').and(page.locator(':focus')).count(), 1);
  assert.match(page.url(), /#\/people$/);
});
