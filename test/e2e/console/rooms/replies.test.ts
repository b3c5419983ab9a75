import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { systemPorts } from '../../../../main/kernel/ports.ts';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { pressOn, useMessage } from '../../../support/browser/message.ts';
import { filesAsText, tablesAsText } from '../../../support/database-text.ts';
import { LeapingClock } from '../../../support/leaping-clock.ts';
import { postFile } from '../../../support/nodes/files.ts';
import { befriend, type LocalNode, roomOfBoth, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to / });
const article = (page: Page, body: string): Locator =>
  page.getByRole('article').filter({ has: page.getByText(body, { exact: true }) });
/** The quote above a message. */
const quote = (page: Page, body: string): Locator =>
  article(page, body).getByRole('button', { name: /^Reply to/ });
const bar = (page: Page): Locator => page.getByText('Replying to ');

async function answer(page: Page, body: string): Promise<void> {
  await composer(page).fill(body);
  await composer(page).press('Enter');
  await article(page, body).waitFor();
}

async function friends(t: Parameters<typeof startLocalNode>[0]) {
  const clock = new LeapingClock();
  const ports = { ...systemPorts, clock };
  const a = await startLocalNode(t, { name: 'a.test', ports });
  const b = await startLocalNode(t, { name: 'b.test', ports });
  await befriend(a, b);
  return { a, b, clock, room_id: await roomOfBoth(a, b) };
}

const has = async ({ api }: LocalNode, room_id: string, body: string): Promise<boolean> =>
  (await api.timeline({ room_id })).items.some((item) => item.body === body);

test('a reply quotes its message on both screens, follows its edits, and a click jumps far up to it', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const first = await a.api.postMessage({ room_id, body: 'Who brings the salad?' });
  for (let nr = 0; nr < 120; nr++) await a.api.postMessage({ room_id, body: `filler ${nr}` });
  await until([a, b], 'all of them', () => has(b, room_id, 'filler 119'));
  const { page: bob } = await openConsole(t, b, { path: roomPath(room_id) });
  const { page: alice } = await openConsole(t, a, { path: roomPath(room_id) });

  await pressOn(article(bob, 'filler 119'), 'Reply');
  await bar(bob).getByText('Replying to a').waitFor();
  await bob.getByText('filler 119').nth(1).waitFor();
  assert.equal(await composer(bob).evaluate((area) => area.matches(':focus')), true);
  await composer(bob).press('Escape');
  await bar(bob).waitFor({ state: 'detached' });

  await b.api.postMessage({ room_id, body: 'I do', reply_to: first.event_id });
  for (const page of [alice, bob]) await quote(page, 'I do').getByText('Who brings the salad?').waitFor();
  await quote(alice, 'I do').click();
  await article(alice, 'Who brings the salad?').and(alice.locator(':focus')).waitFor();
  await a.api.editMessage({ room_id, event_id: first.event_id, body: 'Who brings the cake?' });
  await quote(bob, 'I do').getByText('Who brings the cake?').waitFor();
});

test('a deleted message leaves every quote and every file, and the reply stays', { skip }, async (t) => {
  const { a, b, clock, room_id } = await friends(t);
  const first = await a.api.postMessage({ room_id, body: 'my-PIN-is-7316' });
  await until([a, b], 'the message', () => has(b, room_id, 'my-PIN-is-7316'));
  const { page: bob } = await openConsole(t, b, { path: roomPath(room_id) });
  await useMessage(article(bob, 'my-PIN-is-7316'), 'Reply');
  await composer(bob).fill('Don’t say that');
  await bob.reload();
  await bar(bob).waitFor();
  assert.equal(await composer(bob).inputValue(), 'Don’t say that', 'the reply is kept with the draft');
  await composer(bob).press('Enter');
  await quote(bob, 'Don’t say that').getByText('my-PIN-is-7316').waitFor();
  await bar(bob).waitFor({ state: 'detached' });
  await until([a], 'the reply', () => has(a, room_id, 'Don’t say that'));
  await a.api.deleteMessage({ room_id, event_id: first.event_id });
  await quote(bob, 'Don’t say that').getByText('This message was deleted.').waitFor();
  await clock.leap(45_000);
  await until([a, b], 'the files scrubbed', async () =>
    [a, b].every(({ dataDir }) => {
      const path = join(dataDir, 'node.db');
      return !tablesAsText(path).includes('7316') && !filesAsText(path).includes('7316');
    }),
  );
});

test('a reply begins with the keyboard too, and one that couldn’t be sent keeps what it answers', {
  skip,
}, async (t) => {
  const { a, room_id } = await friends(t);
  await postFile(a, room_id, Buffer.from('%PDF'), { name: 'plan.pdf', content_type: 'application/pdf' });
  const { page } = await openConsole(t, a, {
    path: roomPath(room_id),
    expected: /ERR_|Failed to load resource/,
  });
  await page.getByRole('article').focus();
  await page.keyboard.press('r');
  await bar(page).getByText('Replying to a').waitFor();
  await page.getByText('File: plan.pdf').waitFor();
  await page.route('**/messages', (route) => route.abort());
  await composer(page).fill('On my way');
  await composer(page).press('Enter');
  const unsent = page.getByRole('list', { name: 'Unsent messages' });
  await unsent.getByText('Replying to a').waitFor();
  await unsent.getByRole('button', { name: 'Edit' }).click();
  await bar(page).waitFor();
  await page.unroute('**/messages');
  await answer(page, 'On my way');
  await quote(page, 'On my way').getByText('File: plan.pdf').waitFor();
});

test('a finger that swipes a message to the right replies to it', { skip }, async (t) => {
  const { a, room_id } = await friends(t);
  const long = `Swipe me, ${'and so on, '.repeat(15)}please`;
  await a.api.postMessage({ room_id, body: long });
  const { page } = await openConsole(t, a, {
    path: roomPath(room_id),
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  const { x, y } = (await article(page, long).boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', dx: number) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: x + 60 + dx, y: y + 10 }],
    });
  await touch('touchStart', 0);
  for (const dx of [20, 40]) await touch('touchMove', dx);
  await touch('touchEnd', 0);
  assert.equal(await bar(page).count(), 0, 'not far enough');
  await touch('touchStart', 0);
  for (const dx of [20, 50, 80]) await touch('touchMove', dx);
  // An arrow shows that it is far enough.
  await article(page, long).locator('.swiped.far').waitFor();
  await touch('touchEnd', 0);
  await bar(page).waitFor();
  const send = await page.getByRole('button', { name: 'Send', exact: true }).boundingBox();
  assert.ok(send && send.x + send.width <= 390, 'a long line doesn’t push the button off the screen');
  await answer(page, 'Swiped');
  await quote(page, 'Swiped').getByText(long).waitFor();
});
