/**
 * The screens as in the app's window: no HTTP, only what the preload script provides. Here a browser's page gets a
 * bridge with the same names, which leads to the app's own checks in front of a real node.
 */

import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { WebContents } from 'electron';
import type { Page } from 'playwright';
import { answerIpc } from '../../main/desktop/bridge/ipc.ts';
import type { Question } from '../../main/desktop/window/confirm.ts';
import { systemPorts } from '../../main/kernel/ports.ts';
import type { Api } from '../../shared/api/contract.ts';
import type { ShellApi, ShellView } from '../../shared/api/shell.ts';
import { refusal } from '../../shared/words/refusal.ts';
import { quoted } from '../../shared/words/said.ts';
import { closeBrowser, noBrowser, openConsole, openPage } from '../support/browser/browser.ts';
import { standInElectron } from '../support/electron/electron-stand-in.ts';
import { type LocalNode, startLocalNode } from '../support/nodes/local-node.ts';
import { reachable } from '../support/pairing/pairing.ts';
import { until } from '../support/until.ts';

const skip = noBrowser;
after(closeBrowser);

const shellView: ShellView = {
  platform: 'linux',
  start_at_login: false,
  offers_start_at_login: false,
  notifications: true,
  notifications_refused: false,
  keeps_running: true,
  asks_to_quit: true,
  checks_spelling: false,
  keeps_awake: false,
  in_menu: null,
  offers_service: false,
  tray: true,
  keys_sealed: true,
  update: { state: 'current', version: null, text: 'This is the newest version known here.', page: null },
};

/** Like the preload script's: values in, values out, cloned as in Electron. */
const bridgeScript = `const calls = (kind) => new Proxy({}, {
  get: (_target, name) => (input, locale) => callApp(kind + ':' + name, structuredClone(input), locale),
});
window.paracord = {
  node: calls('node'),
  shell: calls('shell'),
  onChange: () => () => {},
  onShellChange: () => () => {},
  onLink: (listener) => {
    window.tellLink = listener;
    return () => {};
  },
};`;

interface Window {
  readonly page: Page;
  /** How often each channel was called. */
  calls(channel: string): number;
  readonly asked: Question[];
  /** Texts that were copied to the clipboard. */
  readonly copied: string[];
  /** Opens a link like the system. */
  open(link: string): Promise<void>;
}

async function openWindow(
  t: TestContext,
  a: LocalNode,
  {
    path,
    api = {},
    agree = true,
    view = {},
  }: { path: string; api?: Partial<Api>; agree?: boolean; view?: Partial<ShellView> },
): Promise<Window> {
  const { context, errors } = await openConsole(t, a, { login: false });
  const page = await openPage(context, errors);
  const stand = standInElectron();
  const window = new stand.electron.BrowserWindow({});
  const asked: Question[] = [];
  const called: string[] = [];
  const copied: string[] = [];
  let link: string | null = null;
  let shown: ShellView = { ...shellView, ...view };
  const shell = {
    shell: async () => shown,
    changeShell: async (input: Partial<ShellView>) => {
      shown = { ...shown, ...input, offers_start_at_login: false };
      return shown;
    },
    sealKeys: async () => {
      if (agree) shown = { ...shown, keys_sealed: true };
      return shown;
    },
    takeLink: async () => {
      const taken = link;
      link = null;
      return { link: taken };
    },
  };
  answerIpc(stand.electron.ipcMain, {
    apiIn: (locale) => ({ ...a.node.apiIn(locale), ...api }),
    shell: shell as unknown as ShellApi,
    contents: () => window.webContents as WebContents,
    confirm: async (question) => {
      asked.push(question);
      return agree;
    },
    chooseFile: async () => null,
    saveRecoveryFile: a.node.saveRecoveryFile,
    copy: async (text) => void copied.push(text),
    clock: systemPorts.clock,
    log: { error: () => {} },
  });
  await page.exposeFunction('callApp', (channel: string, input: unknown, locale: string) => {
    called.push(channel);
    return stand.invoke(channel, [input, locale]);
  });
  await page.addInitScript(bridgeScript);
  await page.goto(`${a.control}/${path}`);
  return {
    page,
    calls: (channel) => called.filter((each) => each === channel).length,
    asked,
    copied,
    async open(text) {
      link = text;
      await page.evaluate('tellLink()');
    },
  };
}

/** Waits until everything that would follow by itself has happened. */
const atRest = (page: Page): Promise<unknown> =>
  page.evaluate(
    'new Promise((done) => { let n = 0; const on = () => (++n < 20 ? requestAnimationFrame(on) : done()); on(); })',
  );

test('a message written in the window passes the app’s checks and is sent', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { room_id } = await a.api.createRoom({ name: 'Hall', join_rule: 'invite' });
  const { page } = await openWindow(t, a, { path: `#/chats/${encodeURIComponent(room_id)}` });
  const composer = page.getByRole('textbox', { name: 'Message to #general' });
  await composer.fill('hello');
  await composer.press('Enter');
  await until([a], 'the message', async () => {
    const { items } = await a.api.timeline({ room_id });
    return items.some(({ body }) => body === 'hello');
  });
});

