import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, openPage, wholeFile } from '../../../support/browser/browser.ts';
import { roomOfBoth, twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const { a, b } = await twoFriends(wholeFile());

/** B writes, and A has it. */
async function hears(room_id: string, ...bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await b.api.postMessage({ room_id, body });
  const last = bodies.at(-1);
  await until([a, b], 'the messages at A', async () => {
    const { items } = await a.api.timeline({ room_id });
    return items.some((item) => item.body === last);
  });
}

const nav = (page: Page) => page.getByRole('navigation', { name: 'Main menu' });
const row = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: new RegExp(`^${name}`) });
// Not with `waitForFunction`: the page's policy forbids the evaluation that Playwright polls with.
const titled = (page: Page, title: string) =>
  until([], `the title ${title}`, async () => (await page.title()) === title);

test('new messages are counted in the menu, the title and the list until they are read, in every window', {
  skip: noBrowser,
}, async (t) => {
  const room = await roomOfBoth(a, b, 'Hall');
  const { page, context, errors } = await openConsole(t, a, { path: '#/server' });
  const other = await openPage(context, errors);
  await other.goto(`${a.control}/#/people`);
  await titled(page, 'Status · Paracord Node');

  await hears(room, 'one', 'and @a, two');
  await nav(page).getByText('2 unread messages, 1 mention').waitFor();
  await titled(page, '(2) Status · Paracord Node');
  await titled(other, '(2) People · Paracord Node');

  await page.goto(`${a.control}/#/chats`);
  await row(page, 'Hall').getByText('b: and @a, two').waitFor();
  await row(page, 'Hall').getByText('2 unread messages, 1 mention').waitFor();
  assert.deepEqual(await violations(page), []);

  await row(page, 'Hall').click();
  const log = page.getByRole('log');
  await log.getByText('New', { exact: true }).waitFor();
  const lines = (await log.innerText()).split('\n').map((line) => line.trim());
  assert.ok(lines.indexOf('New') < lines.indexOf('one'), lines.join('|'));
  assert.equal(await log.locator('strong', { hasText: '@a' }).count(), 1);
  await titled(page, 'Hall · Paracord Node');
  await titled(other, 'People · Paracord Node');
  assert.deepEqual(await violations(page), []);

  // A message that arrives while someone is looking counts as read.
  await hears(room, 'three');
  await log.getByText('three').waitFor();
  await until([a], 'read', async () => (await a.api.unread({})).unread === 0);
});

test('a message that arrives while a slow answer says that the one before is read counts as read, too', {
  skip: noBrowser,
}, async (t) => {
  const room = await roomOfBoth(a, b, 'Slow');
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room)}` });
  const log = page.getByRole('log');
  await page.clock.install();
  const answer = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await page.route('**/read', async (route) => {
    const response = await route.fetch();
    asked.resolve();
    await answer.promise;
    await route.fulfill({ response });
  });
  await hears(room, 'one');
  await asked.promise;
  const counted = page.waitForResponse(
    async (response) =>
      response.request().method() === 'GET' &&
      response.url().includes('/rooms/') &&
      /"first_unread":"/.test(await response.text()),
  );
  await hears(room, 'two');
  await log.getByText('two').waitFor();
  await counted;
  // The page has tried to mark it as read by then, too.
  await page.clock.runFor(2_000);
  answer.resolve();
  await until([a], 'read', async () => (await a.api.unread({})).unread === 0);
});

test('while messages keep arriving, the page marks them as read together', { skip: noBrowser }, async (t) => {
  const room = await roomOfBoth(a, b, 'Busy');
  const path = `#/chats/${encodeURIComponent(room)}`;
  const { page } = await openConsole(t, a, { path, ownWindow: true });
  await page.getByText('No messages yet').waitFor();
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 10_000);
  let marked = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/read')) marked++;
  });
  const isRead = async () => (await a.api.unread({})).unread === 0;
  for (const body of ['one', 'two', 'three']) {
    await hears(room, body);
    await until([a], `${body} on the page`, async () => {
      await page.clock.runFor(10);
      return (await page.getByRole('log').getByText(body, { exact: true }).count()) === 1;
    });
    await page.clock.runFor(20);
    if (body === 'one') await until([a], 'the first one read', isRead);
    await page.clock.runFor(100);
  }
  await page.clock.runFor(2_000);
  await until([a], 'all of them read', isRead);
  assert.equal(marked, 2);
});

