import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { besiege, user } from '../../../support/attack/node.ts';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { addSomeone, household, join, toMenu } from '../../../support/browser/household.ts';
import { isDrawn, png } from '../../../support/browser/png.ts';
import { filesOf, sha256 } from '../../../support/nodes/files.ts';

const skip = noBrowser;
after(closeBrowser);

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

test('where a picture isn’t one, the initial stays, and nobody asks for it again and again', {
  skip,
}, async (t) => {
  const { raw, node, room } = await besiege(t);
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="document.title = 1"/>');
  raw.handlers.set('/file', () => (response) => {
    response.end(svg);
  });
  const picture = { content_hash: sha256(svg), content_type: 'image/png', size: svg.length };
  const profile = { display_name: 'Ulla', about: 'Click here', picture };
  await raw.post(
    node.url,
    raw.event({ room, type: 'm.member.profile', state_key: user, sender: user, content: profile }),
  );
  const channel = (await node.api.room({ room_id: room })).channels[0]?.channel_id ?? '';
  for (const words of ['first', 'second', 'third'])
    await raw.post(node.url, raw.message(room, words, { channel }));
  const { page } = await openConsole(t, node, { expected: /status of 404/ });
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/pictures/')) asked.push(request.url());
  });
  await page.goto(`${node.control}/${roomPath(room)}`);
  await page.getByRole('log').getByText('third').waitFor();
  const face = page.getByRole('log').locator('.avatar');
  await face.getByText('U', { exact: true }).first().waitFor();
  await page.locator('.avatar img').first().waitFor({ state: 'detached' });
  await page.getByRole('log').getByRole('button', { name: 'Ulla' }).first().click();
  const card = page.getByRole('dialog', { name: 'Ulla' });
  await card.getByText('Click here').waitFor();
  assert.equal(await card.locator('.avatar img').count(), 0);
  assert.equal(asked.length, 1, asked.join('\n'));
  assert.equal(raw.requests.filter(({ path }) => path.endsWith('/file')).length, 1);
});
