import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { activatorId, appId, type Platform } from '../../../main/desktop/host.ts';
import { startDesktop } from '../../../main/desktop/start.ts';
import { defaultDataDir } from '../../../main/start/flags.ts';
import type { ShellView } from '../../../shared/api/shell.ts';
import { certificateFor } from '../../support/attack/tls.ts';
import { type TestHost, testHost } from '../../support/electron/desktop-host.ts';
import { type StandIn, standInElectron } from '../../support/electron/electron-stand-in.ts';
import { setUp, start, startAgain, value } from '../../support/electron/started-app.ts';
import { startLocalNode } from '../../support/nodes/local-node.ts';
import { tempDir } from '../../support/temp.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const link = 'paracord://room/!1%3Ab.test?via=b.test';

test('the app comes up: sandbox and scheme before ready, one window, one node, one tray', async (t) => {
  const { did, windows, trays, invoke, host, fetch: fetchPage, session } = await start(t);
  assert.equal(did.sandboxed, true);
  assert.deepEqual(did.schemes, [
    {
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true, stream: true },
    },
  ]);
  assert.equal(did.paths.userData, join(host.dataDir, 'desktop'));
  assert.equal(windows.length, 1);
  assert.deepEqual(windows[0]?.loaded, ['app://paracord/index.html']);
  assert.equal(windows[0]?.options.webPreferences?.sandbox, true);
  assert.equal(trays.length, 1);
  assert.equal(value<{ set_up: boolean }>(await invoke('node:status', [{}])).set_up, false);
  assert.equal((await fetchPage('app://paracord/../package.json')).status, 404);
  assert.equal(session.requests('https://friend.example/'), 'cancelled');
  assert.deepEqual(did.protocolClients, ['paracord']);
  assert.ok(did.applicationMenu.some(({ label }) => label === 'Edit'));
  const { url, token } = JSON.parse(readFileSync(join(host.dataDir, 'control.json'), 'utf8'));
  const answer = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, 'the command line reaches this node, too');
});

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

