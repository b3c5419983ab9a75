import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { AppUpdater } from 'electron-updater';
import type { UpdateEvent } from '../../../../../main/desktop/host.ts';
import { createUpdater } from '../../../../../main/desktop/updates/electron-updater.ts';

function updater() {
  const did: string[] = [];
  const engine = Object.assign(new EventEmitter(), {
    autoInstallOnAppQuit: true,
    autoDownload: false,
    allowDowngrade: true,
    logger: null,
    checkForUpdates: async () => void did.push('check'),
    quitAndInstall: () => void did.push('install'),
  });
  const log = { info() {}, warn() {} };
  return { updater: createUpdater(log, engine as unknown as AppUpdater), engine, did };
}

test('an update is never installed on quit or shutdown, only on request', () => {
  const { updater: made, engine, did } = updater();
  assert.equal(engine.autoInstallOnAppQuit, false);
  assert.equal(engine.autoDownload, true);
  assert.equal(engine.allowDowngrade, false);
  made.install();
  assert.deepEqual(did, ['install']);
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
