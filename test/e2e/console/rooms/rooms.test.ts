import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import {
  closeBrowser,
  noBrowser,
  openConsole,
  openPage,
  roomPath,
} from '../../../support/browser/browser.ts';
import { useMessage } from '../../../support/browser/message.ts';
import { roomOfBoth, startLocalNode, twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

/** Matches Chromium's words about calls that fail because a test made them fail. */
const noAnswer = /ERR_|Failed to load resource/;

const said = (page: Page, body: string): Locator => page.getByRole('article').filter({ hasText: body });
const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to / });
const isAtEnd = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>(`(() => {
    const log = document.querySelector('[role=log]');
    return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  })()`);

async function say(page: Page, body: string): Promise<void> {
  await composer(page).fill(body);
  await composer(page).press('Enter');
  await said(page, body).waitFor();
}

/** Hovers a message and presses one of its tools. */
const use = (page: Page, body: string, tool: string): Promise<void> => useMessage(said(page, body), tool);

/** Moves the focus from the composer past its button for files into the messages. */
async function enterMessages(page: Page): Promise<void> {
  await composer(page).press('Shift+Tab');
  await page.getByRole('button', { name: 'Add files' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Shift+Tab');
}

const tick = (page: Page, body: string, name: string | RegExp): Locator =>
  said(page, body).getByRole('button', { name, exact: true });

test('two people on two servers make a room, talk, edit, delete, react and see their ticks', {
  skip,
}, async (t) => {
  const { a, b } = await twoFriends(t);
  const { page: alice } = await openConsole(t, a, { path: '#/chats' });
  const { page: bob } = await openConsole(t, b, { path: '#/chats' });

  await alice.getByRole('button', { name: 'Create a room' }).first().click();
  const dialog = alice.getByRole('dialog', { name: 'Create a room' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Garden');
  await dialog.getByRole('button', { name: 'Create room' }).click();
  await alice.getByRole('heading', { name: 'Garden' }).waitFor();

  await alice.getByRole('button', { name: /^Members/ }).click();
  await alice.getByRole('combobox', { name: 'Invite someone' }).fill('@b:b.test');
  await alice.getByRole('button', { name: 'Invite', exact: true }).click();
  await alice.getByText('Invited b.').waitFor();

  await bob.getByRole('button', { name: 'Accept the invite to Garden' }).click();
  await bob.getByRole('heading', { name: 'Garden' }).waitFor();
  await alice
    .getByRole('complementary', { name: 'Members' })
    .getByRole('region', { name: 'b’s server' })
    .waitFor();

  await say(alice, 'Do you read me?');
  await said(bob, 'Do you read me?').waitFor();
  await say(bob, 'Loud and clear');
  await said(alice, 'Loud and clear').waitFor();
  await tick(alice, 'Do you read me?', 'Delivered').waitFor();
  await tick(bob, 'Loud and clear', 'Delivered').waitFor();

  await use(bob, 'Do you read me?', 'React');
  await bob.getByRole('option', { name: 'thumbs up' }).click();
  await said(alice, 'Do you read me?').getByRole('button', { name: '👍 1 by b' }).click();
  await said(bob, 'Do you read me?').getByRole('button', { name: '👍 2 by b and a' }).waitFor();

  await composer(alice).press('ArrowUp');
  const editor = alice.getByRole('textbox', { name: 'Edit message' });
  await editor.fill('Do you read me now?');
  await editor.press('Enter');
  await said(bob, 'Do you read me now?').getByText('(edited)').waitFor();

  await use(bob, 'Loud and clear', 'Delete');
  const sure = bob.getByRole('dialog', { name: 'Delete this message?' });
  await sure.getByRole('button', { name: 'Delete', exact: true }).click();
  await said(alice, 'This message was deleted.').waitFor();
  await said(alice, 'Loud and clear').waitFor({ state: 'detached' });
});

test('a message to an unreachable server waits, says so, and gets its tick when the server is back', {
  skip,
}, async (t) => {
  const { a, b } = await twoFriends(t);
  const room = await roomOfBoth(a, b);
  const { page } = await openConsole(t, a, { path: roomPath(room) });
  await say(page, 'first');
  await tick(page, 'first', 'Delivered').waitFor();

  await b.stop();
  await say(page, 'while you were out');
  await tick(page, 'while you were out', /^(Sending|Waiting for another server)$/).waitFor();
  await until([a], 'an attempt that failed', async () => {
    const { items } = await a.api.outbox({});
    return items.some((each) => each.retrying > 0);
  });
  await tick(page, 'while you were out', 'Waiting for another server').click();
  const popover = page.getByRole('dialog', { name: 'Delivery' });
  await popover.getByText(/^Waiting for .*\. Next try/).waitFor();
  await popover.getByRole('link', { name: 'Show what waits for b’s server' }).waitFor();
  await page.keyboard.press('Escape');

  const port = Number(new URL(b.url).port);
  await startLocalNode(t, { name: 'b.test', dataDir: b.dataDir, port });
  await a.api.retryOutbox({ destination: 'b.test' });
  await tick(page, 'while you were out', 'Delivered').waitFor();
});

test('typed text survives a failed send and a reload, and is posted once', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Alone', join_rule: 'invite' });
  const { page } = await openConsole(t, a, { path: roomPath(room_id), expected: noAnswer });

  const posts = '**/api/v1/rooms/*/messages';
  await page.route(posts, (route) => route.abort());
  await composer(page).fill('do not lose me');
  await composer(page).press('Enter');
  const unsent = page.getByRole('list', { name: 'Unsent messages' });
  await unsent.getByRole('alert').filter({ hasText: 'Not sent' }).waitFor();
  await composer(page).fill('half a sent');

  await page.reload();
  await unsent.getByText('do not lose me').waitFor();
  assert.equal(await composer(page).inputValue(), 'half a sent');

  // The node writes it, and only its answer is lost: the next try must not write it again.
  await page.unroute(posts);
  await page.route(posts, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await unsent.getByRole('button', { name: 'Try again' }).click();
  await said(page, 'do not lose me').waitFor();
  await page.unroute(posts);
  await unsent.getByRole('button', { name: 'Try again' }).click();
  await unsent.waitFor({ state: 'detached' });
  const { items } = await a.api.timeline({ room_id });
  assert.deepEqual(
    items.map((item) => item.body),
    ['do not lose me'],
  );
});

test('two windows of one node show the same', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Twice', join_rule: 'invite' });
  const { page: one, context, errors } = await openConsole(t, a, { path: roomPath(room_id) });
  const two = await openPage(context, errors);
  await two.goto(`${a.control}/${roomPath(room_id)}`);

  await say(one, 'from the first window');
  await said(two, 'from the first window').waitFor();
  await two.getByRole('button', { name: 'More about this room' }).click();
  await two.getByRole('menuitem', { name: 'Room settings' }).click();
  await two.getByRole('textbox', { name: 'Name' }).fill('Once');
  await two.getByRole('button', { name: 'Save' }).click();
  await one.getByRole('heading', { name: 'Once' }).waitFor();

  await one.getByRole('button', { name: 'Add a channel' }).click();
  await one.getByRole('textbox', { name: 'Channel name' }).fill('plans');
  await one.getByRole('dialog').getByRole('button', { name: 'Add a channel' }).click();
  await two.getByRole('link', { name: 'plans' }).waitFor();

  await two.getByRole('button', { name: 'More about this room' }).click();
  await two.getByRole('menuitem', { name: 'Leave room' }).click();
  await two.getByRole('dialog').getByRole('button', { name: 'Leave room' }).click();
  await one.getByText('You left this room.').waitFor();
  await composer(one).waitFor({ state: 'detached' });
});

test('a long conversation scrolls back to its first message and jumps to its last', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Long', join_rule: 'invite' });
  for (let n = 1; n <= 300; n++) await a.api.postMessage({ room_id, body: `message ${n}.` });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  const log = page.getByRole('log', { name: 'Messages in #general' });
  await said(page, 'message 300.').waitFor();

  await log.hover();
  const first = said(page, 'message 1.');
  const beginning = page.getByText('This is the beginning of Long.');
  for (let turns = 0; turns < 300 && !(await beginning.isVisible()); turns++) {
    await page.mouse.wheel(0, -4000);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  }
  await beginning.waitFor();
  await first.waitFor();
  assert.ok((await page.getByRole('article').count()) < 100, 'only what is in view stands in the page');

  await a.api.postMessage({ room_id, body: 'message 301.' });
  await page.getByRole('button', { name: '1 new message' }).click();
  await said(page, 'message 301.').waitFor();
  await page.getByRole('button', { name: '1 new message' }).waitFor({ state: 'detached' });
});

test('a room opens at its newest message and stays there when the members open, even with reduced motion', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Calm', join_rule: 'invite' });
  for (let n = 1; n <= 60; n++)
    await a.api.postMessage({ room_id, body: `message ${n}. ${'word '.repeat(n)}` });
  const { page } = await openConsole(t, a, { path: '#/chats', reducedMotion: 'reduce' });
  await page.getByRole('link', { name: /Calm/ }).click();
  await said(page, 'message 60.').waitFor();
  await until([a], 'at the end', () => isAtEnd(page));
  // Narrower messages have more lines, and the list measures them one after the other.
  await page.getByRole('button', { name: /^Members/ }).click();
  await page.getByRole('complementary').waitFor();
  await until([a], 'at the end beside the members', () => isAtEnd(page));
});

test('every action on a message can be reached with the keyboard', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Keys', join_rule: 'invite' });
  for (const body of ['one', 'two', 'three']) await a.api.postMessage({ room_id, body });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await said(page, 'three').waitFor();

  await enterMessages(page);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Tab');
  for (const name of ['Reply', 'React']) {
    await said(page, 'two').getByRole('button', { name }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const editor = page.getByRole('textbox', { name: 'Edit message' });
  await editor.fill('two and a half');
  await editor.press('Enter');
  await said(page, 'two and a half').waitFor();
  await editor.waitFor({ state: 'detached' });
  await said(page, 'two and a half').and(page.locator(':focus')).waitFor();
});

test('the longest time beside a message is wholly in view, and keeps clear of the text', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Noon', join_rule: 'invite' });
  for (const body of ['one', 'two']) await a.api.postMessage({ room_id, body });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await said(page, 'two').waitFor();
  const [left, right] = await page.evaluate<[number, number]>(`(() => {
    const time = document.querySelector('article .gutter');
    time.textContent = '12:58 PM';
    const range = document.createRange();
    range.selectNodeContents(time);
    const at = range.getBoundingClientRect();
    const [article, main] = ['article', '.main'].map((name) =>
      (time.closest(name) ?? time.closest('article').querySelector(name)).getBoundingClientRect());
    return [at.left - article.left, main.left - at.right];
  })()`);
  assert.ok(left >= 0 && right >= 0, `${left} px from the left, ${right} px to the text`);
});

test('the Tab key enters the messages at the newest one, also before the browser reports that it scrolled to it', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Busy', join_rule: 'invite' });
  for (let n = 1; n <= 60; n++) await a.api.postMessage({ room_id, body: `message ${n}.` });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await said(page, 'message 60.').waitFor();
  await until([a], 'at the end', () => isAtEnd(page));
  // A busy browser reports late that something scrolled.
  await page.evaluate(`addEventListener('scroll', (event) => event.stopImmediatePropagation(), true)`);
  for (let n = 61; n <= 63; n++) await a.api.postMessage({ room_id, body: `message ${n}.` });
  await said(page, 'message 63.').waitFor();
  await enterMessages(page);
  await said(page, 'message 63.').and(page.locator(':focus')).waitFor();
});

