import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright';
import { closeBrowser, noBrowser, openConsole, settled } from '../../support/browser/browser.ts';
import { everyScreen } from '../../support/browser/screen-list.ts';
import { unmarkedWords } from '../../support/browser/unmarked-words.ts';
import { type LivelyWorld, livelyWorld } from '../../support/ground/lively-world.ts';
import { type LocalNode, startLocalNode } from '../../support/ground/local-node.ts';
import { until } from '../../support/until.ts';

/** Shared by the tests of this file; ends with the last. */
const ends: (() => unknown)[] = [];
let world: LivelyWorld;
before(async () => {
  if (noBrowser) return;
  const t = { after: (end: unknown) => ends.push(end as () => unknown) };
  world = await livelyWorld(t);
});
after(async () => {
  await closeBrowser();
  for (const end of ends.reverse()) await end();
});

/** English with marks around every message of a catalog: what has no marks is not translated. */
const pseudo = 'en-XA';

async function show(page: Page, node: LocalNode, path: string): Promise<void> {
  await page.goto(`${node.control}/${path}`);
  await settled(page);
}

/** What the people of this world typed and how they are called: data, whatever the language. */
async function typedIn({ anna, ben }: LivelyWorld): Promise<string[]> {
  const typed = new Set(['anna', 'ben', 'cleo', 'dora', 'mallory', 'spam', 'example', 'English', 'Deutsch']);
  for (const { api } of [anna, ben]) {
    for (const room of (await api.rooms({})).items) {
      typed.add(room.name);
      for (const { name } of (await api.room({ room_id: room.room_id })).channels) typed.add(name);
      for (const { body } of (await api.timeline({ room_id: room.room_id })).items)
        typed.add((body ?? '').replace(/\s+/g, ' '));
    }
    for (const { display_name, user_id } of (await api.users({})).items) typed.add(display_name).add(user_id);
    typed.add((await api.status({})).version);
    for (const { fingerprint } of (await api.keys({})).items) typed.add(fingerprint);
    for (const { name } of (await api.tokens({})).items) typed.add(name);
  }
  return [...typed].filter((text) => text.length > 1);
}

/** What no catalog says yet, and why: empty when all of it has moved to shared/words. */
const notYet: readonly (readonly [screen: RegExp, text: RegExp])[] = [
  // The screens of rooms, peers and deliveries.
  [/^(?:rooms?|peers?|deliver)/, /./],
  [/^welcome/, /Read it from a picture|A photo or a screenshot|Open an invite|Invite a server/],
  // Sentences of the node.
  [
    /^(?:overview|pausing)$/,
    /reached right now|cannot be reached|Nothing listens|step by step|waits for your|are held|Release or/,
  ],
  [/^(?:settings-network|welcome-reachability)$/, /The federation listener takes|Put a reverse proxy/],
];

async function untranslated(page: Page, name: string, typed: readonly string[]): Promise<string[]> {
  const left = await unmarkedWords(page, typed);
  return left
    .filter((text) => !notYet.some(([screen, told]) => screen.test(name) && told.test(text)))
    .map((text) => `${name}: ${text}`);
}

test('every screen speaks the reader’s language only', { skip: noBrowser }, async (t) => {
  const { page } = await openConsole(t, world.anna, { locale: pseudo });
  const typed = await typedIn(world);
  const found: string[] = [];
  for (const [name, path] of everyScreen(world)) {
    await show(page, world.anna, path);
    found.push(...(await untranslated(page, name, typed)));
  }
  assert.deepEqual(found, []);
});

