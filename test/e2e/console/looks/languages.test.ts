import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Page } from 'playwright';
import { wordsIn } from '../../../../shared/words/words.ts';
import { noBrowser, openConsole, settled, wholeFile } from '../../../support/browser/browser.ts';
import { testIfEvery } from '../../../support/browser/every-case.ts';
import { pressOn } from '../../../support/browser/message.ts';
import { overlays } from '../../../support/browser/overlays.ts';
import { everyScreen } from '../../../support/browser/screen-list.ts';
import { unmarkedWords } from '../../../support/browser/unmarked-words.ts';
import { type LivelyWorld, livelyWorld } from '../../../support/nodes/lively-world.ts';
import { type LocalNode, startLocalNode } from '../../../support/nodes/local-node.ts';
import { until } from '../../../support/until.ts';

/** Shared by the tests of this file. */
const file = wholeFile();
let world: LivelyWorld;
before(async () => {
  if (!noBrowser) world = await livelyWorld(file);
});

/** English with marks around every message of a catalog. Text without marks is not translated. */
const pseudo = 'en-XA';

async function show(page: Page, node: LocalNode, path: string): Promise<void> {
  await page.goto(`${node.control}/${path}`);
  await settled(page);
}

/** Collects what people typed, and their names. This is data, not text to translate. */
async function typedIn({ anna, ben }: LivelyWorld): Promise<string[]> {
  const typed = new Set(['anna', 'ben', 'cleo', 'dora', 'mallory', 'spam', 'example']);
  // Data from this world's history: an invite, held events of a peer, and reasons for decisions.
  typed.add('Allotment 14').add('Hello everybody, I am new here!').add('Have you seen my newsletter?');
  typed.add('new, not sure yet').add('sold watches in every room');
  // The titles of pages about failures, which are in docs/failures instead of a catalog.
  typed.add('Failures').add("Some events couldn't be delivered");
  for (const { api } of [anna, ben]) {
    for (const room of (await api.rooms({})).items) {
      typed.add(room.name);
      for (const { name } of (await api.room({ room_id: room.room_id })).channels) typed.add(name);
      for (const { body } of (await api.timeline({ room_id: room.room_id })).items)
        typed.add((body ?? '').replace(/\s+/g, ' '));
    }
    for (const { display_name, user_id } of (await api.users({})).items)
      typed
        .add(display_name)
        .add(user_id)
        .add(user_id.slice(1, user_id.indexOf(':')));
    typed.add((await api.status({})).version);
    for (const { fingerprint } of (await api.keys({})).items) typed.add(fingerprint);
    for (const { name } of (await api.tokens({})).items) typed.add(name);
  }
  return [...typed].filter((text) => text.length > 1);
}

async function untranslated(page: Page, name: string, typed: readonly string[]): Promise<string[]> {
  return (await unmarkedWords(page, typed)).map((text) => `${name}: ${text}`);
}

test('every text on every screen is translated', { skip: noBrowser }, async (t) => {
  const { page } = await openConsole(t, world.anna, { locale: pseudo });
  const typed = await typedIn(world);
  const found: string[] = [];
  for (const [name, path] of everyScreen(world)) {
    await show(page, world.anna, path);
    found.push(...(await untranslated(page, name, typed)));
  }
  assert.deepEqual(found, []);
});

