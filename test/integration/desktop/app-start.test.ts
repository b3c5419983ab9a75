import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { activatorId, appId, type Platform } from '../../../main/desktop/host.ts';
import { startDesktop } from '../../../main/desktop/start.ts';
import type { ShellView } from '../../../shared/api/shell.ts';
import { type TestHost, testHost } from '../../support/electron/desktop-host.ts';
import { type StandIn, standInElectron } from '../../support/electron/electron-stand-in.ts';
import { start, startAgain, value } from '../../support/electron/started-app.ts';
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

test('a click on an old notification starts the app with its server, but makes no new one', async (t) => {
  const host = testHost(t, { platform: 'windows', args: ['-Embedding'] });
  const none = await startAgain(host, { platform: 'windows' });
  assert.deepEqual([none.did.exitCodes, existsSync(join(host.dataDir, 'node.db'))], [[0], false]);
  writeFileSync(join(host.dataDir, 'identity.json'), '');
  const some = await startAgain(host, { platform: 'windows' });
  assert.equal(some.did.asked[0]?.message, 'The identity of your server can’t be opened');
});

test('on Windows an installed app has its own name for notifications, and one run from its sources doesn’t', async (t) => {
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

test('an app that starts without its sandbox asks about it once', async (t) => {
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

test('the app refuses --headless, because Electron would end such a node without stopping it', async (t) => {
  const stand = standInElectron();
  await startDesktop(stand.electron, testHost(t, { args: ['--headless'] }));
  assert.deepEqual(stand.did.exitCodes, [2]);
  assert.match(stand.did.asked[0]?.detail ?? '', /npm start -- --headless/);
});
