import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { CDPSession, Page } from 'playwright';
import type { Output } from '../../../../shared/api/contract.ts';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser, openConsole } from '../../../support/browser/browser.ts';
import { freePorts } from '../../../support/nodes/free-ports.ts';
import { startLocalNode } from '../../../support/nodes/local-node.ts';
import { joinSecret, password } from '../../../support/nodes/people.ts';
import { startPushService } from '../../../support/push/push-service.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

/** A name that leads to this computer, with a certificate that the browser trusts, as a worker needs. */
const args = ['--host-resolver-rules=MAP anna.test 127.0.0.1', '--ignore-certificate-errors'];
const look = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
const expected = /status of (?:401|403|410|412|503)|net::ERR_|Failed to load resource/;

async function home(t: TestContext) {
  const service = await startPushService(t);
  const [port = 0] = await freePorts(1);
  const node = await startLocalNode(t, {
    name: 'anna.test',
    bySetting: true,
    parts: { http: service.http },
    port,
  });
  const url = `https://anna.test:${port}`;
  await node.api.changeSettings({ tls: { mode: 'self-signed' }, public_url: url, people_log_in: true });
  const { room_id } = await node.api.createRoom({ name: 'Family', join_rule: 'invite' });
  return { service, node, room_id, url };
}

/** Ben's phone, in the room. `pushes`: its browser has a push service, which headless Chromium has not. */
async function bensPhone(
  t: TestContext,
  { node, room_id, url, service }: Awaited<ReturnType<typeof home>>,
  pushes = false,
): Promise<Page> {
  const { page, context } = await openConsole(t, node, {
    ...look,
    args,
    complete: true,
    login: false,
    ownWindow: true,
    expected,
    ...(pushes ? { permissions: ['notifications'] } : {}),
  });
  if (pushes) {
    const made = await service.subscribe();
    await context.addInitScript(
      `{ const made = ${JSON.stringify(made)};
         let current = null;
         const subscription = { toJSON: () => made, options: {}, unsubscribe: async () => { current = null; return true; } };
         PushManager.prototype.subscribe = async () => (current = subscription);
         PushManager.prototype.getSubscription = async () => current; }`,
    );
  }
  const secret = await joinSecret(node, { rooms: [room_id] });
  await page.goto(`${url}/#/join/${secret}`);
  await page.getByRole('textbox', { name: 'Your name' }).fill('ben');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Join', exact: true }).tap();
  await page.getByRole('heading', { name: 'Family' }).waitFor();
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  return page;
}

/** Gives a message to the worker, as the browser does with what its push service delivers. */
const deliver = (page: Page, url: string, data: string): Promise<void> =>
  toWorker(page, url, 'ServiceWorker.deliverPushMessage', { data });

async function toWorker(
  page: Page,
  origin: string,
  event: 'ServiceWorker.deliverPushMessage' | 'ServiceWorker.dispatchSyncEvent',
  what: object,
): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const registered = new Promise<string>((found) =>
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) found(first.registrationId);
    }),
  );
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  await session.send(event, { origin, registrationId, ...what } as never);
  await session.detach();
}

/** Waits until the browser shows a notification with this title; its text. */
const shown = async (page: Page, wanted: string): Promise<string> =>
  String(
    await page.evaluate(`(async () => {
      const worker = await navigator.serviceWorker.ready;
      for (;;) {
        const found = (await worker.getNotifications()).find(({ title }) => title === ${JSON.stringify(wanted)});
        if (found) return found.body;
        await new Promise((drawn) => requestAnimationFrame(drawn));
      }
    })()`),
  );

/** Waits until it is true in the page, whose policy lets no text run as a program while `waitForFunction` waits. */
const becomes = (page: Page, what: string) =>
  page.evaluate(`(async () => {
    while (!(${what})) await new Promise((drawn) => requestAnimationFrame(drawn));
  })()`);

const offline = (page: Page, isOffline: boolean) => page.context().setOffline(isOffline);

/** Ben's phone without a network, on which he wrote a message. */
async function writtenInATunnel(...home: Parameters<typeof bensPhone>): Promise<Page> {
  const page = await bensPhone(...home);
  await offline(page, true);
  await page.getByRole('textbox').fill('Written in a tunnel');
  await page.getByRole('button', { name: 'Send' }).tap();
  return page;
}

