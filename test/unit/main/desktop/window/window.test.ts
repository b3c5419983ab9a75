import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EditFlags } from 'electron';
import { Preferences, type WindowPlace } from '../../../../../main/desktop/preferences.ts';
import { contextMenu } from '../../../../../main/desktop/window/app-menu.ts';
import {
  checksSpelling,
  MainWindow,
  placeFor,
  smallestSize,
  usualSize,
  type WindowDeps,
  windowOptions,
} from '../../../../../main/desktop/window/window.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { type StandInOptions, standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

function mainWindow(t: TestContext, given: Partial<WindowDeps> = {}, options: StandInOptions = {}) {
  const stand = standInElectron(options);
  const seen = { hidden: 0, errors: 0, quit: 0 };
  const clock = new VirtualClock();
  const gaveUp: string[] = [];
  const file = join(tempDir(t), 'preferences.json');
  const window = new MainWindow(stand.electron, {
    preferences: new Preferences(file),
    preload: '/app/preload.cjs',
    icon: '/app/icon.png',
    devTools: false,
    platform: 'linux',
    clock,
    onHidden: () => void seen.hidden++,
    hidesMenuBar: () => true,
    mayClose: () => false,
    quit: () => void seen.quit++,
    onGaveUp: (reason) => void gaveUp.push(reason),
    log: { error: () => void seen.errors++ },
    ...given,
  });
  return { window, clock, gaveUp, file, seen, windows: stand.windows };
}

test('the page is sandboxed, isolated, and has no Node in any of its contexts', (t) => {
  const preferences = new Preferences(join(tempDir(t), 'preferences.json'));
  const { webPreferences, ...options } = windowOptions(
    {
      preload: '/app/preload.cjs',
      icon: '/app/icon.png',
      devTools: false,
      hidesMenuBar: () => true,
      preferences,
      platform: 'linux',
    },
    usualSize,
  );
  assert.deepEqual(webPreferences, {
    preload: '/app/preload.cjs',
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webviewTag: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: false,
  });
  assert.equal(options.show, false);
  assert.ok(usualSize.width >= 900 && usualSize.height >= 600);
  assert.ok(smallestSize.minWidth < 600, 'the window can be narrow');
});

test('spelling is checked by macOS, and elsewhere if the owner asks for it, because that downloads a dictionary', (t) => {
  const preferences = new Preferences(join(tempDir(t), 'preferences.json'));
  const checked = () =>
    (['linux', 'windows', 'macos'] as const).map((one) => checksSpelling(preferences, one));
  assert.deepEqual(checked(), [false, false, true]);
  preferences.change({ checksSpelling: true });
  assert.deepEqual(checked(), [true, true, true]);
  preferences.change({ checksSpelling: false });
  assert.deepEqual(checked(), [false, false, false]);
});

test('it shows once the page is there, and comes back to the front', async (t) => {
  const { window, windows, clock } = mainWindow(t);
  window.show();
  await clock.settle();
  assert.deepEqual(windows[0]?.loaded, ['app://paracord/index.html']);
  assert.equal(windows[0]?.is.visible, true);
  windows[0]!.minimize();
  window.show('#/chats/!1%3Aa.test');
  assert.equal(windows.length, 1);
  assert.equal(windows[0]?.is.minimized, false);
  assert.equal(windows[0]?.is.focused, true);
  assert.equal(windows[0]?.loaded.at(-1), 'app://paracord/index.html#/chats/!1%3Aa.test');
});

test('closing hides the window, and closes it on the way out', async (t) => {
  let leaving = false;
  const { window, windows, clock, seen } = mainWindow(t, { mayClose: () => leaving });
  window.show();
  await clock.settle();
  windows[0]!.close();
  assert.equal(windows[0]?.is.visible, false);
  assert.equal(windows[0]?.isDestroyed(), false);
  // Not minimized: on Wayland its app can't bring such a window back.
  assert.equal(windows[0]?.is.minimized, false);
  assert.equal(seen.hidden, 1);
  leaving = true;
  windows[0]!.close();
  await clock.settle();
  assert.equal(windows[0]?.isDestroyed(), true);
  assert.equal(window.contents, null);
});

test('closing quits the app if its owner wants that; a no leaves the window open', async (t) => {
  const { window, windows, clock, file, seen } = mainWindow(t);
  new Preferences(file).change({ keepsRunning: false });
  const preferences = new Preferences(file);
  const quits = mainWindow(t, { preferences });
  quits.window.show();
  await quits.clock.settle();
  quits.windows[0]!.close();
  assert.deepEqual([quits.windows[0]?.is.visible, quits.seen], [true, { hidden: 0, errors: 0, quit: 1 }]);
  window.show();
  await clock.settle();
  windows[0]!.close();
  assert.deepEqual(seen, { hidden: 1, errors: 0, quit: 0 });
});

