import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { CDPSession, Page } from 'playwright';
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
async function deliver(page: Page, url: string, text: string): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const registered = new Promise<string>((found) =>
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const [first] = registrations;
      if (first) found(first.registrationId);
    }),
  );
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  await session.send('ServiceWorker.deliverPushMessage', { origin: url, registrationId, data: text });
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

const offline = (page: Page, isOffline: boolean) => page.context().setOffline(isOffline);

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
  const page = await bensPhone(t, at);
  await offline(page, true);
  await page.getByRole('textbox').fill('Written in a tunnel');
  await page.getByRole('button', { name: 'Send' }).tap();
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

test('after logging out, the phone keeps nothing of the rooms', { skip }, async (t) => {
  const at = await home(t);
  await at.node.api.postMessage({ room_id: at.room_id, body: 'The door code is 4711' });
  const page = await bensPhone(t, at);
  await page.getByText('The door code is 4711').waitFor();
  const stored = () =>
    page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })') as Promise<string>;
  assert.match(await stored(), /4711/);
  await page.getByRole('textbox').fill('A surprise for Mia');
  await page.goto(`${at.url}/#/account`);
  await page.getByRole('button', { name: 'Log out', exact: true }).tap();
  await page.getByRole('heading', { name: 'Log in to anna.test' }).waitFor();
  assert.doesNotMatch(await stored(), /4711|Family|surprise/);
  // The next person who logs in on the same page doesn't find what this one was writing.
  await page.getByRole('textbox', { name: 'Your name' }).fill('ben');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).tap();
  await page.getByText('You are @ben:anna.test').waitFor();
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
  await page.reload();
  await page.waitForFunction(`sessionStorage.getItem('renewed') === 'older'`);
});
