import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, type TestContext, test } from 'node:test';
import type { Page } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { isDrawn, png } from '../../../support/browser/png.ts';
import { filesOf } from '../../../support/nodes/files.ts';
import { shareRoom, startLocalNode } from '../../../support/nodes/local-node.ts';

const skip = noBrowser;
after(closeBrowser);

async function friends(t: TestContext) {
  const a = await startLocalNode(t, { name: 'a.test' });
  const b = await startLocalNode(t, { name: 'b.test' });
  return { a, b, room_id: await shareRoom(a, b) };
}
const openSettings = async (page: Page) => {
  await page.getByRole('button', { name: 'More about this room' }).click();
  await page.getByRole('menuitem', { name: 'Room settings' }).click();
  return page.getByRole('dialog', { name: 'Room settings' });
};
/** A phone whose owner reads German. */
const phone = { viewport: { width: 390, height: 844 }, locale: 'de-DE' };

test('a friend on a phone reads what a room is about, as soon as its owner has written it', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const path = roomPath(room_id);
  const { page: friend } = await openConsole(t, b, { ...phone, path });
  const { page } = await openConsole(t, a, { path });
  const settings = await openSettings(page);
  await settings.getByRole('textbox', { name: 'Topic' }).fill('Cake on Sunday');
  await settings.getByRole('textbox', { name: 'Description' }).fill('**Bring** plates\n- and forks');
  await settings.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Cake on Sunday' }).waitFor();
  await friend.getByRole('button', { name: 'Cake on Sunday' }).click();
  const about = friend.getByRole('dialog', { name: 'Über diesen Raum' });
  await about.locator('strong').filter({ hasText: 'Bring' }).waitFor();
  await about.getByRole('listitem').filter({ hasText: 'and forks' }).waitFor();
  await about.getByText(/^Dieser Raum liegt auf a/).waitFor();
});

test('a friend on a phone sees the picture that an owner chooses for a room, until it is removed', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const { page: friend } = await openConsole(t, b, { ...phone, path: '#/chats' });
  const { page } = await openConsole(t, a, { path: roomPath(room_id) });
  const { name } = await a.api.room({ room_id });
  const inList = friend.getByRole('link', { name }).locator('.avatar');
  await inList.getByText(name.charAt(0).toUpperCase(), { exact: true }).waitFor();
  const settings = await openSettings(page);
  await settings
    .locator('input[type=file]')
    .setInputFiles([
      { name: 'us.png', mimeType: 'image/png', buffer: png(900, 600, [30, 120, 60], 'taken at home') },
    ]);
  const cut = settings.getByRole('button', { name: /^Move the picture/ });
  await cut.press('ArrowRight');
  assert.deepEqual(await violations(page), []);
  await settings.getByRole('button', { name: 'Save' }).click();
  await settings.waitFor({ state: 'detached' });
  assert.equal(await isDrawn(page.locator('header .avatar img')), true);
  assert.equal(await isDrawn(inList.locator('img')), true);
  for (const node of [a, b]) {
    const [stored = ''] = filesOf(node);
    const bytes = readFileSync(stored);
    assert.equal(bytes.subarray(8, 12).toString(), 'WEBP');
    assert.equal(bytes.includes('taken at home'), false);
  }

  await friend.getByRole('link', { name }).click();
  assert.equal(await isDrawn(friend.locator('header .avatar img')), true);
  await friend.getByRole('button', { name: 'Mehr zu diesem Raum' }).click();
  await friend.getByRole('menuitem', { name: 'Raumeinstellungen' }).click();
  const about = friend.getByRole('dialog', { name: 'Über diesen Raum' });
  assert.equal(await isDrawn(about.locator('.avatar img')), true);
  assert.deepEqual(await violations(friend), []);

  await openSettings(page);
  await settings.getByRole('button', { name: 'Remove picture' }).click();
  await settings.getByRole('button', { name: 'Save' }).click();
  for (const shown of [page.locator('header .avatar img'), about.locator('.avatar img')])
    await shown.waitFor({ state: 'detached' });
});

test('somebody who is invited reads first what the room is about', { skip }, async (t) => {
  const { a, b } = await friends(t);
  const { room_id } = await a.api.createRoom({ name: 'Cellar', join_rule: 'invite' });
  await a.api.describeRoom({ room_id, description: 'We sort *old* things.' });
  await a.api.inviteUser({ room_id, user_id: '@b:b.test' });
  const { page } = await openConsole(t, b, { ...phone, path: '#/chats' });
  await page.getByText('We sort old things.').waitFor();
  await page.locator('em').filter({ hasText: 'old' }).waitFor();
});