test('the focus follows a reader who scrolls, and stays when new messages push its message out', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Long', join_rule: 'invite' });
  for (let n = 1; n <= 120; n++) await a.api.postMessage({ room_id, body: `message ${n}.` });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  await said(page, 'message 120.').waitFor();
  await enterMessages(page);
  await said(page, 'message 120.').and(page.locator(':focus')).waitFor();

  const focusedInView = () =>
    page.evaluate<string | null>(`(() => {
      const one = document.activeElement;
      const [box, log] = [one, document.querySelector('[role=log]')].map((each) => each.getBoundingClientRect());
      return one.tagName === 'ARTICLE' && box.top >= log.top && box.bottom <= log.bottom ? one.innerText : null;
    })()`);
  const log = page.getByRole('log', { name: 'Messages in #general' });
  await log.hover();
  await page.mouse.wheel(0, -2000);
  await said(page, 'message 120.').waitFor({ state: 'detached' });
  await until([a], 'the focus in view', async () => (await focusedInView()) !== null);
  const before = Number(/message (\d+)/.exec((await focusedInView()) ?? '')?.[1]);
  await page.keyboard.press('ArrowUp');
  await said(page, `message ${before - 1}.`)
    .and(page.locator(':focus'))
    .waitFor();
  await page.mouse.wheel(0, 5000);
  await said(page, 'message 120.').waitFor();
  await until([a], 'the focus in view', async () => (await focusedInView()) !== null);

  const reading = await focusedInView();
  for (let n = 121; n <= 160; n++) await a.api.postMessage({ room_id, body: `message ${n}.` });
  await said(page, 'message 160.').waitFor();
  assert.equal(await page.evaluate('document.activeElement.innerText'), reading, 'left alone');
  await page.keyboard.press('ArrowDown');
  await until([a], 'back to the next message', async () => (await focusedInView()) !== null);
});