test('a click on the tray icon hides the window only if it was in front', async (t) => {
  const { window, windows, clock, seen } = mainWindow(t);
  window.toggle();
  await clock.settle();
  assert.equal(windows[0]?.is.visible, true);
  window.toggle();
  assert.deepEqual([windows[0]?.is.visible, seen.hidden], [false, 0], 'who clicks there knows where it is');
  window.toggle();
  const loseFocus = () => {
    windows[0]!.is.focused = false;
    windows[0]!.emit('blur');
  };
  loseFocus();
  await clock.advance(600);
  window.toggle();
  assert.deepEqual([windows[0]?.is.visible, windows[0]?.is.focused], [true, true], 'it was behind another');
  loseFocus();
  window.toggle();
  assert.equal(windows[0]?.is.visible, false, 'the click itself took the focus');
  window.toggle();
  windows[0]!.minimize();
  window.toggle();
  assert.deepEqual([windows[0]?.is.visible, windows[0]?.is.minimized], [true, false]);
});

test('the visible room is the page’s, while the window has the focus', async (t) => {
  const { window, windows, clock } = mainWindow(t);
  assert.equal(window.lookedAt, null);
  window.show();
  await clock.settle();
  const page = windows[0]!.webContents;
  page.emit('did-navigate', {}, 'app://paracord/index.html#/server', -1, '');
  assert.equal(window.lookedAt, '#/server');
  page.emit('did-navigate-in-page', {}, 'app://paracord/index.html#/chats/!1%3Aa.test', true);
  page.emit('did-navigate-in-page', {}, 'app://paracord/index.html#/people', false);
  assert.equal(window.lookedAt, '#/chats/!1%3Aa.test');
  windows[0]!.hide();
  assert.equal(window.lookedAt, null);
});

const forgotten = {
  window: null,
  notifications: true,
  failedUpdate: null,
  unsandboxed: false,
  staysOutside: false,
  hiddenSaid: false,
  keepsRunning: true,
  asksToQuit: true,
  loginAsked: false,
  keepsAwake: false,
  checksSpelling: null,
  pausedUntil: null,
};

test('a route that the page already shows does not load the page again', async (t) => {
  const { window, windows, clock } = mainWindow(t);
  window.show('#/chats/!1%3Aa.test');
  await clock.settle();
  window.show('#/chats/!1%3Aa.test');
  assert.equal(windows[0]?.reloads, 0, 'what was typed there would be lost');
  windows[0]!.webContents.goTo('app://paracord/index.html#/people');
  window.show('#/chats/!1%3Aa.test');
  assert.deepEqual([windows[0]?.reloads, windows[0]?.loaded.length], [0, 2]);
});

test('its place is remembered, and a damaged record of it is ignored', (t) => {
  const { window, windows, file } = mainWindow(t);
  window.show();
  windows[0]!.bounds = { x: 50, y: 60, width: 1000, height: 700 };
  windows[0]!.close();
  const place = { x: 50, y: 60, width: 1000, height: 700, maximized: false };
  assert.deepEqual(new Preferences(file).get(), { ...forgotten, window: place });
  for (const text of ['', '{', 'null', '[]', '{"window":{"x":1e99}}', '{"window":7,"notifications":"yes"}']) {
    writeFileSync(file, text);
    assert.deepEqual(new Preferences(file).get(), forgotten, text);
  }
  new Preferences(file).change({ notifications: false });
  assert.equal(new Preferences(file).get().notifications, false);
  assert.match(readFileSync(file, 'utf8'), /"notifications":false/);
});

const display = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 1280, height: 1024 };
const at = (x: number, y: number): WindowPlace => ({ x, y, width: 1000, height: 700, maximized: false });

test('a window opens where a display shows its title bar, else where the system likes', () => {
  assert.deepEqual(placeFor(null, [display]), usualSize);
  assert.deepEqual(placeFor(at(100, 100), [display]), { x: 100, y: 100, width: 1000, height: 700 });
  assert.deepEqual(placeFor(at(2000, 50), [display, second]), { x: 2000, y: 50, width: 1000, height: 700 });
  assert.deepEqual(placeFor(at(2000, 50), [display]), { width: 1000, height: 700 }, 'the display is gone');
  assert.deepEqual(
    placeFor(at(-950, 100), [display]),
    { width: 1000, height: 700 },
    'too little to get hold of',
  );
  assert.deepEqual(
    placeFor(at(100, -100), [display]),
    { width: 1000, height: 700 },
    'the title bar is above',
  );
  assert.deepEqual(
    placeFor(at(100, 1030), [display]),
    { width: 1000, height: 700 },
    'the title bar is below',
  );
  assert.equal(placeFor({ ...at(0, 0), width: 10, height: 10 }, [display]).width, smallestSize.minWidth);
});

