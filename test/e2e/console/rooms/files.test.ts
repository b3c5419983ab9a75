import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole, roomPath } from '../../../support/browser/browser.ts';
import { useMessage } from '../../../support/browser/message.ts';
import { png } from '../../../support/browser/png.ts';
import { filesOf } from '../../../support/nodes/files.ts';
import { roomOfBoth, startLocalNode, twoFriends } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const composer = (page: Page): Locator => page.getByRole('textbox', { name: /^Message to / });
const chooser = (page: Page): Locator => page.locator('input[type=file]');
const files = (page: Page): Locator => page.getByRole('list', { name: 'Files of your message' });
const isDrawn = (picture: Locator): Promise<boolean> =>
  picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0);

const picture = (name: string, color: [number, number, number]) => ({
  name,
  mimeType: 'image/png',
  buffer: png(80, 60, color, 'taken at home'),
});

test('pictures and a file are chosen while the text is written, sent, shown by the other node, opened and deleted', {
  skip,
}, async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const { page: alice } = await openConsole(t, a, { path: roomPath(room_id) });
  const { page: bob } = await openConsole(t, b, { path: roomPath(room_id) });
  await chooser(alice).setInputFiles([
    picture('red.png', [200, 0, 0]),
    picture('green.png', [0, 200, 0]),
    { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('bread') },
  ]);
  await files(alice).getByRole('listitem').nth(2).waitFor();
  assert.deepEqual(await violations(alice), []);
  await composer(alice).fill('From the garden');
  await files(alice).getByRole('button', { name: 'Remove green.png' }).click();
  await alice.getByText('2 of 2 files uploaded').waitFor();
  await chooser(alice).setInputFiles([picture('blue.png', [0, 0, 200])]);
  await composer(alice).press('Enter');

  const message = bob.getByRole('article').filter({ hasText: 'From the garden' });
  const red = message.getByRole('img', { name: 'red.png' });
  const blue = message.getByRole('img', { name: 'blue.png' });
  await red.waitFor();
  await until([a, b], 'both are drawn', async () => (await isDrawn(red)) && (await isDrawn(blue)));
  await message.getByText('list.txt').waitFor();
  const [left, right] = await Promise.all([red, blue].map((one) => one.boundingBox()));
  assert.ok(left && right && left.y === right.y && left.x < right.x, 'side by side');
  await message.getByText(/On .+, not here yet/).waitFor();
  assert.equal(await message.getByText('green.png').count(), 0);
  assert.deepEqual(await violations(bob), []);

  await message.getByRole('button', { name: 'Show red.png large' }).click();
  const viewer = bob.getByRole('dialog', { name: 'red.png' });
  await viewer.getByText('1 of 2').waitFor();
  assert.deepEqual(await violations(bob), []);
  const large = viewer.getByRole('img', { name: 'red.png' });
  const widthOf = async () => (await large.boundingBox())?.width ?? 0;
  const before = await widthOf();
  await bob.evaluate(`{
    const stage = document.querySelector('.viewer .stage');
    const finger = (type, pointerId, clientX) =>
      stage.dispatchEvent(new PointerEvent(type, { pointerId, clientX, clientY: 300, bubbles: true }));
    stage.setPointerCapture = () => {};
    finger('pointerdown', 1, 500);
    finger('pointerdown', 2, 600);
    finger('pointermove', 2, 700);
  }`);
  await until([], 'it is twice as large', async () => Math.abs((await widthOf()) / before - 2) < 0.01);
  await bob.keyboard.press('ArrowRight');
  await bob.getByRole('dialog', { name: 'blue.png' }).getByText('2 of 2').waitFor();
  await bob.keyboard.press('ArrowLeft');
  await viewer.waitFor();
  await bob.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });

  const saved = bob.waitForEvent('download');
  await message.getByRole('button', { name: 'Save list.txt' }).click();
  const download = await saved;
  assert.equal(download.suggestedFilename(), 'list.txt');
  assert.equal(readFileSync(await download.path(), 'utf8'), 'bread');

  for (const node of [a, b]) {
    assert.equal(filesOf(node).length, 3);
    for (const path of filesOf(node)) assert.equal(readFileSync(path).includes('taken at home'), false);
  }
  await useMessage(alice.getByRole('article').filter({ hasText: 'From the garden' }), 'Delete');
  await alice.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await red.waitFor({ state: 'detached' });
  await until([a, b], 'no file is left', () => [a, b].every((node) => filesOf(node).length === 0));
});