test('the app can be installed, and its icons are there', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  const session = await page.context().newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const manifest = JSON.parse(data ?? '{}');
  assert.equal(manifest.name, 'anna.test');
  assert.equal(manifest.display, 'standalone');
  for (const { src } of manifest.icons)
    assert.equal(await page.evaluate(`fetch(${JSON.stringify(src)}).then(({ status }) => status)`), 200, src);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // The test's windows are private ones, and its certificate is the node's own.
  const ours = new Set(['in-incognito', 'not-from-secure-origin']);
  assert.deepEqual(
    installabilityErrors.filter(({ errorId }) => !ours.has(errorId)),
    [],
  );
});

test('the account page installs the app when the browser offers it', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  await page.goto(`${at.url}/#/account`);
  await page.getByRole('heading', { name: 'Notifications on this device' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Install', exact: true }).count(), 0);
  await page.evaluate(`dispatchEvent(Object.assign(new Event('beforeinstallprompt'), {
    prompt: async () => { globalThis.isPrompted = true; } }))`);
  await page.getByRole('button', { name: 'Install', exact: true }).tap();
  await becomes(page, 'globalThis.isPrompted === true');
  assert.deepEqual(await violations(page), []);
  await page.evaluate(`dispatchEvent(new Event('appinstalled'))`);
  await page.getByRole('button', { name: 'Install', exact: true }).waitFor({ state: 'detached' });
});

test('a conversation has the whole phone, also beside its keyboard', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  const nav = page.getByRole('navigation', { name: 'Main menu' });
  const field = page.getByRole('textbox');
  const bottomOf = async () => {
    const box = await field.boundingBox();
    return Math.round((box?.y ?? 0) + (box?.height ?? 0));
  };
  await field.tap();
  assert.equal(await nav.isVisible(), false);
  assert.ok((await bottomOf()) > 780 && (await bottomOf()) <= 844);
  // A browser that makes the page smaller.
  await page.setViewportSize({ width: 390, height: 500 });
  await becomes(page, 'innerHeight === 500');
  assert.ok((await bottomOf()) <= 500);
  await page.setViewportSize({ width: 390, height: 844 });
  // Safari, which does not.
  await page.evaluate(`(() => {
    Object.defineProperty(visualViewport, 'height', { configurable: true, value: 480 });
    visualViewport.dispatchEvent(new Event('resize'));
  })()`);
  await becomes(page, `document.querySelector('.frame').clientHeight === 480`);
  assert.ok((await bottomOf()) <= 480);
  await page.goto(`${at.url}/#/chats`);
  await nav.waitFor();
});

test('with the server away, the app opens with the rooms and messages that it had', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id } = at;
  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  const page = await bensPhone(t, at);
  await page.getByText('Soup at eight').waitFor();
  await offline(page, true);
  await page.reload();
  await page.getByText('Soup at eight').waitFor();
  await page.getByText('No connection to your server.', { exact: false }).waitFor();
  const names: string[] = await page.evaluate('caches.keys()');
  assert.equal(names.length, 1);
  const kept: string[] = await page.evaluate(`caches.keys().then(([name]) => caches.open(name))
    .then((cache) => cache.keys()).then((all) => all.map(({ url }) => url))`);
  assert.equal(
    kept.some((address) => address.includes('/api/') || address.includes('/entrance')),
    false,
  );
  await node.api.postMessage({ room_id, body: 'Bring bread' });
  await offline(page, false);
  await page.getByText('Bring bread', { exact: true }).waitFor();
});

test('a message written while the server is away goes out once, also after the tab was closed', {
  skip,
}, async (t) => {
  const at = await home(t);
  const { node, room_id, url } = at;
  const page = await writtenInATunnel(t, at);
  await page.getByText('Not sent').waitFor();
  const context = page.context();
  await page.close();
  const next = await context.newPage();
  await next.goto(`${url}/`);
  await next.getByText('Family').first().waitFor();
  await context.setOffline(false);
  await until([node], 'the message', async () => (await node.api.timeline({ room_id })).items.length > 0);
  const tab = await context.newPage();
  await tab.goto(`${url}/#/chats/${encodeURIComponent(room_id)}`);
  await tab.getByText('Written in a tunnel').waitFor();
  assert.deepEqual(
    (await node.api.timeline({ room_id })).items.map(({ body }) => body),
    ['Written in a tunnel'],
  );
});