test('a list that can’t be refreshed stays, and says that it may be out of date', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  await a.api.createRoom({ name: 'Attic', join_rule: 'invite' });
  const { page } = await openConsole(t, a, { path: '#/chats', expected: noAnswer });
  await page.getByRole('link', { name: /^Attic/ }).waitFor();
  const place = () => page.getByRole('heading', { name: 'Chats', level: 1 }).boundingBox();
  const before = await place();
  for (const list of ['rooms', 'users']) await page.route(`**/api/v1/${list}?**`, (route) => route.abort());
  await a.api.createRoom({ name: 'Cellar', join_rule: 'invite' });
  await page.getByText('Couldn’t refresh this').waitFor();
  assert.deepEqual(await place(), before, 'nothing moves');
  await page.unroute('**/api/v1/users?**');
  assert.equal(await page.getByRole('link', { name: /^Attic/ }).count(), 1);
  await page.unroute('**/api/v1/rooms?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: /^Cellar/ }).waitFor();
  await page.getByText('Couldn’t refresh this').waitFor({ state: 'detached' });
});

test('an unfinished edit is kept while another message is edited', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Keys', join_rule: 'invite' });
  for (const body of ['one', 'two']) await a.api.postMessage({ room_id, body });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  const editor = page.getByRole('textbox', { name: 'Edit message' });
  await use(page, 'one', 'Edit');
  await editor.fill('one and a bit');
  await use(page, 'two', 'Edit');
  await said(page, 'one').getByRole('button', { name: 'Continue editing' }).waitFor();
  await editor.press('Escape');
  await said(page, 'one').getByRole('button', { name: 'Continue editing' }).click();
  assert.equal(await editor.inputValue(), 'one and a bit');
});

