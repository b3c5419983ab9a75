import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Locator } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, roomPath } from '../../../support/browser/browser.ts';
import { addSomeone, household, join, toMenu } from '../../../support/browser/household.ts';
import { png } from '../../../support/browser/png.ts';
import { filesOf } from '../../../support/nodes/files.ts';

const skip = noBrowser;
after(closeBrowser);

const isDrawn = (picture: Locator): Promise<boolean> =>
  picture.evaluate((image) => {
    const drawn = image as unknown as { decode(): Promise<void>; readonly naturalWidth: number };
    return drawn.decode().then(() => drawn.naturalWidth === 256);
  });

test('a member shows a picture and a line from a phone, and others see them at once, also on a card', {
  skip,
}, async (t) => {
  const home = await household(t);
  const { node, owner, room_id } = home;
  const page = await join(t, node, await addSomeone(home));
  const mia = await join(t, node, (await node.api.makeJoinLink({ rooms: [room_id] })).url, 'mia');
  const asked: string[] = [];
  mia.on('request', (request) => {
    if (request.url().includes('/pictures/')) asked.push(request.url());
  });
  for (const words of ['Hello', 'again']) {
    await page.getByRole('textbox').fill(words);
    await page.getByRole('button', { name: 'Send' }).tap();
  }
  const messages = mia.getByRole('log');
  await messages.getByText('again').waitFor();
  await toMenu(page);
  await page.getByRole('link', { name: 'Account' }).tap();
  await page.getByRole('button', { name: 'Edit profile' }).tap();
  const dialog = page.getByRole('dialog', { name: 'Edit profile' });
  const photo = png(900, 600, [200, 30, 30], 'taken at home');
  await dialog
    .locator('input[type=file]')
    .setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: photo }]);
  const cut = dialog.getByRole('button', { name: /^Move the picture/ });
  await cut.press('ArrowRight');
  await dialog.getByRole('slider', { name: 'Size' }).fill('2');
  await dialog.getByRole('textbox', { name: 'About' }).fill('Bees and bread');
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('button', { name: 'Save' }).tap();
  await page.getByText('Bees and bread').waitFor();

  const [stored = ''] = filesOf(node);
  const bytes = readFileSync(stored);
  assert.equal(bytes.includes('taken at home'), false);
  assert.equal(bytes.subarray(8, 12).toString(), 'WEBP');
  assert.ok(bytes.length < 65_536);

  const face = messages.locator('.avatar img');
  await face.waitFor();
  assert.equal(await isDrawn(face), true);
  await messages.getByRole('button', { name: 'ben', exact: true }).tap();
  const card = mia.getByRole('dialog', { name: 'ben' });
  await card.getByText('Bees and bread').waitFor();
  await card.getByText('@ben').waitFor();
  await card.getByRole('link', { name: 'Family' }).waitFor();
  await card.getByRole('button', { name: 'Message' }).waitFor();
  assert.equal(await isDrawn(card.locator('.avatar img')), true);
  assert.deepEqual(await violations(mia), []);
  await card.getByRole('button', { name: 'Close' }).tap();
  assert.equal(asked.length, 1, asked.join('\n'));

  await node.api.changeSettings({ language: 'de' });
  await owner.goto(`${new URL(owner.url()).origin}/${roomPath(room_id)}`);
  await owner.getByRole('log').getByRole('button', { name: 'ben', exact: true }).click();
  const karte = owner.getByRole('dialog', { name: 'ben' });
  await karte.getByText('Gemeinsame Chats').waitFor();
  await karte.getByRole('button', { name: 'Nachricht schreiben' }).waitFor();
  assert.equal(await isDrawn(karte.locator('.avatar img')), true);

  await page.getByRole('button', { name: 'Edit profile' }).tap();
  await dialog.getByRole('button', { name: 'Remove picture' }).tap();
  await dialog.getByRole('button', { name: 'Save' }).tap();
  await dialog.waitFor({ state: 'detached' });
  await face.waitFor({ state: 'detached' });
  await messages.getByText('again').waitFor();
});