test('a message written without a network goes out by the worker with no page open, once', {
  skip,
}, async (t) => {
  const at = await home(t);
  const { node, room_id, url } = at;
  const page = await writtenInATunnel(t, at);
  await page.getByText(/goes out by itself|goes out when the app is open/).waitFor();
  const context = page.context();
  const elsewhere = await context.newPage();
  await page.close();
  await context.setOffline(false);
  await elsewhere.goto(`${url}/icons/192.png`);
  await toWorker(elsewhere, url, 'ServiceWorker.dispatchSyncEvent', { tag: 'unsent', lastChance: false });
  const bodies = async () => (await node.api.timeline({ room_id })).items.map(({ body }) => body);
  await until([node], 'the message', async () => (await bodies()).length > 0);
  await elsewhere.goto(`${url}/#/chats/${encodeURIComponent(room_id)}`);
  await elsewhere.getByText('Written in a tunnel').waitFor();
  assert.equal(await elsewhere.getByRole('list', { name: 'Unsent messages' }).count(), 0);
  assert.deepEqual(await bodies(), ['Written in a tunnel']);
});

test('the worker sends no message that was taken back while it sent another', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id } = at;
  const page = await writtenInATunnel(t, at);
  for (const body of ['Taken back', 'And out again']) {
    await page.getByRole('textbox').fill(body);
    await page.getByRole('button', { name: 'Send' }).tap();
  }
  await page.getByText('And out again').waitFor();
  const [worker] = page.context().serviceWorkers();
  await page.goto('about:blank');
  // The second is taken back, as a page does it, while the first is on its way.
  await worker?.evaluate(`(async () => {
    const opened = indexedDB.open('unsent', 1);
    await new Promise((done) => { opened.onsuccess = done; });
    const now = fetch;
    const takenBack = new Promise((done) => {
      globalThis.fetch = async (...request) => {
        globalThis.fetch = now;
        const store = opened.result.transaction('messages', 'readwrite').objectStore('messages');
        store.getAll().onsuccess = ({ target: { result } }) => {
          store.delete(result.find(({ body }) => body === 'Taken back').key).onsuccess = done;
        };
        await new Promise((online) => { globalThis.online = online; });
        return now(...request);
      };
    });
    const event = new Event('sync');
    dispatchEvent(Object.assign(event, { tag: 'unsent', waitUntil: (work) => { globalThis.work = work; } }));
    await takenBack;
  })()`);
  await offline(page, false);
  await worker?.evaluate('(online(), work)');
  const bodies = async () => (await node.api.timeline({ room_id })).items.map(({ body }) => body);
  assert.deepEqual(await bodies(), ['And out again', 'Written in a tunnel']);
});

test('somebody else who logs in on the same page sees nothing of the person before', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, url } = at;
  await node.api.postMessage({ room_id, body: 'Soup at eight' });
  const page = await bensPhone(t, at);
  await page.getByText('Soup at eight').waitFor();
  await offline(page, true);
  await page.getByRole('textbox').fill('A surprise for Eve');
  await page.getByRole('button', { name: 'Send' }).tap();
  await page.getByText('Not sent').waitFor();
  await page.getByRole('textbox').fill('And a draft');
  await node.api.endAccountDevices({ user_id: '@ben:anna.test' });
  await offline(page, false);
  await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
  assert.equal(await page.getByText(/Soup|surprise|Family/).count(), 0);
  const secret = await joinSecret(node, { rooms: [room_id] });
  await page.goto(`${url}/#/join/${secret}`);
  await page.getByRole('textbox', { name: 'Your name' }).fill('eve');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Join', exact: true }).tap();
  await page.getByText('Soup at eight').waitFor();
  assert.equal(await page.getByRole('textbox').inputValue(), '');
  await page.reload();
  await page.getByText('Soup at eight').waitFor();
  assert.equal(await page.getByText(/surprise|draft/).count(), 0);
  assert.equal((await node.api.timeline({ room_id })).items.length, 1);
});

test('somebody else who logs in sees nothing of the person before in another tab either', {
  skip,
}, async (t) => {
  const at = await home(t);
  const { node, room_id, url } = at;
  const page = await bensPhone(t, at);
  const other = await page.context().newPage();
  await other.goto(`${url}/#/chats/${encodeURIComponent(room_id)}`);
  await other.getByRole('textbox').fill('A surprise for Eve');
  await page.goto(`${url}/#/account`);
  await page.getByRole('button', { name: 'Log out', exact: true }).tap();
  await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
  await page.goto(`${url}/#/join/${await joinSecret(node, { rooms: [room_id] })}`);
  await page.getByRole('textbox', { name: 'Your name' }).fill('eve');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Join', exact: true }).tap();
  await page.getByRole('heading', { name: 'Family' }).waitFor();
  await other.reload();
  await other.goto(`${url}/#/chats/${encodeURIComponent(room_id)}`);
  await other.getByRole('heading', { name: 'Family' }).waitFor();
  assert.equal(await other.getByRole('textbox').inputValue(), '');
});

