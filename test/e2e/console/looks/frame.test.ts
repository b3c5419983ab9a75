import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Locator } from 'playwright';
import { writeInviteLink } from '../../../../shared/protocol/invites/invite-link.ts';
import { closeBrowser, noBrowser, openConsole, openPage } from '../../../support/browser/browser.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';

after(closeBrowser);

test('a login link opens the console once, and its code does not stay in the address', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { page, context } = await openConsole(t, a);
  assert.equal(new URL(page.url()).hash, '#/chats');
  const { url } = await a.api.makeLoginLink({});
  const other = await openPage(context, []);
  await other.goto(url);
  await other.getByRole('navigation').waitFor();
  await context.clearCookies();
  const third = await openPage(context, []);
  await third.goto(url);
  await third
    .getByRole('alert')
    .getByText('This login link has already been used, or is older than 15 minutes.')
    .waitFor();
  await third.getByRole('textbox', { name: 'Login link or code' }).fill('nonsense');
  await third.getByRole('button', { name: 'Log in' }).click();
  await third.getByRole('alert').getByText('Details').click();
  await third.getByRole('alert').getByText('FORBIDDEN').waitFor();
  assert.equal(await third.getByRole('textbox', { name: 'Login link or code' }).inputValue(), 'nonsense');
  await third.goto((await a.api.makeLoginLink({})).url);
  await third.getByRole('navigation').waitFor();
  await third.waitForURL(/#\/chats$/);
  await third.goto((await a.api.makeLoginLink({})).url);
  await third.waitForURL(/#\/chats$/);
  await context.clearCookies();
  await third.reload();
  const fresh = await a.api.makeLoginLink({});
  await third.getByRole('textbox', { name: 'Login link or code' }).fill(fresh.url);
  await third.getByRole('button', { name: 'Log in' }).press('Enter');
  await third.getByRole('navigation').waitFor();
});

test('nothing about the node is shown without a login', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { context, page: first } = await openConsole(t, a);
  await first.close();
  await context.clearCookies();
  const page = await openPage(context, []);
  await page.goto(`${a.control}/#/people`);
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
  assert.doesNotMatch((await page.textContent('body')) ?? '', /anna\.example/);
});

test('an unfinished text is still there after your login has expired', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const public_key = 'ab'.repeat(32);
  const parts = { base: 'https://b.test', id: '0'.repeat(16), token: '0'.repeat(32), public_key };
  const written = writeInviteLink(parts).app;
  const { page, context } = await openConsole(t, a, { path: '#/people', expected: /status of 40[13]/ });
  await page.getByRole('button', { name: 'Open an invite' }).click();
  const link = page.getByRole('textbox', { name: 'Invite link' });
  await link.fill(written);
  await context.clearCookies();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
  await link.waitFor({ state: 'hidden' });
  const code = page.getByRole('textbox', { name: 'Login link or code' });
  await code.click();
  await page.keyboard.press('Escape');
  await code.fill((await a.api.makeLoginLink({})).url);
  await page.getByRole('button', { name: 'Log in' }).click();
  await link.waitFor();
  assert.equal(await link.inputValue(), written);
  await page.getByText('You were logged out, so nothing was changed').waitFor();
  // Pasting a link into the window's address does the same.
  await context.clearCookies();
  // The screen may notice first.
  await page.locator('button', { hasText: 'Continue' }).dispatchEvent('click');
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
  await page.goto((await a.api.makeLoginLink({})).url);
  await link.waitFor();
  assert.equal(await link.inputValue(), written);
  assert.equal(new URL(page.url()).hash, '#/people');
});

test('nothing stays on the screen after a logout', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { page } = await openConsole(t, a, { path: '#/server/settings/about', expected: /status of 401/ });
  await page.getByRole('button', { name: 'Log out of the console' }).click();
  await page.getByRole('heading', { name: 'Log in to the console' }).waitFor();
  assert.equal(await page.locator('main#content').count(), 0);
});

test('a lost connection is reported, and missed changes appear when the node is back', {
  skip: noBrowser,
}, async (t) => {
  const first = await startLocalNode(t, { name: 'anna.example' });
  const controlPort = Number(new URL(first.control).port);
  const { page } = await openConsole(t, first, { path: '#/chats', expected: /net::ERR|Failed to load/ });
  await first.stop();
  await page.getByText('No connection to your server').waitFor();
  const second = await startLocalNode(t, { name: 'anna.example', dataDir: first.dataDir, controlPort });
  await second.api.createRoom({ name: 'While you were away', join_rule: 'peers' });
  await page.getByText('No connection to your server').waitFor({ state: 'hidden' });
  await page.getByText('While you were away').first().waitFor();
});

