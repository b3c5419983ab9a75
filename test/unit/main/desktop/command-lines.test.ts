/** Electron on Windows ends an app if anything follows an argument that looks like a URL. No command line of ours does. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readDesktopFlags } from '../../../../main/desktop/flags.ts';
import { loginArgs } from '../../../../main/desktop/login-item.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { root } from '../../../support/electron/packager.ts';

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