test('a page that crashes is loaded again, up to three times in a minute', async (t) => {
  const { window, windows, clock, gaveUp } = mainWindow(t);
  window.show();
  const fall = (reason = 'crashed') => windows[0]!.webContents.emit('render-process-gone', {}, { reason });
  fall('clean-exit');
  assert.equal(windows[0]?.reloads, 0);
  for (let times = 0; times < 3; times++) fall();
  assert.equal(windows[0]?.reloads, 3);
  assert.deepEqual(gaveUp, []);
  fall('oom');
  assert.equal(windows[0]?.reloads, 3);
  assert.deepEqual(gaveUp, ['oom']);
  await clock.advance(61_000);
  fall();
  assert.equal(windows[0]?.reloads, 4);
});

test('a window that was maximized stays hidden until its page is there', async (t) => {
  const { window, windows, clock, file } = mainWindow(t, {}, { getsReady: false });
  const place = { x: 50, y: 60, width: 1000, height: 700, maximized: true };
  new Preferences(file).change({ window: place });
  const again = mainWindow(t, { preferences: new Preferences(file) }, { getsReady: false });
  again.window.show();
  await again.clock.settle();
  assert.equal(again.windows[0]?.is.visible, false, 'it would be blank');
  again.windows[0]!.emit('ready-to-show');
  assert.deepEqual([again.windows[0]?.is.visible, again.windows[0]?.is.maximized], [true, true]);
  window.show();
  await clock.settle();
  assert.equal(windows[0]?.is.visible, false);
});

test('a window whose page never gets ready appears after ten seconds', async (t) => {
  const { window, windows, clock } = mainWindow(t, {}, { getsReady: false });
  window.show();
  await clock.advance(9_999);
  assert.equal(windows[0]?.is.visible, false);
  await clock.advance(1);
  assert.equal(windows[0]?.is.visible, true);
  windows[0]!.hide();
  windows[0]!.emit('ready-to-show');
  assert.equal(windows[0]?.is.visible, false, 'what comes late does not open it again');
});

test('a page that can’t be loaded is loaded again, unless another load came first', (t) => {
  const { window, windows, gaveUp } = mainWindow(t);
  window.show();
  const fail = (code: number, isMainFrame = true) =>
    windows[0]!.webContents.emit('did-fail-load', {}, code, 'ERR_FAILED', 'app://paracord/', isMainFrame);
  fail(-3);
  fail(-2, false);
  assert.equal(windows[0]?.reloads, 0);
  for (let times = 0; times < 4; times++) fail(-2);
  assert.equal(windows[0]?.reloads, 3);
  assert.deepEqual(gaveUp, ['ERR_FAILED']);
});

test('a full-screen window leaves full screen before it hides', async (t) => {
  const { window, windows, clock } = mainWindow(t);
  window.show();
  await clock.settle();
  windows[0]!.is.fullScreen = true;
  windows[0]!.close();
  assert.equal(windows[0]?.is.visible, true, 'not yet');
  await clock.settle();
  assert.deepEqual([windows[0]?.is.visible, windows[0]?.is.fullScreen], [false, false]);
});

test('a window closes without its place, if that can’t be saved', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const preferences = new Preferences(join(dir, 'file', 'preferences.json'));
  const { window, windows, clock, seen } = mainWindow(t, { preferences });
  window.show();
  await clock.settle();
  windows[0]!.close();
  assert.deepEqual([windows[0]?.is.visible, windows[0]?.isDestroyed(), seen.errors], [false, false, 1]);
});

test('a right click offers what can be done where it was', () => {
  const editFlags = { canCut: false, canCopy: true, canPaste: true, canSelectAll: true } as EditFlags;
  const did: string[] = [];
  const menu = (given: object) =>
    contextMenu(
      {
        isEditable: false,
        selectionText: '',
        editFlags,
        linkURL: '',
        misspelledWord: '',
        dictionarySuggestions: [],
        ...given,
      },
      wordsIn('en'),
      {
        copy: (text) => did.push(`copy ${text}`),
        replaceMisspelling: (word) => did.push(`replace ${word}`),
        learn: (word) => did.push(`learn ${word}`),
      },
    );
  const items = (isEditable: boolean, selectionText: string) =>
    menu({ isEditable, selectionText }).map(({ label, type, enabled }) =>
      type === 'separator' ? '' : `${label}${enabled === false ? ' (off)' : ''}`,
    );
  assert.deepEqual(items(true, ''), ['Cut (off)', 'Copy', 'Paste', '', 'Select all']);
  assert.deepEqual(items(false, 'some words'), ['Copy']);
  assert.deepEqual(items(false, ' '), []);

  const click = (given: object) => {
    for (const { click } of menu(given)) (click as (() => void) | undefined)?.();
  };
  click({ linkURL: 'https://b.test/a' });
  click({ linkURL: 'mailto:ann@a.test?body=x' });
  click({ linkURL: 'app://paracord/index.html#/peers' });
  click({ isEditable: true, misspelledWord: 'Helo', dictionarySuggestions: ['Hello', 'Help'] });
  assert.deepEqual(did, [
    ...['copy https://b.test/a', 'copy ann@a.test', 'replace Hello', 'replace Help', 'learn Helo'],
  ]);
});
