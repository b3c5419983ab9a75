/** Runs the packed app, with the stand-in in place of Electron, through an owner's first steps. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from '../at-end.ts';
import { tempDir } from '../temp.ts';
import { standInElectron } from './electron-stand-in.ts';
import { importBundle } from './import-bundle.ts';
import { manifest, root } from './packager.ts';

const index = join(root, 'dist', 'renderer', 'index.html');

/**
 * `app`: the archive's files, in a folder from which nothing else of this project can be found. Works once per process.
 */
export async function runPackedApp(t: TestContext, app: string): Promise<void> {
  const stand = standInElectron();
  const dataDir = tempDir(t);
  // If the app kept running after a failed assertion, the test wouldn't end.
  atEnd(t, () => stand.electron.app.quit());
  const argv = process.argv;
  atEnd(t, () => {
    process.argv = argv;
  });
  const flags = ['--listen=127.0.0.1:0', '--control=127.0.0.1:0', '--tls=off'];
  process.argv = [process.execPath, `--data-dir=${dataDir}`, ...flags];
  atEnd(t, await importBundle(stand, join(app, manifest.main)));
  await stand.windowLoaded;

  const [window] = stand.windows;
  assert.equal(window?.options.webPreferences?.sandbox, true);
  assert.equal(window?.options.webPreferences?.preload, join(app, 'dist/desktop/preload.cjs'));
  assert.ok(existsSync(String(window?.options.icon)));
  assert.equal(stand.did.sandboxed, true);

  const page = await stand.fetch('app://paracord/index.html');
  assert.equal(page.status, 200);
  const html = await page.text();
  assert.equal(html, readFileSync(index, 'utf8'));
  for (const [, path] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g))
    assert.equal((await stand.fetch(`app://paracord/${path}`)).status, 200, path);
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|style="|https?:/, 'nothing that the policy forbids');

  const status = await stand.invoke('node:status', [{}]);
  assert.ok(status.ok && (status.value as { set_up: boolean }).set_up === false);
  const setUp = await stand.invoke('node:setUp', [{ server_name: 'a.test', owner: 'ann' }]);
  assert.ok(setUp.ok, JSON.stringify(setUp));
  assert.match(readFileSync(join(dataDir, 'identity.json'), 'utf8'), /"seed"/, 'nobody asked to seal it');
  const backup = await stand.invoke('node:backUp', [{}]);
  assert.ok(backup.ok, 'the worker beside the bundle was found');

  stand.electron.app.quit();
  assert.equal(await stand.exited, 0);
  assert.equal(existsSync(join(dataDir, 'control.json')), false);
}