test('the settings read the state of the app once', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page, calls } = await openWindow(t, a, { path: '#/server/settings' });
  await page.getByText(shellView.update.text).waitFor();
  await atRest(page);
  assert.equal(calls('shell:shell'), 1);
});

test('the list of chats offers the start at login until the owner has answered', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const view = { offers_start_at_login: true };
  const { page, calls } = await openWindow(t, a, { path: '#/chats', view });
  const offer = page.getByText('Start the app when you log in to this computer?');
  await offer.waitFor();
  await page.getByRole('button', { name: 'Start at login' }).click();
  await offer.waitFor({ state: 'hidden' });
  assert.equal(calls('shell:changeShell'), 1);
});

test('the owner can have a key store protect the keys', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page, calls } = await openWindow(t, a, { path: '#/server/settings', view: { keys_sealed: false } });
  await page.getByRole('button', { name: 'Protect the keys' }).click();
  await page.getByText('The keys on this computer are protected by its key store.').waitFor();
  assert.equal(calls('shell:sealKeys'), 1);
});

test('the app’s own requests are made once, and report why they failed', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const api = {
    rotateKeys: async () => {
      throw refusal('CONFLICT', quoted('The disk is full.'));
    },
  };
  const { page, calls, asked } = await openWindow(t, a, { path: '#/server/keys', api });
  await page.getByRole('button', { name: 'Rotate the key' }).click();
  await page.getByRole('dialog').getByText('The disk is full.').waitFor();
  await atRest(page);
  assert.deepEqual([calls('node:rotateKeys'), asked.length], [1, 1]);
});

test('nothing is shown if the owner answers No to the app’s question', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page, calls, asked } = await openWindow(t, a, { path: '#/server/keys', agree: false });
  await page.getByRole('button', { name: 'Rotate the key' }).click();
  await atRest(page);
  assert.deepEqual([calls('node:rotateKeys'), asked.length], [1, 1]);
  assert.equal(await page.getByRole('dialog').count(), 0);
});

test('a recovery file and a token need a Yes in the app’s own dialog; a No changes nothing and keeps the form', {
  skip,
}, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page, calls, asked } = await openWindow(t, a, { path: '#/server/settings/tokens', agree: false });
  await page.getByRole('textbox', { name: 'Name' }).fill('weather bot');
  await page.getByRole('button', { name: 'Create a token' }).click();
  await atRest(page);
  assert.deepEqual([calls('node:addToken'), asked.length], [1, 1]);
  assert.match(asked[0]?.message ?? '', /“weather bot” for “@[^”]+:a\.test”/);
  assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), 'weather bot');
  assert.equal(await page.getByRole('alert').count(), 0);
  assert.deepEqual((await a.api.tokens({})).items, []);

  await page.goto(`${a.control}/#/server/keys`);
  for (const name of ['Passphrase', 'Repeat passphrase'])
    await page.getByLabel(name, { exact: true }).fill('lantern gravel opera quince');
  await page.getByRole('button', { name: 'Save recovery file' }).click();
  await atRest(page);
  assert.deepEqual([calls('node:exportIdentity'), asked.length], [1, 2]);
  assert.equal(await page.getByRole('alert').count(), 0);
});

test('a token that the owner confirmed is on the clipboard, and nowhere on the page', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page, copied } = await openWindow(t, a, { path: '#/server/settings/tokens' });
  await page.getByRole('textbox', { name: 'Name' }).fill('weather bot');
  await page.getByRole('button', { name: 'Create a token' }).click();
  await page.getByText('The token is on the clipboard.').waitFor();
  assert.match(copied[0] ?? '', /^paracord_/);
  assert.ok(!(await page.content()).includes(copied[0] ?? ''));
  assert.equal(await page.getByRole('button', { name: 'Copy token' }).count(), 0);
  await page.getByRole('button', { name: 'I’ve pasted it' }).click();
  assert.equal(await page.getByText('The token is on the clipboard.').count(), 0);
});

test('an opened invite calls nobody before the owner agrees', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const inviter = await reachable(await startLocalNode(t, { name: 'b.test' }));
  const { link } = await inviter.api.makePeerInvite({});
  const { page, calls, open } = await openWindow(t, a, { path: '#/server' });
  await page.getByRole('navigation', { name: 'Main menu' }).waitFor();
  await open(link ?? '');
  const { host } = new URL(inviter.url);
  await page.getByRole('heading', { name: `Open the invite from ${host}?` }).waitFor();
  await atRest(page);
  assert.equal(calls('node:previewPeerInvite'), 0);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Trust b.test?' }).waitFor();
  assert.equal(calls('node:previewPeerInvite'), 1);
});

test('an opened link is handled once, even if it is not an invite', { skip }, async (t) => {
  const a = await startLocalNode(t, { name: 'a.test' });
  const { page, calls, open } = await openWindow(t, a, { path: '#/server' });
  await page.getByRole('navigation', { name: 'Main menu' }).waitFor();
  await open('paracord://join/b.test/abcdef');
  await page.getByRole('dialog').getByText('Part of this link is missing').waitFor();
  await atRest(page);
  assert.equal(calls('node:previewPeerInvite'), 0);
});