for (const way of ['Log out', 'Log out everywhere'])
  test(`after ${way}, the phone keeps nothing of the rooms`, { skip }, async (t) => {
    const at = await home(t);
    await at.node.api.postMessage({ room_id: at.room_id, body: 'The door code is 4711' });
    const page = await bensPhone(t, at);
    await page.getByText('The door code is 4711').waitFor();
    const stored = () =>
      page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })') as Promise<string>;
    assert.match(await stored(), /4711/);
    await page.getByRole('textbox').fill('A surprise for Mia');
    await page.goto(`${at.url}/#/account`);
    await page.getByRole('button', { name: way, exact: true }).tap();
    await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
    assert.doesNotMatch(await stored(), /4711|Family|surprise/);
    // The next person who logs in on the same page doesn't find what this one was writing.
    await page.getByRole('textbox', { name: 'Your name' }).fill('ben');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Log in', exact: true }).tap();
    await page.getByText('You are @ben on anna.test.').waitFor();
    await page.goto(`${at.url}/#/chats/${encodeURIComponent(at.room_id)}`);
    await page.getByText('The door code is 4711').waitFor();
    assert.equal(await page.getByRole('textbox').inputValue(), '');
  });

test('a removed person’s phone keeps nothing either, and is not notified', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, service } = at;
  await node.api.postMessage({ room_id, body: 'The door code is 4711' });
  const page = await bensPhone(t, at, true);
  await page.getByText('The door code is 4711').waitFor();
  await node.api.removeAccount({ user_id: '@ben:anna.test' });
  await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
  assert.doesNotMatch(String(await page.evaluate('JSON.stringify({ ...localStorage })')), /4711/);
  assert.equal(service.asked, 0);
});

test('a phone is notified, shows it, and measures why it would not ring', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, url, service } = at;
  const page = await bensPhone(t, at, true);
  await page.goto(`${url}/#/account`);
  const notify = page.getByRole('switch', { name: 'Notify me of new messages' });
  await notify.tap();
  const test = page.getByRole('button', { name: /Why didn’t it ring/ });
  await test.waitFor();
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

test('the icon counts what is unread, until it is read on this device or another', { skip }, async (t) => {
  const at = await home(t);
  const { node, room_id, url, service } = at;
  const page = await bensPhone(t, at, true);
  await page.goto(`${url}/#/account`);
  await page.getByRole('switch', { name: 'Notify me of new messages' }).tap();
  await page.getByRole('button', { name: /Why didn’t it ring/ }).waitFor();
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
  const { page: tablet } = await openConsole(t, node, {
    ...look,
    args,
    complete: true,
    login: false,
    ownWindow: true,
    expected,
  });
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
  await page.goto(`${url}/#/account`);
  await page.getByRole('switch', { name: 'Notify me of new messages' }).tap();
  await page.getByRole('button', { name: /Why didn’t it ring/ }).waitFor();
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

test('a phone that was told no says where to allow it', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  await page.goto(`${at.url}/#/account`);
  await page
    .getByText(/Notifications are off on this device\.|doesn’t allow this app to notify/)
    .first()
    .waitFor();
  assert.deepEqual(await violations(page), []);
});

test('a page of another build is refused by the API, and loads itself again', { skip }, async (t) => {
  const at = await home(t);
  const page = await bensPhone(t, at);
  const refused = await page.evaluate(`fetch('/api/v1/account', { headers: { 'paracord-build': 'older' } })
    .then(({ status }) => status)`);
  assert.equal(refused, 412);
  const stream = await page.evaluate(`fetch('/api/v1/stream?build=older').then(({ status }) => status)`);
  assert.equal(stream, 412);
  // A shell of an older server, as the worker would give it.
  await page.evaluate(`caches.keys().then(([name]) => caches.open(name)).then(async (cache) => {
    const html = await (await cache.match('/')).text();
    const old = html.replace(/name="build" content="\\w+"/, 'name="build" content="older"');
    await cache.put('/', new Response(old, { headers: { 'content-type': 'text/html; charset=utf-8' } }));
  })`);
  let loads = 0;
  // Chromium doesn't close while its page looks for another worker.
  const loadedAgain = page.waitForEvent('load', { predicate: () => ++loads === 2 });
  await page.reload();
  await page.waitForFunction(`sessionStorage.getItem('renewed') === 'older'`);
  await loadedAgain;
});
