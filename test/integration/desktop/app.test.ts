import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { defaultDataDir } from '../../../main/start/flags.ts';
import type { ShellView } from '../../../shared/api/shell.ts';
import { certificateFor } from '../../support/attack/tls.ts';
import { testHost } from '../../support/electron/desktop-host.ts';
import type { StandIn } from '../../support/electron/electron-stand-in.ts';
import { setUp, start, startAgain, value } from '../../support/electron/started-app.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('the command line asks the app, without a folder to be told', async (t) => {
  const env = { PATH: process.env.PATH, XDG_DATA_HOME: tempDir(t) };
  const folder = defaultDataDir(env, 'linux') ?? assert.fail();
  const { invoke, ...stand } = await start(t, {}, { args: [`--data-dir=${folder}`] });
  value(await setUp({ invoke, ...stand }));
  const cli = join(import.meta.dirname, '../../../main/cli/bin.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'status', '--json'], { env });
  assert.equal(JSON.parse(stdout).server_name, 'a.test');
});

test('on macOS the user is asked before the page gets the camera, and elsewhere not', async (t) => {
  const camera = {
    requestingUrl: 'app://paracord/index.html',
    isMainFrame: true,
    mediaTypes: ['video' as const],
    securityOrigin: 'app://paracord/',
  };
  for (const allowsCamera of [true, false]) {
    const { did, session } = await start(t, { allowsCamera }, { platform: 'macos' });
    assert.deepEqual(did.mediaAsked, [], 'not before it is wanted');
    assert.equal(await session.grants('media', camera), allowsCamera);
    assert.deepEqual(did.mediaAsked, ['camera']);
  }
  const { did, session } = await start(t, { allowsCamera: false });
  assert.equal(await session.grants('media', camera), true);
  assert.deepEqual(did.mediaAsked, []);
});

test('a node that cannot start again after a restore keeps its window, and the owner reads why', async (t) => {
  const old = await startLocalNode(t, { name: 'anna.test' });
  const { folder } = await old.api.backUp({});
  await old.stop();
  const files = tempDir(t);
  const [cert, key] = [join(files, 'cert.pem'), join(files, 'key.pem')];
  const given = await certificateFor('a.test');
  writeFileSync(cert, given.cert);
  writeFileSync(key, given.key);
  let answer = 1;
  const stand = await start(
    t,
    { press: () => answer },
    { args: ['--tls=files', `--tls-cert=${cert}`, `--tls-key=${key}`] },
  );
  rmSync(cert);
  value(await stand.invoke('node:restoreBackup', [{ folder }]));
  while (stand.did.asked.length === 0) await turn();
  assert.equal(stand.did.asked[0]?.message, 'Your server has stopped');
  assert.match(stand.did.asked[0]?.detail ?? '', /couldn’t start again after a restore, .*cert\.pem/);
  await turn();
  assert.deepEqual([stand.did.exitCodes, stand.windows[0]?.isDestroyed()], [[], false]);
  assert.match(stand.trays[0]?.image ?? '', /broken\.png$/);
  const refused = await stand.invoke('node:status', [{}]);
  assert.match(refused.ok === false ? refused.error.message : '', /^The server isn’t running/);
  answer = 0;
  stand.electron.app.quit();
  assert.equal(await stand.exited, 0);
  assert.equal(existsSync(join(stand.host.dataDir, 'control.json')), false);
});

test('quitting asks first: No keeps federating, Yes drains the queue and closes everything', async (t) => {
  let answer = 1;
  const { electron, did, exited, host, invoke, trays } = await start(t, { press: () => answer });
  electron.app.quit();
  assert.equal(did.asked[0]?.message, 'Quit Paracord Node?');
  assert.equal(did.asked[0]?.defaultId, did.asked[0]?.cancelId, 'Enter and Escape mean no');
  value(await invoke('node:status', [{}]));
  assert.deepEqual(did.exitCodes, []);
  await turn();
  answer = 0;
  electron.app.quit();
  assert.equal(await exited, 0);
  assert.equal(did.asked.length, 2);
  assert.equal(trays[0]?.destroyed, true);
  assert.equal(existsSync(join(host.dataDir, 'control.json')), false);
  assert.ok(existsSync(join(host.dataDir, 'desktop', 'preferences.json')), 'the window’s place');
  const freed = await startLocalNode(t, { name: 'a.test', dataDir: host.dataDir, setUp: false });
  await freed.stop();
});

