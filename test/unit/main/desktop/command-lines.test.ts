/** Electron on Windows ends an app if anything follows an argument that looks like a URL. No command line of ours does. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readDesktopFlags } from '../../../../main/desktop/flags.ts';
import { loginArgs } from '../../../../main/desktop/login-item.ts';
import { type BeforeStart, unlockIdentity } from '../../../../main/desktop/process/before-start.ts';
import type { IdentityBox } from '../../../../main/desktop/secret-box.ts';
import { messageBoxes } from '../../../../main/desktop/window/dialogs.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { standInElectron } from '../../../support/electron/electron-stand-in.ts';
import { root } from '../../../support/electron/packager.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** IsUrlArg and CheckCommandLineArguments of Electron's shell/app/command_line_args.cc. */
function passes(args: readonly string[]): boolean {
  let blocked = false;
  for (const arg of args) {
    if (arg === '--') return true;
    if (blocked) return false;
    const scheme = /^([A-Za-z][^:]*):/.exec(arg)?.[1] ?? '';
    if (scheme.length > 1 && !/\s/.test(scheme)) blocked = true;
  }
  return true;
}

test('the check is Electron’s: a value of its own that looks like a URL lets nothing follow', () => {
  assert.equal(passes(['--public-url', 'https://a.test', '--background']), false);
  assert.equal(passes(['--control', 'localhost:8449', '--background']), false);
  assert.equal(passes(['--control', 'localhost:8449']), true, 'at the end it may stand');
  assert.equal(passes(['--public-url=https://a.test', '--control=localhost:8449', '--background']), true);
  assert.equal(passes(['--data-dir', 'C:\\Users\\ann', '--listen', '127.0.0.1:1', '--background']), true);
});

test('the start at login passes, wherever the data folder is', () => {
  for (const dataDir of ['/home/ann/data', 'C:\\Users\\ann\\data', 'https://not/a/url', '\\\\server\\share'])
    assert.ok(passes(['paracord-node.exe', ...loginArgs({ dataDir }, '/default')]), dataDir);
});

test('an app that starts again because of its key store passes, whatever flag is its last', async () => {
  const args = ['--data-dir=C:\\data', '--background', '--control', 'localhost:8449'];
  const stand = standInElectron({ platform: 'windows', press: () => 0 });
  const started: (readonly string[])[] = [];
  const host = {
    args,
    clock: new VirtualClock(),
    startAgain: (args: readonly string[]) => void started.push(args),
  };
  const box = { unlock: () => Promise.reject(new Error('locked')), mayOpenLater: async () => false };
  const show = messageBoxes(stand.electron, 'windows');
  const before = { electron: stand.electron, host, show, words: wordsIn('en'), log: { error: () => {} } };
  const mayStart = await unlockIdentity(before as unknown as BeforeStart, box as unknown as IdentityBox);
  assert.deepEqual([mayStart, started.length], [false, 1]);
  assert.ok(passes(['paracord-node.exe', ...(started[0] ?? [])]), started[0]?.join(' '));
});

test('every command line in the documentation that starts the app or the node passes', () => {
  const files = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })];
  const lines = files.flatMap((file) =>
    [...readFileSync(root + file, 'utf8').matchAll(/npm start -- ([^\n`]*)/g)].map(([, line]) => ({
      file,
      line: line ?? '',
    })),
  );
  assert.ok(lines.length >= 5);
  for (const { file, line } of lines)
    assert.ok(passes(line.trim().split(/\s+/)), `${file}: npm start -- ${line}`);
});

test('both forms of a flag say the same', () => {
  const read = (...args: string[]) => readDesktopFlags(args, '/data', wordsIn('en'));
  const given = ['--public-url', 'https://a.test:8448', '--control', 'localhost:8449', '--data-dir', '/x'];
  const joined = ['--public-url=https://a.test:8448', '--control=localhost:8449', '--data-dir=/x'];
  assert.deepEqual(read(...joined), read(...given));
});
