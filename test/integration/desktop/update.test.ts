/** The app while an update is installed, and when it can't be. */
import assert from 'node:assert/strict';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Host, UpdateEvent } from '../../../main/desktop/host.ts';
import { startDesktop } from '../../../main/desktop/start.ts';
import type { ShellView } from '../../../shared/api/shell.ts';
import { testHost } from '../../support/electron/desktop-host.ts';
import { standInElectron } from '../../support/electron/electron-stand-in.ts';
import { root } from '../../support/electron/packager.ts';
import { start, value } from '../../support/electron/started-app.ts';
import { tempDir } from '../../support/temp.ts';

/** A packed app for Windows whose updater has version 2 ready, with a data folder of its own. */
async function readyToUpdate(t: TestContext, install: (failed: (error: unknown) => void) => void) {
  const resources = tempDir(t);
  writeFileSync(join(resources, 'app-update.yml'), 'provider: github\nowner: ann\nrepo: node\n');
  symlinkSync(root, join(resources, 'app'));
  const dataDir = tempDir(t);
  const given: Partial<Host> = {
    platform: 'windows',
    args: [`--data-dir=${dataDir}`],
    root: join(resources, 'app'),
    loadUpdater: async () => {
      let tell = (_event: UpdateEvent): void => {};
      return {
        listen: (listener) => {
          tell = listener;
        },
        check: async () => tell({ kind: 'ready', version: '2.0.0' }),
        install,
      };
    },
  };
  const stand = await start(t, {}, given);
  assert.equal(value<ShellView>(await stand.invoke('shell:checkForUpdate', [{}])).update.state, 'ready');
  value(await stand.invoke('shell:installUpdate', [{}]));
  return { ...stand, dataDir, given };
}

/** Starts the new version as the installer does: with `--updated`, and nothing else. */
async function startedByInstaller(t: TestContext, before: Host) {
  const stand = standInElectron({ platform: 'windows' });
  const host = testHost(t);
  await startDesktop(stand.electron, {
    ...host,
    platform: 'windows',
    args: ['--updated'],
    defaultDataDir: before.defaultDataDir,
  });
  return { ...stand, host };
}

test('after an update on Windows the app opens the data folder it had before', async (t) => {
  let installs = 0;
  const old = await readyToUpdate(t, () => installs++);
  while (installs === 0) await turn();
  assert.equal(existsSync(join(old.dataDir, 'control.json')), false, 'the node was stopped first');
  const next = await startedByInstaller(t, old.host);
  assert.equal(next.did.paths.userData, join(old.dataDir, 'desktop'));
  next.host.signal();
  await next.exited;
});

test('an update that can’t be installed starts the app again as it was, and leaves nothing to a later start', async (t) => {
  const old = await readyToUpdate(t, (failed) => failed(new Error('the disk is full')));
  assert.equal(await old.exited, 1);
  assert.deepEqual(old.host.startedAgain, [old.host.args]);
  assert.equal(existsSync(`${old.host.defaultDataDir}.restart.json`), false);
});
