import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Preferences, type WindowPlace } from '../../../../../main/desktop/preferences.ts';
import { MainWindow, type WindowParts, windowOptions } from '../../../../../main/desktop/window/window.ts';
import { placeFor, smallestSize, usualSize } from '../../../../../main/desktop/window/window-place.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

function mainWindow(t: TestContext, given: Partial<WindowParts> = {}) {
  const stand = standInElectron();
  const clock = new VirtualClock();
  const gaveUp: string[] = [];
  const file = join(tempDir(t), 'preferences.json');
  const window = new MainWindow(stand.electron, {
    preferences: new Preferences(file),
    preload: '/app/preload.cjs',
    icon: '/app/icon.png',
    devTools: false,
    clock,
    hidesOnClose: () => true,
    mayClose: () => false,
    onGaveUp: (reason) => void gaveUp.push(reason),
    onSessionEnd: () => {},
    ...given,
  });
  return { window, clock, gaveUp, file, windows: stand.windows };
}

test('the page is sandboxed, isolated, and has no Node in any of its contexts', () => {
  const { webPreferences, ...options } = windowOptions(
    { preload: '/app/preload.cjs', icon: '/app/icon.png', devTools: false },
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

test('it shows once the page is there, and comes back to the front', async (t) => {
  const { window, windows, clock } = mainWindow(t);
  window.show();
  await clock.settle();
  assert.deepEqual(windows[0]?.loaded, ['app://paracord/index.html']);
  assert.equal(windows[0]?.is.visible, true);
  windows[0]!.minimize();
  window.show('#/rooms/!1%3Aa.test');
  assert.equal(windows.length, 1);
  assert.equal(windows[0]?.is.minimized, false);
  assert.equal(windows[0]?.is.focused, true);
  assert.equal(windows[0]?.loaded.at(-1), 'app://paracord/index.html#/rooms/!1%3Aa.test');
});

test('closing hides where there is a tray, minimises where there is none, and closes on the way out', async (t) => {
  let hides = true;
  let leaving = false;
  const { window, windows, clock } = mainWindow(t, { hidesOnClose: () => hides, mayClose: () => leaving });
  window.show();
  await clock.settle();
  windows[0]!.close();
  assert.equal(windows[0]?.is.visible, false);
  assert.equal(windows[0]?.is.destroyed, false);
  hides = false;
  window.show();
  windows[0]!.close();
  assert.equal(windows[0]?.is.minimized, true);
  assert.equal(windows[0]?.is.destroyed, false);
  leaving = true;
  windows[0]!.close();
  assert.equal(windows[0]?.is.destroyed, true);
  assert.equal(window.contents, null);
});

test('the visible room is the page’s, while the window has the focus', async (t) => {
  const { window, windows, clock } = mainWindow(t);
  assert.equal(window.lookedAt, null);
  window.show();
  await clock.settle();
  const page = windows[0]!.webContents;
  page.emit('did-navigate', {}, 'app://paracord/index.html#/overview', -1, '');
  assert.equal(window.lookedAt, '#/overview');
  page.emit('did-navigate-in-page', {}, 'app://paracord/index.html#/rooms/!1%3Aa.test', true);
  page.emit('did-navigate-in-page', {}, 'app://paracord/index.html#/peers', false);
  assert.equal(window.lookedAt, '#/rooms/!1%3Aa.test');
  windows[0]!.hide();
  assert.equal(window.lookedAt, null);
});

test('its position is remembered, and a broken one is ignored', (t) => {
  const { window, windows, file } = mainWindow(t);
  window.show();
  windows[0]!.bounds = { x: 50, y: 60, width: 1000, height: 700 };
  windows[0]!.close();
  const place = { x: 50, y: 60, width: 1000, height: 700, maximized: false };
  assert.deepEqual(new Preferences(file).get(), { window: place, notifications: true });
  for (const text of ['', '{', 'null', '[]', '{"window":{"x":1e99}}', '{"window":7,"notifications":"yes"}']) {
    writeFileSync(file, text);
    assert.deepEqual(new Preferences(file).get(), { window: null, notifications: true }, text);
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

test('a page that falls is loaded again, three times in a minute', async (t) => {
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
