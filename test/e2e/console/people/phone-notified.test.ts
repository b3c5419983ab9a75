import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Locator, Page } from 'playwright';
import type { Output } from '../../../../shared/api/contract.ts';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { becomes, bensPhone, home, phoneWindow, toWorker } from '../../../support/browser/phone.ts';
import { password } from '../../../support/nodes/people.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

/** Turns notifications on; the button that tests them. */
async function notified(page: Page, url: string): Promise<Locator> {
  await page.goto(`${url}/#/account`);
  await page.getByRole('switch', { name: 'Notify me of new messages' }).tap();
  const test = page.getByRole('button', { name: /Why didn’t it ring/ });
  await test.waitFor();
  return test;
}

/** Gives a message to the worker, as the browser does with what its push service delivers. */
const deliver = (page: Page, url: string, data: string): Promise<void> =>
  toWorker(page, url, 'ServiceWorker.deliverPushMessage', { data });

/** Waits until the browser shows a notification with this title; its text. */
const shown = (page: Page, wanted: string): Promise<string> =>
  until([], `a notification “${wanted}”`, () =>
    page.evaluate<string | undefined>(`navigator.serviceWorker.ready
      .then((worker) => worker.getNotifications())
      .then((all) => all.find(({ title }) => title === ${JSON.stringify(wanted)})?.body)`),
  );

test('a phone is notified, shows it, and measures why it would not ring', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, url, service } = at;
  const page = await bensPhone(t, at, true);
  const test = await notified(page, url);
  assert.deepEqual(await violations(page), []);

  await test.tap();
  await service.askedTimes(1);
  await page.getByText(/^✓?\s*Accepted by the push service: /).waitFor();
  await page.getByText('Shown on the device: not yet').waitFor();
  await deliver(page, url, service.accepted[0]?.text ?? '');
  await page.getByText(/Shown on the device: \d/).waitFor();
  assert.equal(await shown(page, 'Test notification'), 'This device rings.');

  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  await service.askedTimes(2);
  await deliver(page, url, service.accepted[1]?.text ?? '');
  assert.equal(await shown(page, 'Family'), 'New message from anna');

  await page.getByRole('switch', { name: 'Show what was written' }).tap();
  await page.getByRole('switch', { name: 'Show what was written', checked: true }).waitFor();
  await node.api.postMessage({ room_id, body: 'And bread' });
  await service.askedTimes(3);
  assert.match(service.accepted[2]?.text ?? '', /anna: And bread/);

  service.answer = (_, response) => void response.writeHead(410).end();
  await node.api.postMessage({ room_id, body: 'Gone' });
  await page.getByText('The push service no longer knows this device.', { exact: false }).waitFor();
});

test('the icon counts unread messages until they are read on this device or another', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, url, service } = at;
  const page = await bensPhone(t, at, true);
  await notified(page, url);
  const [worker] = page.context().serviceWorkers();
  assert.ok(worker);
  const countBadges = `(() => { const there = Object.getPrototypeOf(navigator);
    there.setAppBadge = async (count) => { globalThis.badge = count; };
    there.clearAppBadge = async () => { globalThis.badge = 0; }; })()`;
  await worker.evaluate(countBadges);
  await page.evaluate(countBadges);
  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  await becomes(page, 'globalThis.badge === 1');
  await service.askedTimes(1);
  await deliver(page, url, service.accepted[0]?.text ?? '');
  await shown(page, 'Family');
  assert.equal(await worker.evaluate('globalThis.badge'), 1);
  const { page: tablet } = await openConsole(t, node, phoneWindow);
  await tablet.goto(`${url}/#/chats/${encodeURIComponent(room_id)}`);
  await tablet.getByRole('textbox', { name: 'Your name' }).fill('ben');
  await tablet.getByRole('textbox', { name: 'Password' }).fill(password);
  await tablet.getByRole('button', { name: 'Log in', exact: true }).tap();
  await tablet.getByText('Soup at eight').waitFor();
  await becomes(page, 'globalThis.badge === 0');
  await becomes(page, `(await (await navigator.serviceWorker.ready).getNotifications()).length === 0`);
});

test('a new address of the push service reaches the server while no page is open', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, url, service } = at;
  const page = await bensPhone(t, at, true);
  await notified(page, url);
  const [worker] = page.context().serviceWorkers();
  const made = await service.subscribe();
  await page.goto('about:blank');
  await worker?.evaluate(`(async () => {
    PushManager.prototype.getSubscription = async () => null;
    PushManager.prototype.subscribe = async () => ({ toJSON: () => (${JSON.stringify(made)}) });
    let work;
    const event = Object.assign(new Event('pushsubscriptionchange'), { waitUntil: (given) => { work = given; } });
    dispatchEvent(event);
    await work;
  })()`);
  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  await service.askedTimes(1);
  assert.equal(`https://push.example${service.accepted[0]?.path}`, made.endpoint);
});

test('a browser without a push service says that it notifies only while the page is open', {
  skip,
}, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  await page.context().grantPermissions(['notifications']);
  await page.addInitScript(
    'PushManager.prototype.subscribe = () => Promise.reject(new Error("no service"));',
  );
  await page.goto('about:blank');
  await page.goto(`${at.url}/#/account`);
  await page.getByText('Also while the app is closed.').waitFor();
  await page.getByRole('switch', { name: 'Notify me of new messages' }).tap();
  await page.getByText('Only while this page is open.').waitFor();
});

test('“Why didn’t it ring?” names each cause', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  const test = { made_at: 1, accepted_at: 2, shown_at: null, problem: null };
  const causes = [
    [{ state: 'off' }, 'Notifications are off on this device.'],
    [{ state: 'denied' }, 'This browser doesn’t allow this app to notify.'],
    [{ state: 'not_installed' }, 'iPhones and iPads only notify for apps on the home screen.'],
    [{ state: 'unsupported' }, 'This browser can’t be notified at this address.'],
    [{ state: 'gone' }, 'The push service no longer knows this device.'],
    [{ state: 'unknown' }, 'Whether this device is notified is known once the app was opened there.'],
    [{ state: 'on', is_quiet_now: true }, 'It is within the quiet hours of this device'],
    [{ state: 'on', muted_rooms: 2 }, 'You muted 2 rooms.'],
    [{ state: 'on', problem: 'push.example refused the message' }, 'push.example refused the message'],
    [{ state: 'on', test }, 'The device hasn’t reported the test yet.'],
  ] as const;
  const [own] = (await page.evaluate(
    `fetch('/api/v1/account/devices').then((answer) => answer.json()).then(({ items }) => items)`,
  )) as Output<'devices'>['items'];
  const items = causes.map(([push], index) => ({
    ...own,
    id: `${index}`,
    device: `Phone ${index}`,
    is_this: index === 0,
    push: { ...own?.push, ...push },
  }));
  await page.route('**/api/v1/account/devices', (route) => route.fulfill({ json: { items, next: null } }));
  await page.goto(`${at.url}/#/account`);
  const devices = page.getByRole('list', { name: 'Your devices' }).getByRole('listitem');
  for (const [index, [, sentence]] of causes.entries())
    await devices
      .filter({ hasText: `Phone ${index}` })
      .getByText(sentence, { exact: false })
      .waitFor();
  assert.deepEqual(await violations(page), []);
});

test('a phone that doesn’t allow notifications says where to allow them', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  await page.goto(`${at.url}/#/account`);
  await page
    .getByText(/Notifications are off on this device\.|doesn’t allow this app to notify/)
    .first()
    .waitFor();
  assert.deepEqual(await violations(page), []);
});
