import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AppImageUpdater, type AppUpdater, DebUpdater } from 'electron-updater';
import type { UpdateEvent } from '../../../../../main/desktop/host.ts';
import { isReplaceable, ownAppImage } from '../../../../../main/desktop/updates/app-image.ts';
import {
  createUpdater,
  engineFor,
  type UpdaterDeps,
} from '../../../../../main/desktop/updates/electron-updater.ts';
import { atEnd } from '../../../../support/at-end.ts';
import { asOrdinaryUser } from '../../../../support/daemons/ordinary-user.ts';
import { tempDir } from '../../../../support/temp.ts';

const silent = { info() {}, warn() {} };
const elsewhere: UpdaterDeps = { log: silent, downloads: true, appImage: null, startAppImage: () => {} };

function updater(deps: Partial<UpdaterDeps> = {}) {
  const did: string[] = [];
  const engine = Object.assign(new EventEmitter(), {
    autoInstallOnAppQuit: true,
    autoDownload: false,
    allowDowngrade: true,
    logger: null,
    checkForUpdates: async () => void did.push('check'),
    quitAndInstall: (isSilent: boolean, startsAfterwards: boolean) =>
      void did.push(`install ${isSilent} ${startsAfterwards}`),
  });
  return { updater: createUpdater({ ...elsewhere, ...deps }, engine as unknown as AppUpdater), engine, did };
}

test('an update is never installed on quit or shutdown, only on request', () => {
  const { updater: made, engine, did } = updater();
  assert.equal(engine.autoInstallOnAppQuit, false);
  assert.equal(engine.autoDownload, true);
  assert.equal(engine.allowDowngrade, false);
  made.install(() => {});
  // On Windows: no pages to click through, and the server is back afterwards.
  assert.deepEqual(did, ['install true true']);
});

test('a failed download is a state to show, not an uncaught error', async (t) => {
  const { updater: made, engine } = updater();
  const uncaught = t.mock.fn();
  process.on('unhandledRejection', uncaught);
  t.after(() => process.off('unhandledRejection', uncaught));
  Object.assign(engine, {
    checkForUpdates: async () => ({ downloadPromise: Promise.reject(new Error('offline')) }),
  });
  await made.check();
  await turn();
  assert.equal(uncaught.mock.callCount(), 0);
});

test('events of the engine are reported in the app’s own terms, a failure in one line', () => {
  const { updater: made, engine } = updater();
  const told: UpdateEvent[] = [];
  made.listen((event) => void told.push(event));
  engine.emit('checking-for-update');
  engine.emit('update-available', { version: '2.0.0' });
  engine.emit('update-downloaded', { version: '2.0.0' });
  engine.emit('error', new Error('no network\n at somewhere'));
  assert.deepEqual(told, [
    { kind: 'checking' },
    { kind: 'downloading', version: '2.0.0' },
    { kind: 'ready', version: '2.0.0' },
    { kind: 'failed', message: 'no network' },
  ]);
});

test('an app that can’t replace itself downloads nothing', () => {
  const { updater: made, engine } = updater({ downloads: false });
  const told: UpdateEvent[] = [];
  made.listen((event) => void told.push(event));
  engine.emit('update-available', { version: '2.0.0' });
  assert.equal(engine.autoDownload, false);
  assert.deepEqual(told, [{ kind: 'available', version: '2.0.0' }]);
});

test('later reports of an installer, as on Windows and macOS, are passed on', () => {
  const { updater: made, engine } = updater();
  const failures: unknown[] = [];
  made.install((error) => void failures.push(error));
  assert.deepEqual(failures, []);
  const error = new Error('the signature differs');
  engine.emit('error', error);
  assert.deepEqual(failures, [error]);
});

/** A part of Electron, for the engines. */
function withElectron(t: TestContext): void {
  const hooks = registerHooks({
    resolve: (specifier, context, proceed) =>
      specifier === 'electron'
        ? { url: 'stand-in:electron', shortCircuit: true }
        : proceed(specifier, context),
    load: (url, context, proceed) =>
      url === 'stand-in:electron'
        ? {
            format: 'commonjs',
            shortCircuit: true,
            source: 'exports.autoUpdater = { emit() {} }; exports.app = { getVersion: () => "0.1.0" };',
          }
        : proceed(url, context),
  });
  t.after(() => hooks.deregister());
}

test('on Linux an AppImage is updated as one, and anything else only looks for newer versions', {
  skip: process.platform !== 'linux',
}, (t) => {
  withElectron(t);
  assert.ok(engineFor('/home/ann/p.AppImage') instanceof AppImageUpdater);
  assert.ok(engineFor(null) instanceof DebUpdater);
});

