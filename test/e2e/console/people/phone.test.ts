import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Page } from 'playwright';
import { violations } from '../../../support/browser/axe.ts';
import { closeBrowser, noBrowser } from '../../../support/browser/browser.ts';
import { becomes, bensPhone, home, toWorker } from '../../../support/browser/phone.ts';
import { joinSecret, password } from '../../../support/nodes/people.ts';
import { until } from '../../../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

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