test('what opens over a screen, and what a choice adds to it, is translated', {
  skip: noBrowser,
}, async (t) => {
  const { anna } = world;
  const token = await anna.api.addToken({ name: 'weather bot', user_id: '@anna:anna.example' });
  const { page } = await openConsole(t, anna, { locale: pseudo });
  const typed = [...(await typedIn(world)), 'weather bot'];
  const found: string[] = [];
  const look = async (name: string) => found.push(...(await untranslated(page, name, typed)));
  const press = (name: string) =>
    page
      .getByRole('button', { name: `⟦${name}⟧`, exact: true })
      .first()
      .click();
  const close = async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };
  const ask = async (button: string, name: string) => {
    await press(button);
    await page.getByRole('dialog').waitFor();
    await look(name);
    await close();
  };

  await show(page, anna, '#/overview');
  await ask('Pause federation', 'pausing');
  await show(page, anna, '#/settings/general');
  await page.getByRole('switch', { name: 'earlier versions' }).click();
  await page.getByRole('dialog').waitFor();
  await look('erasing earlier versions');
  await close();
  await show(page, anna, '#/settings/keys');
  await page.getByRole('button', { name: 'Replace the key' }).click();
  await page.getByRole('dialog').waitFor();
  await look('replacing the key');
  await close();
  for (const passphrase of ['short', 'aaaaaaaaaaaaaaaa', 'lantern gravel opera quince mitten tundra']) {
    await page.getByRole('textbox').first().fill(passphrase);
    await page.getByRole('textbox').last().fill('another');
    await look('recovery file');
  }
  await show(page, anna, '#/settings/tokens');
  await page.getByRole('button', { name: 'Revoke weather bot' }).click();
  await page.getByRole('dialog').waitFor();
  await look('revoking a token');
  await close();
  await show(page, anna, '#/settings/network');
  for (const name of ['Directly', 'Through a reverse proxy', 'Not at all']) {
    await page.getByRole('radio', { name }).click();
    await look('settings-network');
  }
  await show(page, anna, '#/settings/diagnostics');
  await press('Show report');
  await page.locator('textarea').waitFor();
  await look('diagnostics');
  await anna.api.revokeToken({ id: token.id });
  assert.deepEqual(found, []);
});

test('the first run and the login are translated', { skip: noBrowser }, async (t) => {
  const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
  const { page, context } = await openConsole(t, fresh, { locale: pseudo, expected: /status of 401/ });
  const typed = ['nina', 'anna', 'example', 'test', 'localhost'];
  const found: string[] = [];
  const look = async (name: string) => found.push(...(await untranslated(page, name, typed)));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await look('welcome');
  await page.getByRole('radio').last().click();
  const name = page.getByRole('textbox', { name: 'Server name' });
  for (const typedName of [
    'chat.example',
    '198.51.100.7',
    '192.168.1.4',
    'localhost',
    'anna.home.arpa',
    'anna',
  ]) {
    await name.fill(typedName);
    await look('welcome-name');
  }
  await page.goto(`${fresh.control}/#/welcome/recover`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await look('welcome-recover');
  await fresh.api.setUp({ server_name: 'new.example', owner: 'nina' });
  typed.push((await fresh.api.status({})).active_key?.fingerprint ?? '');
  for (const step of ['name', 'keys', 'reachability', 'peer', 'done']) {
    await page.goto(`${fresh.control}/#/welcome/${step}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('[data-loading]').first().waitFor({ state: 'detached' });
    await look(`welcome-${step}`);
  }
  await context.clearCookies();
  await page.goto(`${fresh.control}/#/login`);
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await look('login');
  assert.deepEqual(found, []);
});

test('a system in German gets German screens', { skip: noBrowser }, async (t) => {
  const { page } = await openConsole(t, world.anna, { locale: 'de-AT', path: '#/settings/about' });
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de-AT');
  await page.getByText('Keine Telemetrie.').waitFor();
});

test('the language in the settings changes every open window at once, and the next login', {
  skip: noBrowser,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page, context } = await openConsole(t, node, {
    locale: 'en-US',
    path: '#/settings/general',
    expected: /status of 401/,
  });
  const { page: other } = await openConsole(t, node, { locale: 'en-US', path: '#/overview' });
  const asked: (string | null)[] = [];
  page.on('request', async (request) => {
    if (request.url().endsWith('/status')) asked.push(await request.headerValue('accept-language'));
  });
  await settled(page);
  const choice = page.getByRole('combobox', { name: 'Language' });
  await choice.focus();
  await choice.selectOption('Deutsch');
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
  await other.getByRole('heading', { name: 'Übersicht' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.equal((await node.api.settings({})).language, 'de');
  // The field keeps the focus, so that the keyboard goes on from there.
  await page.locator('select[name="language"]:focus').waitFor();
  await until([node], 'asked in German', async () => asked.at(-1) === 'de');

  await page.goto(`${node.control}/#/settings/about`);
  await page.getByRole('button', { name: 'Von der Konsole abmelden' }).click();
  await page.getByRole('heading', { name: 'An der Konsole anmelden' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'An der Konsole anmelden' }).waitFor();
  await context.close();

  await node.api.changeSettings({ language: 'system' });
  await other.getByRole('heading', { name: 'Overview' }).waitFor();
  assert.equal(await other.locator('html').getAttribute('lang'), 'en-US');
});