test('a pasted picture without a text is a message, and one that nobody has says so and is tried again', {
  skip,
}, async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const { page: alice } = await openConsole(t, a, { path: roomPath(room_id) });
  const bytes = [...png(80, 60, [200, 200, 0])];
  await composer(alice).waitFor();
  await alice.evaluate(`
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(${JSON.stringify(bytes)})], 'pasted.png', { type: 'image/png' }));
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
    document.querySelector('.composer textarea').dispatchEvent(event);
  `);
  await files(alice).getByText('pasted.png').waitFor();
  await composer(alice).press('Enter');
  await alice.getByRole('img', { name: 'pasted.png' }).waitFor();
  await until([b], 'the message at B', async () => (await b.api.timeline({ room_id })).items.length > 0);
  const [item] = (await b.api.timeline({ room_id })).items;
  assert.deepEqual([item?.body, item?.files[0]?.width, item?.files[0]?.height], ['', 80, 60]);
  await a.stop();
  const { page: bob } = await openConsole(t, b, {
    path: roomPath(room_id),
    expected: /Failed to load resource/,
  });
  await bob.getByText('Not available').waitFor();
  await bob.getByText(/It is on a\.test/).waitFor();
  await bob.getByRole('button', { name: 'Try again' }).waitFor();
  assert.deepEqual(await violations(bob), []);
});

test('a picture’s colors stand for it until it is there, and a file that may tell its place says so', {
  skip,
}, async (t) => {
  const { a, b } = await twoFriends(t);
  const room_id = await roomOfBoth(a, b);
  const { page: alice } = await openConsole(t, a, { path: roomPath(room_id) });
  const { page: bob } = await openConsole(t, b, { path: roomPath(room_id) });
  const { promise: mayCome, resolve: come } = Promise.withResolvers<void>();
  await bob.route('**/files/0/bytes', async (route) => {
    await mayCome;
    await route.continue();
  });
  await chooser(alice).setInputFiles([
    picture('red.png', [200, 0, 0]),
    { name: 'garden.heic', mimeType: 'image/heic', buffer: Buffer.from('no browser reads it') },
  ]);
  await alice.getByText('2 of 2 files uploaded').waitFor();
  const tile = (name: string) => files(alice).getByRole('listitem').filter({ hasText: name });
  await tile('garden.heic').getByText('It may say where it was taken.').waitFor();
  assert.equal(await tile('red.png').getByText('It may say').count(), 0);
  await composer(alice).press('Enter');
  const canvas = bob.getByRole('article').locator('canvas');
  await canvas.waitFor();
  const pixel = bob.evaluate(
    `[...document.querySelector('article canvas').getContext('2d').getImageData(0, 0, 1, 1).data]`,
  );
  const [red = 0, green = 0] = (await pixel) as number[];
  assert.ok(red > 150 && green < 50, `${red} ${green}`);
  come();
  await canvas.waitFor({ state: 'detached' });
  assert.equal(await isDrawn(bob.getByRole('img', { name: 'red.png' })), true);
});

test('the upload of a dropped file goes on after the line broke', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Lobby', join_rule: 'peers' });
  const { page } = await openConsole(t, a, {
    path: roomPath(room_id),
    expected: /Failed to load resource/,
  });
  await composer(page).waitFor();
  let broken = 0;
  await page.route('**/bytes?offset=1048576*', (route) => {
    if (broken++ === 0) return route.abort();
    return route.continue();
  });
  await page.evaluate(`
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(3000000)], 'film.bin'));
    const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer });
    document.querySelector('.conversation').dispatchEvent(event);
  `);
  await files(page).getByText('film.bin').waitFor();
  await page.getByText('1 of 1 file uploaded').waitFor();
  assert.ok(broken >= 2);
  await composer(page).press('Enter');
  await page.getByRole('article').getByText('film.bin').waitFor();
  const [item] = (await a.api.timeline({ room_id })).items;
  assert.equal(item?.files[0]?.size, 3_000_000);
});