test('dialogs, menus, and fields that depend on a choice are translated', {
  skip: noBrowser,
}, async (t) => {
  const { anna, roomId } = world;
  const token = await anna.api.addToken({ name: 'weather bot', user_id: '@anna:anna.example' });
  t.after(() => anna.api.revokeToken({ id: token.id }));
  const { page } = await openConsole(t, anna, { locale: pseudo });
  const typed = [...(await typedIn(world)), 'weather bot'];
  const found: string[] = [];
  const words = wordsIn(pseudo);
  const look = async (name: string) => {
    found.push(...(await untranslated(page, name, typed)));
  };
  const press = (name: string) => page.getByRole('button', { name }).first().click();
  const overlay = page.locator('[role="dialog"], [role="menu"]');
  const close = async () => {
    await page.keyboard.press('Escape');
    await overlay.first().waitFor({ state: 'detached' });
  };
  /** Presses the button, looks at what opens, and closes it. */
  const open = async (path: string, ...names: readonly string[]) => {
    await show(page, anna, path);
    for (const [at, name] of names.entries()) {
      if (at === 0) await press(name);
      else await page.getByRole('menuitem', { name }).click();
      await overlay.first().waitFor();
      await look(`${path} ${name}`);
    }
    await close();
  };

  await open('#/server', words.overview.menu, words.overview.pause.button);
  await open('#/server/keys', words.settings.keys.rotateOpen);
  await open('#/server/settings/tokens', words.settings.tokens.revokeLabel({ name: 'weather bot' }));
  await open('#/people', words.invites.make.open);
  await open('#/people', words.invites.accept.open);
  await open('#/server/connections', words.peers.menu, words.peers.addByHand);
  await open('#/server/connections', words.peers.menu, words.peers.trustList.importItem);
  const menuOf = words.peers.page.menu({ name: 'ben' });
  await open('#/server/connections/ben.example', menuOf, words.peers.forget.item);
  for (const act of ['quarantine', 'block'] as const)
    await open('#/server/connections/ben.example', words.peers.trust.actsOpen[act]);
  await open('#/server/connections/spam.example', words.peers.trust.actsOpen.allow);
  await open('#/server/connections/spam.example', words.peers.heldEvents.discardAll);
  await open('#/server/connections/ben.example', words.peers.address.change);
  await open('#/server/connections/ben.example', words.peers.address.again);
  await open('#/server/connections/ben.example', words.peers.limits.changeOpen);
  const room = `#/chats/${encodeURIComponent(roomId)}`;
  await open('#/chats', words.rooms.create);
  await open('#/chats', words.rooms.join);
  await open(room, words.rooms.room.menu, words.rooms.room.settings);
  await open(room, words.rooms.room.menu, words.rooms.room.leave);
  await open(room, words.rooms.room.addChannel);

  await show(page, anna, room);
  await press(words.rooms.room.showMembers);
  await page.getByRole('complementary').waitFor();
  await look('members');
  await show(page, anna, room);
  await pressOn(page.getByRole('article').last(), words.rooms.message.react);
  await overlay.first().waitFor();
  await look('reacting');
  await close();

  await show(page, anna, '#/server/settings/general');
  await page.getByRole('switch', { name: words.settings.general.keepHistory }).click();
  await overlay.first().waitFor();
  await look('erasing earlier versions');
  await close();
  await show(page, anna, '#/server/keys');
  for (const passphrase of ['short', 'aaaaaaaaaaaaaaaa', 'lantern gravel opera quince mitten tundra']) {
    await page.getByRole('textbox').first().fill(passphrase);
    await page.getByRole('textbox').last().fill('another');
    await look('recovery file');
  }
  await show(page, anna, '#/server/network');
  await press(words.network.reach.change);
  await page.getByText(words.network.details, { exact: true }).click();
  for (const name of Object.values(words.network.reach.ways)) {
    await page.getByRole('radio', { name }).click();
    await look('settings-network');
  }
  await show(page, anna, '#/server/settings/diagnostics');
  await press(words.settings.diagnostics.show);
  await page.locator('textarea').waitFor();
  await look('diagnostics');
  assert.deepEqual(found, []);
});

test('the first run and the login are translated', { skip: noBrowser }, async (t) => {
  const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
  const { page, context } = await openConsole(t, fresh, { locale: pseudo, expected: /status of 401/ });
  const typed = ['anna', 'example', 'test', 'localhost', 'invalid', 'internal', 'local'];
  const found: string[] = [];
  const look = async (name: string) => found.push(...(await untranslated(page, name, typed)));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await look('welcome');
  const words = wordsIn(pseudo).welcome;
  await page.getByRole('textbox').fill('anna');
  await look('welcome with a name');
  for (const place of ['where', 'invited', 'restore']) {
    await page.goto(`${fresh.control}/#/welcome/${place}`);
    await settled(page);
    await look(`welcome-${place}`);
  }
  await page.goto(`${fresh.control}/#/welcome/name`);
  const name = page.getByRole('textbox').first();
  for (const typedName of [
    ...['chat.anna.org', '198.51.100.7', '192.168.1.4', 'localhost', 'anna.home.arpa', 'anna'],
    ...['anna.local', 'anna.invalid', 'änna.org', 'xn--nna-pla.org', 'anna.test'],
  ]) {
    await name.fill(typedName);
    await look(`welcome-name ${typedName}`);
  }
  await name.fill('anna.internal');
  await page.getByRole('button', { name: words.name.save }).click();
  await page.getByRole('button', { name: words.where.elsewhere.title }).click();
  await page.getByRole('textbox').first().waitFor();
  await look('welcome-send');
  await context.clearCookies();
  await page.goto(`${fresh.control}/#/login`);
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await look('login');
  assert.deepEqual(found, []);
});

