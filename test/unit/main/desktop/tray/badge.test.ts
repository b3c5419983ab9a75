import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Platform } from '../../../../../main/desktop/host.ts';
import { Preferences } from '../../../../../main/desktop/preferences.ts';
import { showBadge } from '../../../../../main/desktop/tray/badge.ts';
import { MainWindow } from '../../../../../main/desktop/window/window.ts';
import { type Words, wordsIn } from '../../../../../shared/words/words.ts';
import { standInElectron } from '../../../../support/electron/electron-stand-in.ts';
import { root } from '../../../../support/electron/packager.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const iconsDir = join(root, 'build/icons/tray');

function badge(t: TestContext, platform: Platform) {
  const stand = standInElectron({ platform });
  const window = new MainWindow(stand.electron, {
    preferences: new Preferences(join(tempDir(t), 'preferences.json')),
    preload: '',
    icon: '',
    devTools: false,
    platform,
    clock: new VirtualClock(),
    onHidden: () => {},
    hidesMenuBar: () => true,
    mayClose: () => false,
    quit: () => {},
    onGaveUp: () => {},
    log: { error: () => {} },
  });
  const show = (unread: number, words: Words = wordsIn('en')) =>
    showBadge({ electron: stand.electron, platform, iconsDir, window, words: () => words }, unread);
  return { ...stand, window, show };
}

test('macOS and Linux show the number of unread messages on the icon of the app', (t) => {
  for (const platform of ['macos', 'linux'] as const) {
    const { show, did } = badge(t, platform);
    show(3);
    assert.equal(did.badge, 3);
    show(0);
    assert.equal(did.badge, 0);
  }
});

test('Windows shows a dot over the icon in the taskbar, and a screen reader reads the number', async (t) => {
  const { show, window, windows } = badge(t, 'windows');
  show(1);
  window.show();
  await turn();
  const [native] = windows;
  assert.deepEqual(native?.overlay, { path: join(iconsDir, 'unread.png'), description: '1 unread message' });
  assert.ok(existsSync(native.overlay.path));
  show(100, wordsIn('de'));
  assert.equal(native.overlay.description, 'Mehr als 99 ungelesene Nachrichten');
  show(0);
  assert.equal(native.overlay, null);
});

test('the dot of a window that was closed to the background is there again when it opens', async (t) => {
  const { show, window, windows } = badge(t, 'windows');
  window.show();
  await turn();
  show(2);
  windows[0]?.close();
  const overlay = () => windows[0]?.overlay ?? null;
  assert.equal(overlay(), null);
  show(3);
  window.show();
  assert.equal(overlay()?.description, '3 unread messages');
});