test('a link to a room is accepted, and errors in it are shown at the field', {
  skip,
}, async (t) => {
  const { a, b } = await twoFriends(t);
  const { room_id } = await a.api.createRoom({ name: 'Open house', join_rule: 'peers' });
  const { page } = await openConsole(t, b, { path: '#/chats' });
  await page.getByRole('button', { name: 'Join a room' }).first().click();
  const field = page.getByRole('textbox', { name: 'Room link or room ID' });
  await field.fill('!not-a-room:a.test');
  await page.getByText('Enter a room ID such as').waitFor();
  await field.fill(`paracord://room/${encodeURIComponent(room_id)}?via=a.test`);
  await page.getByText('Room on a.test').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Join room' }).click();
  await page.getByRole('heading', { name: 'Open house' }).waitFor();
  await composer(page).waitFor();
});

test('a message that is too long stays in the composer', {
  skip,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { room_id } = await node.api.createRoom({ name: 'Kitchen', join_rule: 'peers' });
  const { page } = await openConsole(t, node, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const composer = page.getByRole('textbox', { name: /^Message to/ });
  await composer.fill('a'.repeat(70_000));
  await page.getByText('Your message has 70,000 characters. The limit is 20,000').waitFor();
  await composer.press('Enter');
  assert.equal((await composer.inputValue()).length, 70_000);
  await composer.fill('a'.repeat(19_000));
  await page.getByText('19,000 of 20,000 characters').waitFor();
  assert.equal((await node.api.timeline({ room_id })).items.length, 0);
});
