import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { menuEntry } from '../../../../main/desktop/menu-entry.ts';
import manifest from '../../../../package.json' with { type: 'json' };
import { root } from '../../../support/electron/packager.ts';
import { tempDir } from '../../../support/temp.ts';

const icon = join(root, 'build/icons/256x256.png');

test('the menu entry of an AppImage starts it with links, has its icon, and goes with it', (t) => {
  const env = { XDG_DATA_HOME: tempDir(t) };
  const item = menuEntry({ env, appImage: '/home/ann/My Apps/Paracord.AppImage' }, icon);
  assert.equal(item?.isThere(), false);
  item?.set(true);
  const file = join(env.XDG_DATA_HOME, 'applications', manifest.desktopName);
  const iconFile = join(env.XDG_DATA_HOME, 'icons/hicolor/256x256/apps/paracord-node-desktop.png');
  const entry = readFileSync(file, 'utf8');
  for (const line of [
    'Exec="/home/ann/My Apps/Paracord.AppImage" %u',
    'TryExec=/home/ann/My Apps/Paracord.AppImage',
    'MimeType=x-scheme-handler/paracord;',
    'Icon=paracord-node-desktop',
    'StartupWMClass=paracord-node',
  ])
    assert.ok(entry.split('\n').includes(line), line);
  assert.deepEqual(readFileSync(iconFile), readFileSync(icon));
  assert.equal(item?.isThere(), true);
  item?.set(false);
  item?.set(false);
  assert.deepEqual([existsSync(file), existsSync(iconFile)], [false, false]);
});

test('the menu entry follows an AppImage that was moved, and is never made by that', (t) => {
  const env = { XDG_DATA_HOME: tempDir(t) };
  const file = join(env.XDG_DATA_HOME, 'applications', manifest.desktopName);
  const at = (appImage: string) => menuEntry({ env, appImage }, icon);
  at('/home/ann/Downloads/P.AppImage')?.refresh();
  assert.equal(existsSync(file), false);
  at('/home/ann/Downloads/P.AppImage')?.set(true);
  at('/home/ann/Apps/P.AppImage')?.refresh();
  assert.match(readFileSync(file, 'utf8'), /^Exec="\/home\/ann\/Apps\/P\.AppImage" %u$/m);
});

test('an installed package needs no menu entry', () => {
  assert.equal(menuEntry({ env: {}, appImage: null }, icon), null);
});