test('an idle page sends no requests to the node', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { page } = await openConsole(t, a, { ownWindow: true });
  const asked: string[] = [];
  for (const screen of [
    'chats',
    'people',
    'server',
    'server/connections',
    'server/deliveries',
    'server/network',
  ]) {
    await page.clock.install();
    await page.goto(`${a.control}/#/${screen}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.clock.runFor(5_000);
    await page.waitForLoadState('load');
    const note = (request: { url(): string }) => asked.push(`${screen}: ${request.url()}`);
    page.on('request', note);
    await page.clock.fastForward('30:00');
    page.off('request', note);
  }
  assert.deepEqual(asked, []);
});

test('an unknown address shows “Page not found” and a link to the chats', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { page } = await openConsole(t, a, { path: '#/nonsense' });
  for (const path of ['#/nonsense', '#/server/settings/nonsense']) {
    await page.goto(`${a.control}/${path}`);
    await page.getByRole('heading', { level: 1, name: 'Page not found' }).waitFor();
  }
  await page.getByRole('link', { name: 'Go to your chats' }).click();
  await page.getByRole('heading', { level: 1, name: 'Chats' }).waitFor();
});

test('the theme chosen in the settings applies in every window, whatever the system prefers', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { page, context } = await openConsole(t, a, {
    path: '#/server/settings/general',
    colorScheme: 'light',
  });
  const ground = (window: typeof page) =>
    window.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  const choice = page.getByRole('combobox', { name: 'Appearance' });
  await choice.waitFor();
  const light = await ground(page);
  const other = await openPage(context, []);
  await other.goto(`${a.control}/#/server`);
  await other.getByRole('heading', { level: 1 }).waitFor();
  await choice.selectOption('Dark');
  await other.locator('html[data-theme="dark"]').waitFor();
  const dark = await ground(page);
  assert.notEqual(dark, light);
  await page.reload();
  await choice.waitFor();
  assert.equal(await choice.inputValue(), 'dark');
  assert.equal(await ground(page), dark);
  await page.emulateMedia({ colorScheme: 'dark' });
  await choice.selectOption('Light');
  assert.equal(await ground(page), light);
  await choice.selectOption('Same as the system');
  assert.equal(await ground(page), dark);
});

test('a success message is whole, and covers neither the menu nor the field for writing nor buttons of a dialog', {
  skip: noBrowser,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const name = 'Kitchen of the three families in the old house behind the mill by the lake';
  const { room_id } = await a.api.createRoom({ name, join_rule: 'peers' });
  for (const width of [1280, 390]) {
    const { page } = await openConsole(t, a, {
      path: `#/chats/${encodeURIComponent(room_id)}`,
      viewport: { width, height: 800 },
      reducedMotion: 'reduce',
    });
    const menu = async (item: RegExp) => {
      await page.getByRole('button', { name: 'More about this room' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    /** In one step, because the note disappears after a while. */
    const covered = async (toast: Locator, others: Locator): Promise<string[]> => {
      const said = await toast.elementHandle();
      return await others.evaluateAll((all, note) => {
        type Box = Record<'top' | 'bottom' | 'left' | 'right', number>;
        const boxOf = (one: unknown) => (one as { getBoundingClientRect(): Box }).getBoundingClientRect();
        const from = boxOf(note);
        return all.flatMap((one) => {
          const { top, bottom, left, right } = boxOf(one);
          const isApart =
            from.right <= left || right <= from.left || from.bottom <= top || bottom <= from.top;
          return isApart ? [] : [one.outerHTML.slice(0, 120)];
        });
      }, said);
    };
    const field = page.getByRole('textbox', { name: /^Message to/ });
    await field.fill('One line.\n'.repeat(9));
    await menu(/ute room$/);
    const toast = page.getByRole('status').filter({ hasText: /^Kitchen|for Kitchen/ });
    await toast.waitFor();
    const places = page.getByRole('navigation', { name: 'Main menu' }).getByRole('link');
    assert.deepEqual(await covered(toast, field.or(places)), []);
    const isWhole = (one: { scrollWidth: number; clientWidth: number }) => one.scrollWidth <= one.clientWidth;
    assert.ok(await toast.locator('p').evaluate(isWhole));
    // As tall as the window.
    await page.setViewportSize({ width, height: 420 });
    await menu(/^Room settings$/);
    const dialog = page.getByRole('dialog', { name: 'Room settings' });
    await dialog.getByText('Details').click();
    await dialog.getByRole('button', { name: /^Copy: Link/ }).click();
    const copied = page.getByRole('status').filter({ hasText: /^Copied|^Couldn’t copy/ });
    await copied.waitFor();
    assert.deepEqual(await covered(copied, dialog.locator('footer').getByRole('button')), []);
    await field.fill('');
  }
});

test('a foreign page cannot frame the console', { skip: noBrowser }, async (t) => {
  const a = await startLocalNode(t, { name: 'anna.example' });
  const { context } = await openConsole(t, a);
  const page = await openPage(context, [], /frame-ancestors|Refused to (?:frame|display)|Framing/);
  const [refusal] = await Promise.all([
    page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text())),
    page.setContent(`<iframe src="${a.control}/"></iframe>`),
  ]);
  assert.match(refusal.text(), /'none'/);
  assert.equal(await page.frameLocator('iframe').getByRole('main').count(), 0);
});