test('an owner who ticks “Don’t ask again” quits without a question from then on, and can change that', async (t) => {
  const host = testHost(t);
  const first = await startAgain(host, { ticks: true });
  first.electron.app.quit();
  assert.equal(await first.exited, 0);
  assert.equal(first.did.asked.length, 1);
  const second = await startAgain(host, { press: () => assert.fail('nothing to ask') });
  assert.equal(value<ShellView>(await second.invoke('shell:shell', [{}])).asks_to_quit, false);
  second.electron.app.quit();
  assert.equal(await second.exited, 0);
  const third = await startAgain(host);
  value(await third.invoke('shell:changeShell', [{ asks_to_quit: true }]));
  third.electron.app.quit();
  assert.equal(await third.exited, 0);
  assert.equal(third.did.asked.length, 1);
});

test('the computer stays awake while the app runs, if its owner wants that', async (t) => {
  const host = testHost(t);
  const first = await startAgain(host);
  assert.equal(first.did.awake.size, 0);
  for (let n = 0; n < 2; n++) value(await first.invoke('shell:changeShell', [{ keeps_awake: true }]));
  assert.deepEqual([...first.did.awake.values()], ['prevent-app-suspension']);
  host.signal();
  await first.exited;
  assert.equal(first.did.awake.size, 0);
  const second = await startAgain(host);
  assert.equal(second.did.awake.size, 1);
  value(await second.invoke('shell:changeShell', [{ keeps_awake: false }]));
  assert.equal(second.did.awake.size, 0);
  host.signal();
  await second.exited;
});

test('only the topics of changes in the node reach the page', async (t) => {
  const { windows, invoke, ...stand } = await start(t);
  value(await setUp({ invoke, ...stand }));
  const { sent } = windows[0]!.webContents;
  const before = sent.length;
  const room = value<{ room_id: string }>(
    await invoke('node:createRoom', [{ name: 'Kitchen', join_rule: 'peers' }]),
  );
  const news = sent.slice(before).filter(({ channel }) => channel === 'news:change');
  assert.ok(news.length > 0);
  assert.ok(news.every(({ values }) => values.length === 1));
  assert.ok(news.some(({ values: [change] }) => (change as { room_id?: string }).room_id === room.room_id));
});

test('the tray pauses and resumes federation', async (t) => {
  const { trays, invoke, ...stand } = await start(t);
  value(await setUp({ invoke, ...stand }));
  const tray = trays[0]!;
  const item = async (label: string) => {
    for (;;) {
      const found = tray.menu.find((one) => one.label === label);
      if (found) return found.click as () => void;
      await once(tray, 'stand-in-menu');
    }
  };
  (await item('Pause'))();
  const resume = await item('Resume');
  assert.equal(value<{ paused: boolean }>(await invoke('node:settings', [{}])).paused, true);
  assert.match(tray.image, /needs\.png$/);
  resume();
  await item('Pause');
});

