import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import encodeQr from 'qr';
import type { WorkView } from '../../../../shared/api/views/node-views.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';

const skip = noBrowser;
let node: LocalNode;
const ends: (() => unknown)[] = [];
before(async () => {
  node = await startLocalNode({ after: (end: unknown) => void ends.push(end as () => unknown) } as never, {
    name: 'anna.test',
  });
});
after(async () => {
  await closeBrowser();
  for (const end of ends.reverse()) await end();
});

const backup: WorkView = {
  id: 'w1',
  kind: 'backup',
  about: null,
  title: 'Making a backup',
  done: 40,
  total: 100,
  text: '40 of 100 MB copied',
  started_at: 1,
  can_cancel: true,
  lasting: true,
};
const catchUp = (peer: string): WorkView => ({
  ...backup,
  id: peer,
  kind: 'catch-up',
  about: peer,
  title: `Catching up with ${peer}`,
  done: 1_200,
  total: null,
  text: '1,200 events read',
  can_cancel: false,
});

test('a backup shows its progress where it was begun and in the menu, and canceling it leaves no message', {
  skip,
}, async (t) => {
  const { page } = await openConsole(t, node, {
    path: '#/server/keys',
    expected: /status of 409/,
  });
  let items: WorkView[] = [backup];
  const show = (next: WorkView[]) => {
    items = next;
    node.node.changes.publish({ topic: 'work' });
  };
  await page.route('**/api/v1/work', (route) => route.fulfill({ json: { items, next: null } }));
  const canceled = Promise.withResolvers<string>();
  await page.route('**/api/v1/backup', async (route) => {
    show([backup]);
    await canceled.promise;
    const details = { reason: 'canceled' };
    await route.fulfill({
      status: 409,
      json: { code: 'CONFLICT', message: 'Canceled.', error: '', details },
    });
  });
  await page.route('**/api/v1/work/*/cancel', async (route) => {
    await route.fulfill({ json: { done: true } });
    show([]);
    canceled.resolve(new URL(route.request().url()).pathname);
  });
  await page.getByRole('button', { name: 'Back up now' }).click();
  const card = page.getByRole('region', { name: 'Backups', exact: true });
  const bar = card.getByRole('progressbar', { name: 'Making a backup' });
  await bar.waitFor();
  assert.equal(await bar.getAttribute('aria-valuenow'), '40');
  await page.getByRole('navigation').getByText('Chats').waitFor();
  assert.equal(await page.getByRole('progressbar').count(), 1, 'once is enough');
  show([{ ...backup, done: 100, text: '100 of 100 MB copied' }]);
  await card.getByText('100 of 100 MB copied').waitFor();
  await card.getByRole('button', { name: 'Cancel: Making a backup' }).click();
  assert.match(await canceled.promise, /\/work\/w1\/cancel$/);
  await bar.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Back up now' }).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
});

test('there is room for two pieces of work, and counts the others; short work is not shown', {
  skip,
}, async (t) => {
  const { page } = await openConsole(t, node, { path: '#/server' });
  const short = { ...backup, lasting: false };
  const items = [short, catchUp('ben.test'), catchUp('cara.test'), catchUp('dora.test')];
  await page.route('**/api/v1/work', (route) => route.fulfill({ json: { items, next: null } }));
  node.node.changes.publish({ topic: 'work' });
  const list = page.getByRole('list', { name: 'In progress' });
  await list.getByText('1 more').waitFor();
  assert.deepEqual(await list.getByRole('progressbar').count(), 2);
  const bar = list.getByRole('progressbar', { name: 'Catching up with ben.test' });
  assert.equal(await bar.getAttribute('aria-valuenow'), null, 'nobody knows how much there is');
  assert.equal(await bar.getAttribute('aria-valuetext'), '1,200 events read');
  assert.equal(await list.getByRole('button').count(), 0);
});

test('reading a picture shows its progress, and can be canceled', { skip }, async (t) => {
  const { page } = await openConsole(t, node, { path: '#/people' });
  const held = Promise.withResolvers<void>();
  await page.route('**/assets/decode*.js', async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Open an invite' }).click();
  await page.getByText('I have a QR code').click();
  const picture = Buffer.from(encodeQr('https://example.test/menu', 'gif', { scale: 4 }));
  const choose = () =>
    page
      .locator('input[type=file]')
      .setInputFiles({ name: 'code.gif', mimeType: 'image/gif', buffer: picture });
  await choose();
  const bar = page.getByRole('progressbar', { name: 'Reading the picture' });
  await bar.waitFor();
  await page.getByRole('button', { name: 'Cancel: Reading the picture' }).click();
  await bar.waitFor({ state: 'detached' });
  held.resolve();
  await choose();
  await page.getByText(/isn’t an invite|No QR code found/).waitFor();
  await bar.waitFor({ state: 'detached' });
});