test('the first unread message is found beyond what the timeline has loaded', {
  skip: noBrowser,
}, async (t) => {
  const room = await roomOfBoth(a, b, 'Archive');
  await a.api.postMessage({ room_id: room, body: 'before' });
  await until([a, b], 'read', async () => {
    await a.api.markRead({ room_id: room });
    return (await b.api.timeline({ room_id: room })).items.length === 1;
  });
  await hears(room, ...Array.from({ length: 160 }, (_, n) => `line ${n}`));
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room)}` });
  const log = page.getByRole('log');
  await log.getByText('line 159', { exact: true }).waitFor();
  assert.equal(await log.getByText('line 0', { exact: true }).count(), 0);
  await page.getByRole('button', { name: 'Jump to the first unread message' }).click();
  const first = log.getByText('line 0', { exact: true });
  await first.waitFor();
  const isAtTop = `(() => {
    const log = document.querySelector('[role=log]').getBoundingClientRect();
    const line = [...document.querySelectorAll('[role=log] article')].find((each) => each.innerText.includes('line 0'));
    const at = line?.getBoundingClientRect();
    return at !== undefined && at.top >= log.top - 80 && at.top < log.top + log.height / 2;
  })()`;
  await until([], 'the first unread message in sight', () => page.evaluate<boolean>(isAtTop));
  await log.getByText('New', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Jump to the first unread message' }).waitFor({ state: 'detached' });
});

test('the first unread message names its writer, also right after another of theirs', {
  skip: noBrowser,
}, async (t) => {
  const room = await roomOfBoth(a, b, 'Attic');
  await hears(room, 'read before');
  await a.api.markRead({ room_id: room });
  await hears(room, 'not read yet');
  const { page } = await openConsole(t, a, { path: `#/chats/${encodeURIComponent(room)}` });
  await page.getByRole('log').getByText('New', { exact: true }).waitFor();
  const first = page.getByRole('article').filter({ hasText: 'not read yet' });
  await first.getByText('b', { exact: true }).waitFor();
});

test('a muted room is quiet, and its count stays in the list', { skip: noBrowser }, async (t) => {
  const room = await roomOfBoth(a, b, 'Cellar');
  const { page } = await openConsole(t, a, {
    path: `#/chats/${encodeURIComponent(room)}`,
  });
  await page.getByRole('button', { name: 'More about this room' }).click();
  await page.getByRole('menuitem', { name: 'Mute room' }).click();
  await page.getByText('Cellar muted.').waitFor();
  const attic = await a.api.createRoom({ name: 'Attic', join_rule: 'invite' });
  await page.goto(`${a.control}/#/chats/${encodeURIComponent(attic.room_id)}`);
  await titled(page, 'Attic · Paracord Node');
  await hears(room, 'noise');
  await row(page, 'Cellar').getByText('1 unread message').waitFor();
  await titled(page, 'Attic · Paracord Node');
  assert.deepEqual(await a.api.unread({}), { unread: 0, mentions: 0 });
});

test('the browser shows notifications for other rooms once the user allows them, but not for muted rooms or in quiet hours', {
  skip: noBrowser,
}, async (t) => {
  const room = await roomOfBoth(a, b, 'Yard');
  const { page } = await openConsole(t, a, { ownWindow: true });
  // Headless Chromium shows no notifications, so this records what the page asks for.
  await page.addInitScript(`
    window.shown = [];
    window.Notification = class {
      static permission = 'default';
      static async requestPermission() { return (this.permission = 'granted'); }
      constructor(title, { body }) { window.shown.push(title + ': ' + body); }
    };`);
  await page.goto(`${a.control}/?again#/chats`);
  const ask = page.getByRole('region', { name: 'Notifications' });
  await ask.getByText('Get a notification when someone writes to you?').waitFor();
  assert.deepEqual(await violations(page), []);
  await ask.getByRole('button', { name: 'Turn on' }).click();
  await ask.waitFor({ state: 'detached' });
  const shown = () => page.evaluate<string[]>('window.shown');
  await hears(room, 'ring');
  await until([a], 'a notification', async () => (await shown()).length === 1);
  assert.deepEqual(await shown(), ['Yard: New message from @b:b.test']);

  await page.goto(`${a.control}/?again#/server/settings`);
  await page.getByRole('switch', { name: 'Quiet hours' }).click();
  await page.getByLabel('From', { exact: true }).fill('00:00');
  await page.getByLabel('To', { exact: true }).fill('00:00');
  await until([a], 'quiet hours', async () => {
    const { quiet_hours: hours } = await a.api.settings({});
    return hours?.from === '00:00' && hours.to === '00:00';
  });
  // The page makes this request last before it decides. A later change doesn't affect that message.
  const reads = (path: RegExp) => page.waitForResponse((answer) => path.test(new URL(answer.url()).pathname));
  const readsSettings = reads(/\/settings$/);
  await hears(room, 'quiet');
  await readsSettings;
  await a.api.changeSettings({ quiet_hours: null });
  await a.api.muteRoom({ room_id: room, muted: true });
  const readsRoom = reads(/\/rooms\/[^/]+$/);
  await hears(room, 'muted');
  await readsRoom;
  await a.api.muteRoom({ room_id: room, muted: false });
  await hears(room, 'loud');
  await until([a], 'the last one', async () => (await shown()).length > 1);
  assert.equal((await shown()).length, 2);
});

test('on a phone, the counts and the “New” line are shown and accessible, also in German', {
  skip: noBrowser,
}, async (t) => {
  const room = await roomOfBoth(a, b, 'Dachboden');
  await hears(room, 'eins', '@a zwei');
  const { page } = await openConsole(t, a, {
    path: '#/chats',
    viewport: { width: 390, height: 800 },
    locale: 'de',
    colorScheme: 'dark',
    isMobile: true,
    hasTouch: true,
  });
  const link = page.getByRole('link', { name: /^Dachboden/ });
  await link.getByText('2 ungelesene Nachrichten, 1 Erwähnung').waitFor();
  assert.deepEqual(await violations(page), []);
  await link.tap();
  await page.getByRole('log').getByText('Neu', { exact: true }).waitFor();
  assert.deepEqual(await violations(page), []);
});
