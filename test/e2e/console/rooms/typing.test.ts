import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violations } from '../../../support/browser/axe.ts';
import { noBrowser, openConsole, roomPath, wholeFile } from '../../../support/browser/browser.ts';
import { roomOfBoth, twoFriends } from '../../../support/nodes/local-node.ts';

const { a, b } = await twoFriends(wholeFile());

test('the other node shows who is writing until the message is there', {
  skip: noBrowser,
}, async (t) => {
  const room_id = await roomOfBoth(a, b, 'Kitchen');
  const { page: alice } = await openConsole(t, a, { path: roomPath(room_id) });
  const { page: bob } = await openConsole(t, b, { path: roomPath(room_id) });
  const field = bob.getByRole('textbox', { name: /^Message to/ });
  await field.fill('soup is');
  await alice.getByText('b is writing…').waitFor();
  assert.deepEqual(await violations(alice), []);
  assert.equal(await bob.getByText('is writing…').count(), 0, 'nobody sees themselves');
  await field.press('Enter');
  await alice.getByRole('article').filter({ hasText: 'soup is' }).waitFor();
  await alice.getByText('b is writing…').waitFor({ state: 'detached' });
});

test('on a phone the line stands below the field, in German, and moves nothing', {
  skip: noBrowser,
}, async (t) => {
  const room_id = await roomOfBoth(a, b, 'Phone');
  const { page: alice } = await openConsole(t, a, {
    path: roomPath(room_id),
    viewport: { width: 390, height: 800 },
    hasTouch: true,
    isMobile: true,
    locale: 'de-DE',
  });
  const field = alice.getByRole('textbox', { name: /^Nachricht an/ });
  const before = await field.boundingBox();
  await b.api.typing({ room_id });
  const line = alice.getByText('b schreibt …');
  await line.waitFor();
  const [after, box] = [await field.boundingBox(), await line.boundingBox()];
  assert.deepEqual(after, before);
  assert.ok(after && box && box.y >= after.y + after.height && box.y + box.height <= 800);
});

test('a device that doesn’t show when somebody writes tells nobody', { skip: noBrowser }, async (t) => {
  const room_id = await roomOfBoth(a, b, 'Quiet');
  const { page } = await openConsole(t, b, { path: '#/server/settings/general', ownWindow: true });
  await page.getByRole('switch', { name: 'Show when you are writing' }).click();
  const told: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/typing')) told.push(request.url());
  });
  await page.goto(new URL(roomPath(room_id), page.url()).href);
  const field = page.getByRole('textbox', { name: /^Message to/ });
  await field.fill('soup is');
  await field.press('Enter');
  await page.getByRole('article').filter({ hasText: 'soup is' }).waitFor();
  assert.deepEqual(told, []);
});
