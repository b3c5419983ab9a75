/**
 * An update from the version before: the release workflow runs this with PARACORD_OLD_APP naming a program of an older
 * version that looks for updates at port 8123 of this machine, and PARACORD_UPDATES the folder with the newer one.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import manifest from '../../../package.json' with { type: 'json' };
import type { ShellView } from '../../../shared/api/shell.ts';
import {
  allowUnsandboxed,
  call,
  callShell,
  control,
  start,
} from '../../support/electron/started-packed-app.ts';

const program = process.env.PARACORD_OLD_APP ?? '';
const updates = process.env.PARACORD_UPDATES ?? '';
const skip = program === '' ? 'no app of an older version' : false;
const updatePort = 8123;

const version = async (dataDir: string): Promise<string | null> => {
  const node = await control(dataDir, 120);
  return node && ((await call(node, 'GET', 'status')) as { version: string }).version;
};

test('the previous version finds this one, installs it, and restarts with the same data folder', {
  skip,
}, async (t) => {
  const server = createServer((request, response) => {
    const file = join(updates, basename(decodeURIComponent(request.url?.split('?')[0] ?? '')));
    response.statusCode = existsSync(file) ? 200 : 404;
    if (existsSync(file)) createReadStream(file).pipe(response);
    else response.end();
  });
  t.after(() => server.close());
  await once(server.listen(updatePort, '127.0.0.1'), 'listening');
  // Not removed: the newer version still runs in it when the test ends.
  const dataDir = mkdtempSync(join(tmpdir(), 'paracord-update-'));
  if (program.endsWith('.AppImage')) allowUnsandboxed(dataDir);
  const old = start(t, program, dataDir);
  const node = await control(dataDir, 60);
  assert.ok(node, 'the older version did not start within a minute');
  await call(node, 'POST', 'setup', { server_name: 'a.test', owner: 'ann' });
  assert.notEqual(((await call(node, 'GET', 'status')) as { version: string }).version, manifest.version);

  // The download continues after the check.
  let { update } = await callShell<ShellView>(dataDir, 'checkForUpdate');
  for (
    const until = Date.now() + 300_000;
    ['checking', 'downloading'].includes(update.state) && Date.now() < until;
  )
    ({ update } = await callShell<ShellView>(dataDir, 'shell'));
  assert.equal(update.version, manifest.version, JSON.stringify(update));
  if (update.state === 'available') {
    // macOS doesn't let an app without a signature replace itself, so it leads to the download page.
    assert.equal(process.platform, 'darwin', JSON.stringify(update));
    return;
  }
  assert.equal(update.state, 'ready', JSON.stringify(update));
  const exited = once(old, 'exit');
  await callShell(dataDir, 'installUpdate').catch(() => {});
  await exited;
  assert.equal(await version(dataDir), manifest.version);
  const after = await control(dataDir, 1);
  const { set_up } = (await call(after!, 'GET', 'status')) as { set_up: boolean };
  assert.equal(set_up, true, 'it is the same server');
});
