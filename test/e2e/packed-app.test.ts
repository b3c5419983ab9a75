/**
 * The app as the installers contain it, on the system it is made for: the release workflow runs this with
 * PARACORD_PACKED_APP naming the program. Its fuses keep every debugger out, so it is asked over its control API.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../support/temp.ts';

const program = process.env.PARACORD_PACKED_APP ?? '';
const skip = program === '' ? 'skipped: no packed app' : false;
/** Where the system forbids user namespaces, an AppImage is started without its sandbox, and asks first. */
const isAppImage = program.endsWith('.AppImage');
const isWindows = process.platform === 'win32';

function start(t: TestContext, dataDir: string, ...more: string[]): ChildProcess {
  const flags = ['--listen=127.0.0.1:0', '--control=127.0.0.1:0', '--tls=off', '--background'];
  const app = spawn(program, [`--data-dir=${dataDir}`, ...flags, ...more], { stdio: 'inherit' });
  t.after(() => app.kill('SIGKILL'));
  return app;
}

interface Control {
  readonly url: string;
  readonly token: string;
}

/** What another program needs to call the node; `null` if it doesn't run within this many seconds. */
async function control(dataDir: string, seconds: number): Promise<Control | null> {
  const file = join(dataDir, 'control.json');
  const read = (): Control | null => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null);
  try {
    // It is written under another name first, so it is complete when it is there.
    for await (const _change of watch(dataDir, { signal: AbortSignal.timeout(seconds * 1000) })) {
      const found = read();
      if (found) return found;
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
  return read();
}

async function call({ url, token }: Control, method: string, path: string, input?: object): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(input ? { body: JSON.stringify(input) } : {}),
  });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

function allowUnsandboxed(dataDir: string): void {
  mkdirSync(join(dataDir, 'desktop'), { recursive: true });
  writeFileSync(join(dataDir, 'desktop', 'preferences.json'), '{"unsandboxed":true}');
}

test('the packed app runs a node, backs it up on a thread, is there once, and stops in order', {
  skip,
}, async (t) => {
  const dataDir = tempDir(t);
  if (isAppImage) allowUnsandboxed(dataDir);
  const app = start(t, dataDir);
  const node = await control(dataDir, 60);
  assert.ok(node, 'the node did not start within a minute');
  await call(node, 'POST', 'setup', { server_name: 'a.test', owner: 'ann' });
  await call(node, 'POST', 'backup', {});
  // A link opens in the app that runs; the second one leaves.
  const [code] = (await once(start(t, dataDir, 'paracord://room/!1%3Ab.test'), 'exit')) as [number | null];
  assert.equal(code, 0);
  assert.equal(app.exitCode, null, 'the first one stays');
  // Windows has no signal that a program can answer.
  if (isWindows) return;
  app.kill('SIGTERM');
  const [exitCode] = (await once(app, 'exit')) as [number | null];
  assert.equal(exitCode, 0);
  assert.equal(existsSync(join(dataDir, 'control.json')), false, 'the node was stopped in order');
});

test('an AppImage without its sandbox starts no node before its owner agreed', {
  skip: skip || (isAppImage ? false : 'skipped: no AppImage'),
}, async (t) => {
  const dataDir = tempDir(t);
  start(t, dataDir);
  assert.equal(await control(dataDir, 15), null);
});