test('a message that its owner pins is on top for a friend, who jumps to it, until it is deleted', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const { event_id } = await a.api.postMessage({ room_id, body: 'the code is 12' });
  for (let at = 0; at < 60; at++) await a.api.postMessage({ room_id, body: `chatter ${at}` });
  const path = roomPath(room_id);
  const { page } = await openConsole(t, a, { path });
  await page.getByRole('article').filter({ hasText: 'chatter 59' }).hover();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Pin', exact: true }).click();
  await page.getByRole('button', { name: /^Pinned message.*chatter 59$/ }).waitFor();
  await a.api.pinMessage({ room_id, event_id, pinned: true });
  const { page: friend } = await openConsole(t, b, { ...phone, path });
  await friend.getByRole('article').filter({ hasText: 'chatter 59' }).waitFor();
  await friend.getByRole('button', { name: /^2 angeheftete Nachrichten.*the code is 12$/ }).click();
  const list = friend.getByRole('dialog', { name: 'Angeheftete Nachrichten' });
  await list.getByText('chatter 59').waitFor();
  await list.getByText('the code is 12').click();
  await friend.getByRole('article').filter({ hasText: 'the code is 12' }).waitFor();
  await a.api.deleteMessage({ room_id, event_id });
  await friend.getByRole('button', { name: /^Angeheftete Nachricht.*chatter 59$/ }).waitFor();
  await page.getByRole('button', { name: /^Pinned message/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unpin' }).click();
  await friend.getByRole('button', { name: /^Angeheftete Nachricht/ }).waitFor({ state: 'detached' });
});

test('a friend on a phone can’t write where only owners and moderators do, and waits in slow mode', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  await a.api.postMessage({ room_id, body: 'We move on Sunday' });
  const path = roomPath(room_id);
  const { page: friend } = await openConsole(t, b, { ...phone, path });
  const field = friend.locator('textarea');
  await field.waitFor();
  const { page } = await openConsole(t, a, { path });
  const settings = await openSettings(page);
  await settings.getByRole('radio', { name: 'Owners and moderators' }).click();
  await settings.getByRole('button', { name: 'Save' }).click();
  await friend.getByText('Hier schreibt nur, wer den Raum besitzt oder moderiert.').waitFor();
  await field.waitFor({ state: 'detached' });
  await friend.getByRole('article').filter({ hasText: 'We move' }).hover();
  await friend.getByRole('button', { name: 'Reagieren' }).waitFor();
  const again = await openSettings(page);
  await again.getByRole('radio', { name: 'Everybody' }).click();
  await again.getByRole('radio', { name: '1 hr' }).click();
  await again.getByRole('button', { name: 'Save' }).click();
  await friend.getByText('Langsam-Modus: alle 1 Std. eine Nachricht.').waitFor();
  await field.fill('With the big van?');
  await field.press('Enter');
  await friend
    .getByRole('timer')
    .filter({ hasText: /^Langsam-Modus: nächste Nachricht in (1:00:00|59:\d\d)/ })
    .waitFor();
  await field.fill('Or the small one?');
  await field.press('Enter');
  await friend.locator('form button[type=submit]:disabled').waitFor();
  assert.equal(await field.inputValue(), 'Or the small one?', 'nothing that was written is lost');
  await page.getByRole('article').filter({ hasText: 'With the big van?' }).waitFor();
  await a.api.setWriting({ room_id, slow_seconds: 0 });
  await friend.getByRole('timer').waitFor({ state: 'detached' });
  await field.press('Enter');
  await page.getByRole('article').filter({ hasText: 'Or the small one?' }).waitFor();
});

test('in a room that its owner archives, a friend reads and nobody writes, until it is brought back', {
  skip,
}, async (t) => {
  const { a, b, room_id } = await friends(t);
  const path = roomPath(room_id);
  const { page: friend } = await openConsole(t, b, { ...phone, path });
  await friend.locator('textarea').waitFor();
  const { page } = await openConsole(t, a, { path });
  await page.getByRole('button', { name: 'More about this room' }).click();
  await page.getByRole('menuitem', { name: 'Archive room' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Archive room' }).click();
  await page.getByText('This room is archived, so nobody can write here.').waitFor();
  await page.getByRole('heading', { name: 'Archived' }).waitFor();
  await friend.getByText('Dieser Raum ist archiviert. Du kannst ihn lesen.').waitFor();
  await friend.locator('textarea').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await friend.locator('textarea').waitFor();
  await page.getByRole('heading', { name: 'Archived' }).waitFor({ state: 'detached' });
});
