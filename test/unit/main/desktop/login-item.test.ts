import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { desktopEntry, loginArgs, loginItem } from '../../../../main/desktop/login-item.ts';
import { standInElectron } from '../../../support/electron/electron-stand-in.ts';
import { tempDir } from '../../../support/temp.ts';

const execPath = '/opt/Paracord Node/paracord-node';
const args = ['--background', '--data-dir=/home/ann/My data'];

test('on Linux it is an autostart file, written atomically and removed', (t) => {
  const dir = tempDir(t);
  const { app } = standInElectron().electron;
  const item = loginItem(app, {
    platform: 'linux',
    env: { XDG_CONFIG_HOME: dir },
    execPath,
    appImage: null,
    args,
  });
  assert.equal(item?.isOn(), false);
  item?.set(true);
  assert.equal(item?.isOn(), true);
  const file = join(dir, 'autostart', 'paracord-node.desktop');
  assert.match(
    readFileSync(file, 'utf8'),
    /^Exec="\/opt\/Paracord Node\/paracord-node" "--background" "--data-dir=\/home\/ann\/My data"$/m,
  );
  item?.set(false);
  item?.set(false);
  assert.equal(existsSync(file), false);
});

test('an AppImage starts from where it lies, not from where it is mounted', (t) => {
  const env = { XDG_CONFIG_HOME: tempDir(t) };
  loginItem(standInElectron().electron.app, {
    platform: 'linux',
    env,
    execPath: '/tmp/.mount_x/p',
    appImage: '/home/ann/Paracord.AppImage',
    args: [],
  })?.set(true);
  const entry = readFileSync(join(env.XDG_CONFIG_HOME, 'autostart', 'paracord-node.desktop'), 'utf8');
  assert.match(entry, /^Exec="\/home\/ann\/Paracord\.AppImage"$/m);
});

test('a path cannot break out of the entry', () => {
  const exec = (argument: string) => /^Exec=(.*)$/m.exec(desktopEntry([argument]))?.[1];
  assert.equal(exec('/a "b" $c `d` 100%'), '"/a \\\\"b\\\\" \\\\$c \\\\`d\\\\` 100%%"');
  assert.equal(exec('/a\\b'), '"/a\\\\\\\\b"');
  assert.throws(() => desktopEntry(['/a\nExec=evil']), /control characters/);
});

test('macOS and Windows have a setting for it; Windows gets the command line', () => {
  for (const [platform, wanted] of [
    ['windows', args],
    ['macos', []],
  ] as const) {
    const { electron, did } = standInElectron({ platform });
    const given = platform === 'macos' ? ['--background'] : args;
    const item = loginItem(electron.app, { platform, env: {}, execPath, appImage: null, args: given });
    assert.equal(item?.set(true), 'done');
    assert.deepEqual(did.loginItem, { openAtLogin: true, args: wanted });
    assert.equal(item?.isOn(), true);
  }
});

test('on Windows the setting is off after its owner turned it off in the system’s settings', () => {
  const { electron, did } = standInElectron({ platform: 'windows' });
  const item = loginItem(electron.app, { platform: 'windows', env: {}, execPath, appImage: null, args });
  item?.set(true);
  did.startupOff = true;
  assert.equal(item?.isOn(), false);
  item?.set(true);
  assert.equal(item?.isOn(), true);
});

test('macOS may want an approval, or refuse, and the owner learns which', () => {
  for (const [loginItemStatus, result] of [
    ['requires-approval', 'needsApproval'],
    ['not-found', 'refused'],
  ] as const) {
    const { electron } = standInElectron({ platform: 'macos', loginItemStatus });
    const host = { platform: 'macos', env: {}, execPath, appImage: null, args: ['--background'] } as const;
    const item = loginItem(electron.app, host);
    assert.deepEqual([item?.set(true), item?.isOn()], [result, false]);
    assert.equal(item?.set(false), 'done');
  }
});

test('macOS passes no arguments, so an app with a data folder of its own can’t start at login there', () => {
  const host = { platform: 'macos', env: {}, execPath, appImage: null, args } as const;
  assert.equal(loginItem(standInElectron().electron.app, host), null);
});

test('from its sources, in Flatpak and in Snap there is no such setting', () => {
  const packaged = standInElectron().electron.app;
  const host = { platform: 'linux' as const, env: {}, execPath, appImage: null, args };
  assert.equal(loginItem(standInElectron({ isPackaged: false }).electron.app, host), null);
  assert.equal(loginItem(packaged, { ...host, env: { FLATPAK_ID: 'x' } }), null);
  assert.equal(loginItem(packaged, { ...host, env: { SNAP: '/snap/x' } }), null);
});

const entryIn = (dir: string) => join(dir, 'autostart', 'paracord-node.desktop');

test('the next start corrects an entry that leads to the app’s old place', (t) => {
  const dir = tempDir(t);
  const { app } = standInElectron().electron;
  const at = (appImage: string, given = args) =>
    loginItem(app, { platform: 'linux', env: { XDG_CONFIG_HOME: dir }, execPath, appImage, args: given })!;
  at('/home/ann/paracord-node-0.1.0.AppImage').refresh();
  assert.equal(existsSync(entryIn(dir)), false, 'nothing is switched on that was not');
  at('/home/ann/paracord-node-0.1.0.AppImage').set(true);
  // Lines that its owner adds stay.
  writeFileSync(entryIn(dir), `${readFileSync(entryIn(dir), 'utf8')}X-GNOME-Autostart-Delay=30\n`);
  at('/home/ann/paracord-node.AppImage', ['--background', '--data-dir=/srv/other']).refresh();
  assert.match(readFileSync(entryIn(dir), 'utf8'), /^Exec="\/home\/ann\/paracord-node-0\.1\.0\.AppImage"/m);
  at('/home/ann/My $1 apps/paracord-node.AppImage').refresh();
  const entry = readFileSync(entryIn(dir), 'utf8');
  assert.match(
    entry,
    /^Exec="\/home\/ann\/My \\\\\$1 apps\/paracord-node\.AppImage" "--background" "--data-dir=/m,
  );
  assert.match(entry, /^X-GNOME-Autostart-Delay=30$/m);
});

test('an autostart entry that the desktop’s settings disabled is off', (t) => {
  const dir = tempDir(t);
  const { app } = standInElectron().electron;
  const item = loginItem(app, {
    platform: 'linux',
    env: { XDG_CONFIG_HOME: dir },
    execPath,
    appImage: null,
    args,
  })!;
  item.set(true);
  const entry = readFileSync(entryIn(dir), 'utf8');
  for (const off of ['Hidden=true\n', 'X-GNOME-Autostart-enabled=false\n']) {
    writeFileSync(entryIn(dir), entry.replace('X-GNOME-Autostart-enabled=true\n', off));
    assert.equal(item.isOn(), false, off);
  }
});

test('at login the app starts without its window, with the data folder it has now', () => {
  assert.deepEqual(loginArgs({ dataDir: '/home/ann/data' }, '/home/ann/data'), ['--background']);
  assert.deepEqual(loginArgs({ dataDir: '/data/../other' }, '/home/ann/data'), [
    '--background',
    '--data-dir=/other',
  ]);
});
