/** Native modules that the system really refuses to load, as if built for a newer C library or another processor. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../../support/temp.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** This project, with one module whose libraries can't be loaded. */
function projectWithBroken(t: TestContext, name: string): string {
  const folder = tempDir(t);
  for (const part of ['main', 'shared', 'test', 'dist', 'package.json'])
    symlinkSync(join(root, part), join(folder, part));
  mkdirSync(join(folder, 'node_modules'));
  for (const one of readdirSync(join(root, 'node_modules')))
    if (one !== name) symlinkSync(join(root, 'node_modules', one), join(folder, 'node_modules', one));
  const copy = join(folder, 'node_modules', name);
  cpSync(join(root, 'node_modules', name), copy, {
    recursive: true,
    filter: (path) => !/\/(?:deps|src)(?:\/|$)|\.(?:bare|node)$/.test(path.slice(root.length)),
  });
  for (const library of globSync('**/*.node', { cwd: join(root, 'node_modules', name) }))
    writeFileSync(join(copy, library), 'no library');
  return folder;
}

function run(
  cwd: string,
  args: readonly string[],
): { status: number | null; stdout: string; stderr: string } {
  // So that each import looks beside the link, and not beside the file behind it.
  return spawnSync(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, LANG: 'en_US.UTF-8', LC_ALL: '' },
  });
}

const sentence =
  /^The system couldn’t load a part of Paracord Node: .*\.node.*: .+\. The system may be too old: on Linux it needs glibc 2\.34 or newer .+ for this processor\.$/;

for (const name of ['sodium-native', 'better-sqlite3'])
  test(`a start without a window says in one sentence that the system can't load ${name}`, (t) => {
    const dataDir = tempDir(t);
    const started = run(projectWithBroken(t, name), [
      'main/cli/bin.mjs',
      '--headless',
      `--data-dir=${dataDir}`,
      '--listen=127.0.0.1:0',
      '--control=127.0.0.1:0',
    ]);
    assert.equal(started.status, 1, started.stderr);
    assert.match(started.stderr.trim(), sentence);
  });

test('the desktop app says in its dialog that the system can’t load a native module', (t) => {
  const script = `
      import { startDesktop } from './main/desktop/start.ts';
      import { testHost } from './test/support/electron/desktop-host.ts';
      import { standInElectron } from './test/support/electron/electron-stand-in.ts';
      const stand = standInElectron();
      const host = testHost({ after: (end) => process.on('exit', end) });
      await startDesktop(stand.electron, host);
      console.log(JSON.stringify([stand.did.exitCodes, stand.did.asked]));
      process.exit(0);`;
  const started = run(projectWithBroken(t, 'sodium-native'), ['--input-type=module', '--eval', script]);
  assert.equal(started.status, 0, started.stderr);
  const [exitCodes, asked] = JSON.parse(started.stdout) as [number[], { message: string; detail: string }[]];
  assert.deepEqual([exitCodes, asked.length], [[1], 1]);
  assert.equal(asked[0]?.message, 'Paracord Node couldn’t start');
  assert.match(asked[0]?.detail ?? '', sentence);
});