test('federation paused for an hour resumes by itself, also after a restart, unless it was resumed before', async (t) => {
  const clock = new VirtualClock();
  const host = testHost(t, { clock });
  const isPaused = async (stand: StandIn) =>
    value<{ paused: boolean }>(await stand.invoke('node:settings', [{}])).paused;
  const kept = () => JSON.parse(readFileSync(join(host.dataDir, 'desktop', 'preferences.json'), 'utf8'));
  const click = async (stand: StandIn, label: string) => {
    const find = () => stand.trays[0]?.menu.find((one) => one.label === label);
    while (!find()) {
      await clock.advance(250);
      await turn();
    }
    const { click } = find() as { click: () => void };
    click();
  };
  const first = await startAgain(host);
  value(await setUp(first));
  await click(first, 'Pause for an hour');
  while (!existsSync(join(host.dataDir, 'desktop', 'preferences.json')) || kept().pausedUntil === null)
    await turn();
  assert.equal(kept().pausedUntil, clock.now() + 3_600_000);
  await clock.advance(3_599_000);
  assert.equal(await isPaused(first), true);
  host.signal();
  await first.exited;

  await clock.advance(60_000);
  const second = await startAgain(host);
  while (await isPaused(second)) await turn();
  assert.equal(kept().pausedUntil, null);
  await click(second, 'Pause for an hour');
  while (kept().pausedUntil === null) await turn();
  while (await isPaused(second)) await clock.advance(60_000);
  await click(second, 'Pause for an hour');
  await click(second, 'Resume');
  while (await isPaused(second)) await turn();
  while (kept().pausedUntil !== null) await turn();
  host.signal();
  await second.exited;
});

test('a right click on a link copies its address', async (t) => {
  const { did, windows, host } = await start(t);
  const clicked = { isEditable: false, selectionText: '', editFlags: {}, misspelledWord: '' };
  windows[0]?.webContents.emit(
    'context-menu',
    {},
    { ...clicked, linkURL: 'https://b.test/', dictionarySuggestions: [] },
  );
  const item = did.menus.at(-1)?.[0] as { label: string; click: () => void };
  assert.equal(item.label, 'Copy link address');
  item.click();
  assert.deepEqual(host.copied, ['https://b.test/']);
});

test('the menus show the log in the file manager', async (t) => {
  const { did, trays, host } = await start(t);
  const help = did.applicationMenu.find(({ label }) => label === 'Help')?.submenu;
  const item = (help as { label?: string; click?: () => void }[]).find(
    ({ label }) => label === 'Show the log file',
  );
  item?.click?.();
  assert.deepEqual(did.shownFiles, [join(host.dataDir, 'desktop', 'node.log')]);
  assert.equal(trays.length, 1);
});

