/**
 * The app as the installers contain it, on the system it is made for: the release workflow runs this with
 * PARACORD_PACKED_APP naming the program. Its fuses keep Node's debugger out, so it is asked over its control API, and
 * its page over Chromium's.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ShellView } from '../../../shared/api/shell.ts';
import {
  allowUnsandboxed,
  call,
  callShell,
  control,
  start,
} from '../../support/electron/started-packed-app.ts';
import { tempDir } from '../../support/temp.ts';

const program = process.env.PARACORD_PACKED_APP ?? '';
const skip = program === '' ? 'no packed app' : false;
/** An AppImage starts without its sandbox where the system forbids user namespaces, and asks first. */
const isAppImage = program.endsWith('.AppImage');
const isWindows = process.platform === 'win32';
const endSession = fileURLToPath(new URL('../../support/electron/end-session.ps1', import.meta.url));

test('the packed app runs a node, backs it up on a thread, runs only once, and stops properly', {
  skip,
}, async (t) => {
  const dataDir = tempDir(t);
  if (isAppImage) allowUnsandboxed(dataDir);
  const app = start(t, program, dataDir, '--background');
  const node = await control(dataDir, 60);
  assert.ok(node, 'the node did not start within a minute');
  await call(node, 'POST', 'setup', { server_name: 'a.test', owner: 'ann' });
  await call(node, 'POST', 'backup', {});
  // A link opens in the running app; the second app quits.
  const second = start(t, program, dataDir, 'paracord://room/!1%3Ab.test');
  const [code] = (await once(second, 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.equal(app.exitCode, null, 'the first one stays');
  // Its window is there now, with the page. Xvfb has no panel that would show a tray icon.
  const { tray } = await callShell<ShellView>(dataDir, 'shell');
  assert.equal(tray, process.platform !== 'linux');
  const exited = once(app, 'exit') as Promise<[number | null]>;
  // Windows has no signal that a program can answer: there the session ends.
  if (isWindows) execFileSync('powershell', ['-NoProfile', '-File', endSession, String(app.pid)]);
  else app.kill('SIGTERM');
  const [exitCode] = await exited;
  assert.equal(exitCode, 0);
  assert.equal(existsSync(join(dataDir, 'control.json')), false, 'the node was stopped in order');
});

test('an AppImage without its sandbox starts no node before its owner agreed', {
  skip: skip || (isAppImage ? false : 'no AppImage'),
}, async (t) => {
  const dataDir = tempDir(t);
  start(t, program, dataDir);
  assert.equal(await control(dataDir, 15), null);
});
