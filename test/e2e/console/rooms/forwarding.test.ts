import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, roomPath, wholeFile } from '../../../support/browser/browser.ts';
import { hold, useMessage } from '../../../support/browser/message.ts';
import { png } from '../../../support/browser/png.ts';
import { getFile, postFile } from '../../../support/nodes/files.ts';
import { roomOfBoth, twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const { a, b } = await twoFriends(wholeFile());
const picture = png(80, 60, [200, 120, 0], 'taken at home');
const isDrawn = (image: Locator): Promise<boolean> =>
  image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth > 0);

/** A picture with a text in one room, and another room. */
async function rooms(about: string) {
  const from = await roomOfBoth(a, b, `Kitchen ${about}`);
  const to = await roomOfBoth(a, b, `Garden ${about}`);
  const event_id = await postFile(b, from, picture, {
    name: 'soup.png',
    content_type: 'image/png',
    width: 80,
    height: 60,
  });
  await b.api.editMessage({ room_id: from, event_id, body: 'soup at **eight**' });
  const hasText = async () =>
    (await a.api.timeline({ room_id: from })).items[0]?.body === 'soup at **eight**';
  await until([a], 'the message', hasText);
  return { from, to };
}

const newest = async (room_id: string) => (await b.api.timeline({ room_id })).items[0];

test('a message with a picture goes into another room, and its reader there sees both', {
  skip: noBrowser,
}, async (t) => {
  const { from, to } = await rooms('one');
  // Nothing can be written there.
  const { room_id: archived } = await a.api.createRoom({ name: 'Old garden one', join_rule: 'invite' });
  await a.api.archiveRoom({ room_id: archived, archived: true });
  const { page } = await openConsole(t, a, { path: roomPath(from) });
  await useMessage(page.getByRole('article').filter({ hasText: 'soup at eight' }), 'Forward…');
  const dialog = page.getByRole('dialog', { name: 'Forward message' });
  await dialog.getByRole('searchbox').fill('garden o');
  await dialog.getByRole('button', { name: 'Garden one' }).waitFor();
  assert.equal(await dialog.getByRole('listitem').count(), 1);
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('button', { name: 'Garden one' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Forwarded to Garden one.').waitFor();
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  const message = page.getByRole('article').filter({ hasText: 'soup at eight' });
  await message.getByText('Forwarded', { exact: true }).waitFor();
  const link = page.getByRole('list', { name: 'Rooms' }).getByRole('link', { name: /Garden one/ });
  await link.getByText('You forwarded: soup at eight').waitFor();

  const arrived = await until([b], 'the message at B', async () => {
    const item = await newest(to);
    return item?.forwarded === true && item;
  });
  const { event_id, sender } = arrived;
  assert.equal(sender, '@a:a.test');
  const bytes = await (await getFile(b, { room_id: to, event_id })).bytes();
  assert.deepEqual(Buffer.from(bytes), picture);
  await until([b], 'the picture is drawn', () => isDrawn(message.getByRole('img', { name: 'soup.png' })));
});

test('a message is forwarded with a finger, in German', { skip: noBrowser }, async (t) => {
  const { from, to } = await rooms('two');
  const { page } = await openConsole(t, a, {
    path: roomPath(from),
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
    locale: 'de-DE',
    reducedMotion: 'reduce',
  });
  await hold(page.getByRole('article').filter({ hasText: 'soup at eight' }));
  await page.getByRole('button', { name: 'Weiterleiten …' }).tap();
  const dialog = page.getByRole('dialog', { name: 'Nachricht weiterleiten' });
  await dialog.getByRole('button', { name: 'Garden two' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('button', { name: 'Garden two' }).tap();
  await page.getByText('An Garden two weitergeleitet.').waitFor();
  await until([b], 'the message at B', async () => (await newest(to))?.forwarded === true);
});
