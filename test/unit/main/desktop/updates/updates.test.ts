import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { UpdateEvent } from '../../../../../main/desktop/host.ts';
import {
  downloadPage,
  type FailedUpdate,
  type Manager,
  managedBy,
  nextUpdate,
  type Obstacle,
  obstacle,
  Updates,
  updateView,
  waitingVersion,
} from '../../../../../main/desktop/updates/updates.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { tempDir } from '../../../../support/temp.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const installed = { isPackaged: true, isFromStore: false, knowsWhere: true };

const words = wordsIn('en');
const page = 'https://github.com/a/b/releases/latest';
const manager = (given: typeof installed): string =>
  words.desktop.updates[managedBy(given) ?? assert.fail('the app updates itself')];

test('the origin of the files decides who updates them', () => {
  assert.equal(managedBy(installed), null, 'a package is not updated, but it reports newer versions');
  assert.match(manager({ ...installed, isPackaged: false }), /source code/);
  assert.match(manager({ ...installed, isFromStore: true }), /store/);
  assert.match(manager({ ...installed, knowsWhere: false }), /doesn’t know where to find updates/);
});

function updating(
  managed: Manager | null,
  check: () => Promise<void> = async () => {},
  given: { obstacle?: () => Promise<Obstacle | null>; failed?: FailedUpdate } = {},
) {
  const clock = new VirtualClock();
  const seen = { loads: 0, checks: 0, changes: 0, installs: 0 };
  const downloads: boolean[] = [];
  let tell: (event: UpdateEvent) => void = () => {};
  const updates = new Updates(managed, {
    clock,
    obstacle: given.obstacle ?? (async () => null),
    failed: given.failed ?? null,
    load: async (wanted) => {
      seen.loads++;
      downloads.push(wanted);
      return {
        listen: (listener) => {
          tell = listener;
        },
        check: () => {
          seen.checks++;
          return check();
        },
        install: () => void seen.installs++,
      };
    },
    onChange: () => void seen.changes++,
  });
  return { updates, clock, seen, downloads, tell: (event: UpdateEvent) => tell(event) };
}

test('if a store owns the files, nothing is loaded, asked or downloaded', async () => {
  const { updates, clock, seen } = updating('fromStore');
  updates.start();
  await updates.check();
  await clock.advance(48 * 3_600_000);
  assert.deepEqual(seen, { loads: 0, checks: 0, changes: 0, installs: 0 });
  assert.deepEqual(updateView(updates.state, words, page), {
    state: 'managed',
    page: null,
    version: null,
    text: words.desktop.updates.fromStore,
  });
});

test('it checks after a minute and twice a day, and is loaded once', async () => {
  const { updates, clock, seen } = updating(null);
  updates.start();
  await clock.advance(59_000);
  assert.equal(seen.loads, 0);
  await clock.advance(24 * 3_600_000);
  assert.equal(seen.loads, 1);
  assert.equal(seen.checks, 2);
  updates.stop();
  await clock.advance(48 * 3_600_000);
  assert.equal(seen.checks, 2);
});

test('each step is a state; a downloaded update is installed only on request', async () => {
  const { updates, seen, tell } = updating(null);
  assert.equal(await updates.updater(), null);
  await updates.check();
  const states = (
    [
      { kind: 'checking' },
      { kind: 'downloading', version: '2.0.0' },
      { kind: 'ready', version: '2.0.0' },
    ] as const
  ).map((event) => {
    tell(event);
    const { state, version } = updateView(updates.state, words, page);
    return [state, version];
  });
  assert.deepEqual(states, [
    ['checking', null],
    ['downloading', '2.0.0'],
    ['ready', '2.0.0'],
  ]);
  assert.equal(seen.installs, 0);
  tell({ kind: 'failed', message: 'no network' });
  assert.equal(updates.state.kind, 'ready', 'it is still on disk');
  (await updates.updater())?.install(() => {});
  assert.equal(seen.installs, 1);
});

test('an unavailable update is a state, not an error', async () => {
  const { updates, seen } = updating(null, async () => {
    throw new Error('net::ERR_INTERNET_DISCONNECTED\n  at somewhere');
  });
  await updates.check();
  assert.deepEqual(updateView(updates.state, words, page), {
    state: 'failed',
    page: null,
    version: null,
    text: 'Couldn’t check for updates: net::ERR_INTERNET_DISCONNECTED',
  });
  assert.equal(seen.changes, 1);
});

