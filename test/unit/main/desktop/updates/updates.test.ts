import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { UpdateEvent } from '../../../../../main/desktop/host.ts';
import {
  type Installation,
  type Manager,
  managedBy,
  nextUpdate,
  Updates,
  updateView,
} from '../../../../../main/desktop/updates/updates.ts';
import { wordsIn } from '../../../../../shared/words/words.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const installed: Installation = {
  platform: 'linux',
  isPackaged: true,
  env: {},
  isFromStore: false,
  knowsWhere: () => true,
};

const words = wordsIn('en');
const manager = (given: Installation): string =>
  words.desktop.updates[managedBy(given) ?? assert.fail('the app updates itself')];

test('the origin of the files decides who updates them', () => {
  assert.match(manager(installed), /package manager, or with a newer archive/);
  assert.match(manager({ ...installed, env: { FLATPAK_ID: 'x' } }), /package manager/);
  assert.match(manager({ ...installed, isPackaged: false, env: { APPIMAGE: '/a' } }), /source code/);
  assert.match(manager({ ...installed, platform: 'windows', isFromStore: true }), /store/);
  assert.equal(managedBy({ ...installed, env: { APPIMAGE: '/a' } }), null);
  assert.equal(managedBy({ ...installed, platform: 'windows' }), null);
  assert.equal(managedBy({ ...installed, platform: 'macos' }), null);
  const unpublished: Installation = { ...installed, platform: 'macos', knowsWhere: () => false };
  assert.match(manager(unpublished), /does not know where to find updates/);
});

function updating(managed: Manager | null, check: () => Promise<void> = async () => {}) {
  const clock = new VirtualClock();
  const seen = { loads: 0, checks: 0, changes: 0, installs: 0 };
  let tell: (event: UpdateEvent) => void = () => {};
  const updates = new Updates(managed, {
    clock,
    load: async () => {
      seen.loads++;
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
  return { updates, clock, seen, tell: (event: UpdateEvent) => tell(event) };
}

test('where a package manager owns the files nothing is loaded, asked or fetched', async () => {
  const { updates, clock, seen } = updating('asInstalled');
  updates.start();
  await updates.check();
  await clock.advance(48 * 3_600_000);
  assert.deepEqual(seen, { loads: 0, checks: 0, changes: 0, installs: 0 });
  assert.deepEqual(updateView(updates.state, words), {
    state: 'managed',
    version: null,
    text: words.desktop.updates.asInstalled,
  });
});

test('it looks after a minute and twice a day, and is loaded once', async () => {
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

test('each step is a state; what is ready is installed only when told to', async () => {
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
    const { state, version } = updateView(updates.state, words);
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
  (await updates.updater())?.install();
  assert.equal(seen.installs, 1);
});

test('an unavailable update is a state, not an error', async () => {
  const { updates, seen } = updating(null, async () => {
    throw new Error('net::ERR_INTERNET_DISCONNECTED\n  at somewhere');
  });
  await updates.check();
  assert.deepEqual(updateView(updates.state, words), {
    state: 'failed',
    version: null,
    text: 'Could not check for updates: net::ERR_INTERNET_DISCONNECTED',
  });
  assert.equal(seen.changes, 1);
});

test('an updater that cannot be loaded is tried again', async () => {
  let loads = 0;
  const updates = new Updates(null, {
    clock: new VirtualClock(),
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

test('nothing new is the current version', () => {
  assert.equal(nextUpdate({ kind: 'checking' }, { kind: 'current' }).kind, 'current');
});

test('installers can be made in a clone without a repository: the packager has none to look for', () => {
  const configuration = readFileSync(new URL('../../../../../electron-builder.yml', import.meta.url), 'utf8');
  assert.doesNotMatch(configuration, /^publish:/m);
  const { scripts } = JSON.parse(
    readFileSync(new URL('../../../../../package.json', import.meta.url), 'utf8'),
  );
  assert.match(scripts.package, /--publish never$/, 'nor does it upload anything by itself');
});