test('the tray copies an invite, or says why it can’t', async (t) => {
  const { trays, invoke, did, notifications, ...stand } = await start(t);
  value(await setUp({ invoke, ...stand }));
  const tray = trays[0]!;
  const item = () => tray.menu.find(({ label }) => label === 'Copy invite link')?.click as () => void;
  while (!item()) await once(tray, 'stand-in-menu');
  item()();
  while (did.asked.length === 0) await turn();
  assert.match(did.asked[0]?.detail ?? '', /can’t reach this computer yet/);
  assert.deepEqual(stand.windows[0]?.loaded.at(-1), 'app://paracord/index.html#/server/network');
  value(await invoke('node:changeSettings', [{ public_url: 'https://a.test:8448' }]));
  item()();
  while (notifications.length === 0) await turn();
  assert.match(stand.host.copied[0] ?? '', /^https:\/\/a\.test:8448\/join#/);
});

test('a panel that starts later gets the icon for the current state', async (t) => {
  const clock = new VirtualClock();
  let panel = false;
  const stand = await start(t, {}, { clock, hasTray: async () => panel });
  assert.equal(stand.trays.length, 0);
  panel = true;
  await clock.advance(60_000);
  assert.equal(stand.trays.length, 1);
  assert.notDeepEqual(stand.trays[0]?.menu, []);
  assert.equal(value<ShellView>(await stand.invoke('shell:shell', [{}])).tray, true);
  assert.equal(stand.windows[0]?.webContents.sent.at(-1)?.channel, 'news:shell');
  stand.windows[0]?.close();
  assert.equal(stand.windows[0]?.is.visible, false, 'it hides now');
});

test('settings of the app are stored, and the page is notified', async (t) => {
  const { invoke, windows, host } = await start(t, {}, { env: { XDG_CONFIG_HOME: '/nonexistent' } });
  const changed = value<ShellView>(await invoke('shell:changeShell', [{ notifications: false }]));
  assert.deepEqual(
    { ...changed, update: changed.update.state },
    {
      platform: 'linux',
      start_at_login: false,
      offers_start_at_login: true,
      notifications: false,
      notifications_refused: false,
      keeps_running: true,
      asks_to_quit: true,
      checks_spelling: false,
      keeps_awake: false,
      in_menu: null,
      offers_service: true,
      tray: true,
      keys_sealed: false,
      update: 'managed',
    },
  );
  assert.deepEqual(windows[0]?.webContents.sent.at(-1), { channel: 'news:shell', values: [changed] });
  assert.match(
    readFileSync(join(host.dataDir, 'desktop', 'preferences.json'), 'utf8'),
    /"notifications":false/,
  );
  const refused = await invoke('shell:installUpdate', [{}]);
  assert.equal(refused.ok === false && refused.error.code, 'CONFLICT');
});

test('a click in the macOS dock opens the window', async (t) => {
  const stand = await start(t, { openedAtLogin: true }, { platform: 'macos' });
  assert.equal(stand.windows.length, 0);
  stand.app.emit('activate', {}, false);
  assert.equal(stand.windows.length, 1);
});

test('without a tray, closing the window shows how to open it again', async (t) => {
  const bare = await start(t, {}, { hasTray: async () => false });
  bare.windows[0]?.close();
  assert.equal(bare.windows[0]?.is.visible, false);
  assert.equal(bare.notifications[0]?.options.title, 'Your server keeps running');
  assert.equal(bare.windows[0]?.options.autoHideMenuBar, false, 'it has the only visible way to quit');
  bare.app.emit('second-instance', {}, [], '/', { link: null });
  assert.equal(bare.windows[0]?.is.visible, true);
});

test('the first time the window is closed, its owner reads that the server keeps running', async (t) => {
  const { windows, notifications } = await start(t, {}, { platform: 'windows' });
  await turn();
  for (let n = 0; n < 2; n++) {
    windows[0]!.close();
    windows[0]!.show();
  }
  assert.deepEqual(
    notifications.map(({ options }) => options.body),
    ['Click its icon to open the window. To stop your server, choose Quit in the icon’s menu.'],
  );
  assert.equal(windows[0]?.options.autoHideMenuBar, true);
});

test('an uncaught error is logged, and the owner can restart the app', async (t) => {
  let answer = 1;
  const stand = await start(t, { press: () => answer });
  stand.host.throwUp(new Error('nobody expected this'));
  while (stand.did.asked.length === 0) await turn();
  await turn();
  assert.match(readFileSync(join(stand.host.dataDir, 'desktop', 'node.log'), 'utf8'), /nobody expected this/);
  assert.equal(stand.did.asked[0]?.message, 'Something went wrong in Paracord Node');
  assert.deepEqual(stand.did.exitCodes, []);
  answer = 0;
  stand.host.throwUp(new Error('again'));
  assert.equal(await stand.exited, 0);
  assert.deepEqual(stand.host.startedAgain, [stand.host.args]);
  assert.equal(existsSync(join(stand.host.dataDir, 'control.json')), false, 'the node was stopped');
});

test('a full disk doesn’t keep the node from stopping', async (t) => {
  const stand = await start(t);
  rmSync(join(stand.host.dataDir, 'desktop'), { recursive: true });
  writeFileSync(join(stand.host.dataDir, 'desktop'), '');
  stand.host.signal();
  assert.equal(await stand.exited, 0);
  assert.equal(existsSync(join(stand.host.dataDir, 'control.json')), false);
  const freed = await startLocalNode(t, { name: 'a.test', dataDir: stand.host.dataDir, setUp: false });
  await freed.stop();
});