test('an updater that cannot be loaded is tried again', async () => {
  let loads = 0;
  const updates = new Updates(null, {
    clock: new VirtualClock(),
    obstacle: async () => null,
    failed: null,
    load: async () => {
      loads++;
      throw new Error('it is not there');
    },
    onChange: () => {},
  });
  await updates.check();
  await updates.check();
  assert.equal(loads, 2);
  assert.equal(updates.state.kind, 'failed');
});

test('an app that can’t replace itself looks for new versions without downloading them, and links to them', async () => {
  const { updates, downloads, tell } = updating(null, undefined, { obstacle: async () => 'unsigned' });
  await updates.check();
  assert.deepEqual(downloads, [false]);
  tell({ kind: 'available', version: '2.0.0' });
  const view = updateView(updates.state, words, page);
  assert.deepEqual([view.state, view.version, view.page], ['available', '2.0.0', page]);
  assert.match(view.text, /isn’t signed\. Download the new version/);
  assert.equal(await updates.updater(), null);
});

test('if the file can no longer be replaced, nothing is stopped for an update that can’t be installed', async () => {
  let why: Obstacle | null = null;
  const { updates, tell } = updating(null, undefined, { obstacle: async () => why });
  await updates.check();
  tell({ kind: 'ready', version: '2.0.0' });
  why = 'readOnly';
  assert.equal(await updates.updater(), null);
  assert.match(updateView(updates.state, words, page).text, /may not write to its own file or folder/);
});

test('an update that could not be installed is reported after the restart, until the next check', async () => {
  const failed = { version: '2.0.0', reason: 'no space left' };
  const { updates, tell } = updating(null, undefined, { failed });
  const view = updateView(updates.state, words, page);
  assert.deepEqual([view.state, view.page], ['failed', page]);
  assert.match(view.text, /^Version 2\.0\.0 couldn’t be installed: no space left\. Your server runs/);
  await updates.check();
  tell({ kind: 'checking' });
  assert.equal(updates.state.kind, 'checking');
});

test('before the first check nobody says that there is no newer version', () => {
  const { updates } = updating(null);
  assert.equal(updateView(updates.state, words, page).text, 'Not checked for updates yet.');
});

test('a deb or an archive looks for new versions, and says how to install one', async () => {
  const why = await obstacle(
    { platform: 'linux', appImage: null },
    async () => true,
    () => true,
  );
  const { updates, downloads, tell } = updating(null, undefined, { obstacle: async () => why });
  await updates.check();
  assert.deepEqual(downloads, [false]);
  tell({ kind: 'available', version: '2.0.0' });
  const view = updateView(updates.state, words, page);
  assert.deepEqual([view.page, waitingVersion(updates.state)], [page, '2.0.0']);
  assert.match(view.text, /Download the new package or archive and install it over this one/);
});

test('macOS replaces only signed apps; an AppImage has to be writable, with its folder', async (t) => {
  const signed = (is: boolean) => async () => is;
  assert.equal(await obstacle({ platform: 'macos', appImage: null }, signed(false), () => true), 'unsigned');
  assert.equal(await obstacle({ platform: 'macos', appImage: null }, signed(true), () => true), null);
  assert.equal(await obstacle({ platform: 'macos', appImage: null }, signed(true), () => false), 'notMoved');
  assert.equal(await obstacle({ platform: 'windows', appImage: null }, signed(false), () => true), null);
  const file = join(tempDir(t), 'paracord-node.AppImage');
  assert.equal(await obstacle({ platform: 'linux', appImage: file }, signed(false), () => true), 'readOnly');
  writeFileSync(file, '');
  assert.equal(await obstacle({ platform: 'linux', appImage: file }, signed(false), () => true), null);
});

test('the download page is that of the repository the installer was made in', () => {
  const file = 'owner: some-one\nrepo: paracord-node\nprovider: github\nupdaterCacheDirName: x\n';
  assert.equal(downloadPage(file), 'https://github.com/some-one/paracord-node/releases/latest');
  assert.equal(downloadPage(file.replace('github', 'generic')), null);
  assert.equal(downloadPage(file.replace('some-one', '"a/../b"')), null);
  assert.equal(downloadPage(null), null);
});

test('no update means that this is the current version', () => {
  assert.equal(nextUpdate({ kind: 'checking' }, { kind: 'current' }, null).kind, 'current');
});

test('installers can be made in a clone without a repository: the packager has none to look for', () => {
  const configuration = readFileSync(new URL('../../../../../electron-builder.yml', import.meta.url), 'utf8');
  assert.doesNotMatch(configuration, /^publish:/m);
  const { scripts } = JSON.parse(
    readFileSync(new URL('../../../../../package.json', import.meta.url), 'utf8'),
  );
  assert.match(scripts.package, /--publish never$/, 'nor does it upload anything by itself');
});