test('a failed start shows a dialog and ends with an exit code', async (t) => {
  const running = await startLocalNode(t, { name: 'b.test' });
  const inUse = await startAgain(testHost(t, { args: ['--data-dir', running.dataDir] }));
  assert.deepEqual(inUse.did.exitCodes, [4]);
  assert.equal(inUse.did.asked[0]?.message, 'Your server is already running');

  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  t.after(() => blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const taken = await startAgain(testHost(t, { args: ['--listen', `127.0.0.1:${port}`] }));
  assert.deepEqual(taken.did.exitCodes, [3]);
  assert.match(taken.did.asked[0]?.detail ?? '', new RegExp(`Port ${port} .*--listen`));

  const host = testHost(t);
  const database = new Database(join(host.dataDir, 'node.db'));
  database.pragma('user_version = 999');
  database.close();
  const newer = await startAgain(host);
  assert.deepEqual(newer.did.exitCodes, [5]);

  const file = join(host.dataDir, 'a file');
  writeFileSync(file, '');
  for (const args of [['--listen', 'nonsense'], ['--data-dir'], ['--data-dir', join(file, 'below')]]) {
    for (const platform of ['linux', 'macos'] as const) {
      const wrong = await startAgain(testHost(t, { args, platform }), { platform });
      assert.deepEqual(wrong.did.exitCodes, [2], args.join(' '));
      assert.deepEqual([wrong.windows.length, wrong.did.stoodStill], [0, []]);
    }
  }
});

test('a command ends the app with a word about where commands are, and starts no server', async (t) => {
  const host = { ...testHost(t), args: ['status', '--json'] };
  const stand = await startAgain(host);
  assert.deepEqual([stand.did.exitCodes, stand.windows.length], [[2], 0]);
  assert.match(stand.did.asked[0]?.detail ?? '', /^status: .*the Debian package paracord-node contains it/);
  assert.equal(existsSync(join(host.dataDir, 'node.db')), false);
});

test('an app that a click on an old notification starts opens its server, but makes no new one', async (t) => {
  const host = testHost(t, { platform: 'windows', args: ['-Embedding'] });
  const none = await startAgain(host, { platform: 'windows' });
  assert.deepEqual([none.did.exitCodes, existsSync(join(host.dataDir, 'node.db'))], [[0], false]);
  writeFileSync(join(host.dataDir, 'identity.json'), '');
  const some = await startAgain(host, { platform: 'windows' });
  assert.equal(some.did.asked[0]?.message, 'The identity of your server can’t be opened');
});

test('on Windows an installed app has its own name for notifications, and one run from its sources has none', async (t) => {
  for (const isPackaged of [true, false]) {
    const { did } = await start(t, { isPackaged }, { platform: 'windows' });
    assert.deepEqual(did.windowsIds, isPackaged ? [appId, activatorId] : []);
  }
});

test('a second start quits at once; the first one comes to the front and gets the link', async (t) => {
  const second = await startAgain(testHost(t, { args: [link] }), { firstInstance: false });
  assert.deepEqual(second.did.exitCodes, [0]);
  assert.equal(second.did.readyAsked, false);

  const { app, windows, invoke } = await start(t);
  await turn();
  windows[0]!.close();
  assert.equal(windows[0]?.is.visible, false);
  app.emit('second-instance', {}, ['/app/paracord-node'], '/', { link });
  assert.equal(windows[0]?.is.visible, true);
  assert.deepEqual(
    windows[0]?.webContents.sent.filter(({ channel }) => channel === 'news:link'),
    [{ channel: 'news:link', values: [] }],
  );
  assert.deepEqual(value(await invoke('shell:takeLink', [{}])), { link });
  assert.deepEqual(value(await invoke('shell:takeLink', [{}])), { link: null });
});

test('a link waits until the page has loaded, wherever it comes from; a hostile one never reaches the page', async (t) => {
  const opened = await start(t, {}, { args: [link, '--control', '0.0.0.0:1'] });
  assert.deepEqual(value(await opened.invoke('shell:takeLink', [{}])), { link });
  const event = { preventDefault: t.mock.fn() };
  opened.app.emit('open-url', event, link);
  assert.equal(event.preventDefault.mock.callCount(), 1);
  assert.deepEqual(value(await opened.invoke('shell:takeLink', [{}])), { link });
  for (const hostile of ['paracord://room/../..', 'javascript:alert(1)', `${link}&as=@root:b.test`]) {
    opened.app.emit('second-instance', {}, ['/app/paracord-node', hostile], '/', null);
    opened.app.emit('second-instance', {}, [], '/', { link: hostile });
    opened.app.emit('open-url', event, hostile);
  }
  assert.deepEqual(value(await opened.invoke('shell:takeLink', [{}])), { link: null });
});

/** The node is still starting when the app is asked to quit. */
async function whileStarting(
  t: TestContext,
  end: (stand: StandIn, host: TestHost) => void,
  platform: Platform = 'linux',
) {
  const host = testHost(t, { platform });
  const stand = standInElectron({ platform, press: () => assert.fail('nothing to ask') });
  const started = startDesktop(stand.electron, host);
  while (stand.trays.length === 0) await turn();
  assert.equal(existsSync(join(host.dataDir, 'control.json')), false);
  end(stand, host);
  assert.equal(await stand.exited, 0);
  await started;
  assert.deepEqual([stand.did.exitCodes, stand.windows.length, stand.did.asked], [[0], 0, []]);
  assert.equal(stand.trays[0]?.destroyed, true);
  assert.equal(existsSync(join(host.dataDir, 'control.json')), false);
  const freed = await startLocalNode(t, { name: 'a.test', dataDir: host.dataDir, setUp: false });
  await freed.stop();
}

test('an app that has to quit while its node starts stops the node without asking', async (t) => {
  await whileStarting(t, ({ trays }) => {
    const quit = trays[0]?.menu.find(({ label }) => label === 'Quit Paracord Node')?.click as () => void;
    quit();
  });
  await whileStarting(t, (_stand, host) => host.signal());
  await whileStarting(t, ({ system }) => assert.equal(system.shutDown(), true, 'the system waits'), 'macos');
});

test('an app that has to quit before its node starts doesn’t start it', async (t) => {
  const stand = standInElectron({ press: () => assert.fail('nothing to ask') });
  const hasTray = async () => {
    stand.electron.app.quit();
    await turn();
    return true;
  };
  const host = testHost(t, { hasTray });
  await startDesktop(stand.electron, host);
  assert.deepEqual([stand.did.exitCodes, stand.windows.length], [[0], 0]);
  assert.equal(existsSync(join(host.dataDir, 'node.db')), false);
});

test('on Windows a session that ends while the node starts ends the app', async (t) => {
  const host = testHost(t, { platform: 'windows' });
  const stand = standInElectron({ platform: 'windows' });
  const started = startDesktop(stand.electron, host);
  while (stand.trays.length === 0) await turn();
  assert.equal(stand.hidden.length, 1, 'there is a window that Windows can tell');
  assert.equal(stand.system.askToEndSession(), true);
  stand.system.endSession();
  await started;
  assert.deepEqual([stand.windows.length, stand.did.asked], [0, []]);
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

test('the tray copies an invite, or says why there is none', async (t) => {
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

test('the start at login is offered until its owner has answered, even with a no', async (t) => {
  const host = testHost(t);
  const offers = async (stand: StandIn) =>
    value<ShellView>(await stand.invoke('shell:shell', [{}])).offers_start_at_login;
  for (const offered of [true, false]) {
    const stand = await startAgain(host);
    assert.equal(await offers(stand), offered);
    value(await stand.invoke('shell:changeShell', [{ start_at_login: false }]));
    assert.equal(await offers(stand), false);
    host.signal();
    await stand.exited;
  }
});

test('an AppImage gets an entry in the applications menu if its owner wants one, and then opens links', async (t) => {
  const data = tempDir(t);
  const host = { appImage: '/home/ann/Paracord.AppImage', env: { XDG_DATA_HOME: data } };
  const stand = await start(t, {}, host);
  stand.did.protocolClients.length = 0;
  for (const in_menu of [true, false]) {
    const answer = await stand.invoke('shell:changeShell', [{ in_menu }]);
    assert.equal(value<ShellView>(answer).in_menu, in_menu);
    assert.equal(existsSync(join(data, 'applications', 'paracord-node.desktop')), in_menu);
    assert.deepEqual(stand.did.protocolClients, ['paracord']);
  }
});

test('a start in the background shows no window until asked', async (t) => {
  const quiet = await start(t, {}, { args: ['--background'] });
  assert.equal(quiet.windows.length, 0);
  quiet.app.emit('second-instance', {}, [], '/', { link: null });
  assert.equal(quiet.windows.length, 1);
  const atLogin = await start(t, { openedAtLogin: true }, { platform: 'macos' });
  assert.equal(atLogin.windows.length, 0);
  const bare = await start(t, {}, { args: ['--background'], hasTray: async () => false });
  assert.equal(bare.trays.length, 0);
  assert.equal(bare.windows.length, 0);
  bare.app.emit('second-instance', {}, [], '/', { link: null });
  assert.equal(value<ShellView>(await bare.invoke('shell:shell', [{}])).tray, false);
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

test('a long start shows a window with its progress, at login only to someone who wants a window', async (t) => {
  for (const args of [[], ['--background']]) {
    const clock = new VirtualClock();
    const { after } = clock;
    // The start takes less than a second here, so two seconds are over at once.
    t.mock.method(clock, 'after', (ms: number, run: () => void) => {
      if (ms !== 2_000) return after.call(clock, ms, run);
      queueMicrotask(run);
      return () => {};
    });
    const stand = standInElectron();
    const host = testHost(t, { args, clock });
    const started = startDesktop(stand.electron, host);
    while (stand.trays.length === 0) await turn();
    if (args.length > 0) stand.app.emit('second-instance', {}, [], '/', { link: null });
    await started;
    assert.equal((await stand.fetch('app://paracord/starting')).status, 200);
    assert.deepEqual(
      stand.windows.map((window) => [window.loaded[0], window.isDestroyed()]),
      [
        ['app://paracord/starting', true],
        ['app://paracord/index.html', false],
      ],
    );
    host.signal();
    await stand.exited;
  }
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

test('on macOS an app outside of the Applications folder offers to move there, once, and keeps its flags', async (t) => {
  const options = { platform: 'macos', outsideApplications: true } as const;
  const host = testHost(t, { platform: 'macos' });
  const yes = await startAgain(host, { ...options, press: () => 0 });
  assert.equal(await yes.exited, 0);
  assert.deepEqual(
    [yes.did.moved, yes.windows.length, existsSync(join(host.dataDir, 'node.db'))],
    [true, 0, false],
  );
  assert.match(readFileSync(`${host.defaultDataDir}.restart.json`, 'utf8'), /"--listen"/);
  for (const asked of [1, 0]) {
    const no = await startAgain(host, { ...options, press: () => 1 });
    assert.deepEqual([no.did.moved, no.did.asked.length, no.windows.length], [false, asked, 1]);
    host.signal();
    await no.exited;
  }
});

test('an app that is started without its sandbox asks, once', async (t) => {
  const host = testHost(t, { args: ['--no-sandbox'] });
  const no = standInElectron({ press: () => 1 });
  await startDesktop(no.electron, host);
  assert.deepEqual([no.did.exitCodes, no.windows.length], [[0], 0]);
  assert.equal(no.did.asked[0]?.message, 'Start without the sandbox?');
  for (const asked of [1, 0]) {
    const yes = await startAgain(host, { press: () => 0 });
    assert.equal(yes.did.asked.length, asked);
    assert.equal(yes.windows.length, 1);
    host.signal();
    await yes.exited;
  }
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

test('the app refuses --headless, because Electron would end such a node without stopping it', async (t) => {
  const stand = standInElectron();
  await startDesktop(stand.electron, testHost(t, { args: ['--headless'] }));
  assert.deepEqual(stand.did.exitCodes, [2]);
  assert.match(stand.did.asked[0]?.detail ?? '', /npm start -- --headless/);
});