/** electron-updater's own engine for AppImages, with a version that it has downloaded, on files of this test. */
function appImage(t: TestContext, name = 'paracord-node-x86_64.AppImage', next = '#!/bin/sh\nexit 0\n') {
  withElectron(t);
  const dir = tempDir(t);
  const folder = join(dir, 'apps');
  mkdirSync(folder);
  const file = join(folder, name);
  writeFileSync(file, 'the old version');
  const downloaded = join(dir, 'paracord-node-x86_64.AppImage');
  writeFileSync(downloaded, next, { mode: 0o755 });
  const env = process.env.APPIMAGE;
  process.env.APPIMAGE = file;
  t.after(() => {
    if (env === undefined) delete process.env.APPIMAGE;
    else process.env.APPIMAGE = env;
  });
  let quits = 0;
  const app = {
    version: '0.1.0',
    name: 'Paracord Node',
    isPackaged: true,
    appUpdateConfigPath: join(dir, 'app-update.yml'),
    userDataPath: dir,
    baseCachePath: dir,
    whenReady: async () => {},
    relaunch() {},
    quit: () => void quits++,
    onQuit() {},
  };
  const engine = new AppImageUpdater(null, app);
  Object.assign(engine, { downloadedUpdateHelper: { file: downloaded, downloadedFileInfo: {} } });
  const started: string[] = [];
  const failures: string[] = [];
  const made = createUpdater(
    { ...elsewhere, appImage: file, startAppImage: (path) => void started.push(path) },
    engine,
  );
  made.listen(() => {});
  return {
    dir,
    folder,
    file,
    downloaded,
    started,
    failures,
    quits: () => quits,
    install: () => made.install((error) => void failures.push(String(error))),
  };
}

test('a new AppImage replaces the old one under its name, and starts with the same arguments', async (t) => {
  const update = appImage(t);
  update.install();
  assert.equal(readFileSync(update.file, 'utf8'), '#!/bin/sh\nexit 0\n');
  assert.deepEqual(readdirSync(update.folder), ['paracord-node-x86_64.AppImage']);
  assert.deepEqual([update.started, update.failures], [[update.file], []]);
  await turn();
  assert.equal(update.quits(), 1);
});

test('a file that was named after its version gives way to one that is not, which is started', (t) => {
  const update = appImage(t, 'paracord-node-0.1.0.AppImage');
  update.install();
  assert.deepEqual(readdirSync(update.folder), ['paracord-node-x86_64.AppImage']);
  assert.deepEqual(update.started, [join(update.folder, 'paracord-node-x86_64.AppImage')]);
});

test('electron-updater reports a failed install as an event only; the old AppImage is put back and the reason passed on', async (t) => {
  const broken = appImage(t, undefined, '#!/bin/sh\nexit 127\n');
  broken.install();
  assert.match(broken.failures[0] ?? '', /Command failed/);
  assert.equal(readFileSync(broken.file, 'utf8'), 'the old version');
  assert.deepEqual(readdirSync(broken.folder), ['paracord-node-x86_64.AppImage']);
  assert.deepEqual(broken.started, []);
  await turn();
  assert.equal(broken.quits(), 0, 'the app still runs');
});

test('a download that is gone by then leaves the old AppImage', (t) => {
  const gone = appImage(t);
  writeFileSync(gone.downloaded, '');
  chmodSync(gone.downloaded, 0o644);
  gone.install();
  assert.equal(gone.failures.length, 1);
  assert.equal(readFileSync(gone.file, 'utf8'), 'the old version');
});

test('an AppImage in a folder that its user may not write to is not replaceable', (t) => {
  const { file, folder, dir } = appImage(t);
  assert.equal(isReplaceable(file), true);
  chmodSync(dir, 0o755);
  chmodSync(folder, 0o555);
  atEnd(t, () => chmodSync(folder, 0o755));
  assert.equal(
    asOrdinaryUser(() => isReplaceable(file)),
    false,
  );
  assert.ok(existsSync(file));
});

test('an APPIMAGE variable that another program set is not ours', (t) => {
  const mount = tempDir(t);
  const env = { APPIMAGE: '/home/ann/Terminal.AppImage', APPDIR: mount };
  assert.equal(ownAppImage(env, '/opt/Paracord Node/paracord-node'), null);
  assert.equal(ownAppImage(env, `${mount}-other/paracord-node`), null);
  assert.equal(ownAppImage({ APPIMAGE: '/home/ann/Terminal.AppImage' }, '/opt/p'), null);
  assert.equal(
    ownAppImage({ ...env, APPIMAGE: '/home/ann/p.AppImage' }, join(mount, 'p')),
    '/home/ann/p.AppImage',
  );
});