test('a system in German gets German screens', { skip: noBrowser }, async (t) => {
  const { page } = await openConsole(t, world.anna, { locale: 'de-AT', path: '#/server/settings/about' });
  await page.getByRole('heading', { name: 'Über' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de-AT');
  await page.getByText('Keine Telemetrie.').waitFor();
});

/**
 * The names of elements that are wider than the window, and of buttons and links with a truncated label. A touch target
 * may be wider than its link, and so may a label that only a screen reader announces.
 */
const cutOff = `[...document.querySelectorAll('html, main#content, a, button, label, h1, h2')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.visually-hidden, .skip, .reaches'))
  .filter((one) => {
    const inside = document.createRange();
    inside.selectNodeContents(one);
    const widths = [one.scrollWidth, ...(one.matches('html, main') ? [] : [inside.getBoundingClientRect().width])];
    return one.clientWidth > 1 && Math.min(...widths) > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline';
  })
  .filter((one) => getComputedStyle(one).textOverflow !== 'ellipsis')
  .map((one) => one.tagName + ': ' + one.textContent.trim().slice(0, 60))`;

testIfEvery('German texts fit in a narrow window', { skip: noBrowser }, async (t) => {
  const narrow = { locale: 'de', viewport: { width: 390, height: 800 }, reducedMotion: 'reduce' } as const;
  const { page } = await openConsole(t, world.anna, narrow);
  const found: string[] = [];
  const look = async (window: Page, name: string) =>
    found.push(...(await window.evaluate<string[]>(cutOff)).map((one) => `${name}: ${one}`));
  for (const [name, path] of everyScreen(world)) {
    await show(page, world.anna, path);
    await look(page, name);
  }
  for (const { name, path, open, hasCamera } of overlays(world, wordsIn('de'))) {
    if (hasCamera) continue;
    await page.goto('about:blank');
    await show(page, world.anna, path);
    await open(page);
    await look(page, name);
  }
  const fresh = await startLocalNode(t, { name: 'new.example', setUp: false });
  const { page: wizard } = await openConsole(t, fresh, narrow);
  await wizard.getByRole('textbox').fill('Ännchen von der Großen Wiese');
  await look(wizard, 'welcome');
  for (const place of ['where', 'invited', 'restore', 'name']) {
    await wizard.goto(`${fresh.control}/#/welcome/${place}`);
    await settled(wizard);
    await look(wizard, place);
  }
  await wizard.getByRole('textbox').first().fill('ein-ziemlich-langer-name.familie.example');
  await look(wizard, 'long name');
  assert.deepEqual(found, []);
});

test('the language in the settings changes every open window at once, and the next login', {
  skip: noBrowser,
}, async (t) => {
  const node = await startLocalNode(t, { name: 'anna.test' });
  const { page, context } = await openConsole(t, node, {
    locale: 'en-US',
    path: '#/server/settings/general',
    expected: /status of 401/,
  });
  const { page: other } = await openConsole(t, node, { locale: 'en-US', path: '#/people' });
  const asked: (string | null)[] = [];
  page.on('request', async (request) => {
    if (request.url().endsWith('/status')) asked.push(await request.headerValue('accept-language'));
  });
  await settled(page);
  const choice = page.getByRole('combobox', { name: 'Language' });
  await choice.focus();
  await choice.selectOption('Deutsch');
  await page.getByRole('heading', { name: 'Allgemein' }).waitFor();
  await other.getByRole('heading', { level: 1, name: 'Personen' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.equal((await node.api.settings({})).language, 'de');
  // The field keeps the focus, so that the keyboard continues from there.
  await page.locator('select[name="language"]:focus').waitFor();
  await until([node], 'asked in German', async () => asked.at(-1) === 'de');

  await page.goto(`${node.control}/#/server/settings/about`);
  await page.getByRole('button', { name: 'Von der Konsole abmelden' }).click();
  await page.getByRole('heading', { name: 'An der Konsole anmelden' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'An der Konsole anmelden' }).waitFor();
  await context.close();

  await node.api.changeSettings({ language: 'system' });
  await other.getByRole('heading', { level: 1, name: 'People' }).waitFor();
  assert.equal(await other.locator('html').getAttribute('lang'), 'en-US');
});
