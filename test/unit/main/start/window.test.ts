import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Ended, hasDisplay, runWindow, type WindowHost } from '../../../../main/start/window.ts';
import { wordsIn } from '../../../../shared/words/words.ts';
import { tempDir } from '../../../support/temp.ts';

const words = wordsIn('en');
const ended = (code: number | null, said = '', signal: NodeJS.Signals | null = null): Ended => ({
  code,
  said,
  signal,
});

/** A project with a built app and an Electron whose runtime is fetched, or not yet. */
function host(t: TestContext, given: Partial<WindowHost> & { fetched?: boolean; built?: boolean } = {}) {
  const { fetched = true, built = true, run, ...others } = given;
  const project = tempDir(t);
  const electronDir = join(project, 'node_modules', 'electron');
  mkdirSync(join(electronDir, 'dist'), { recursive: true });
  if (built) {
    mkdirSync(join(project, 'dist', 'desktop'), { recursive: true });
    writeFileSync(join(project, 'dist', 'desktop', 'main.js'), '');
  }
  const fetch = (): void => {
    writeFileSync(join(electronDir, 'path.txt'), 'electron');
    writeFileSync(join(electronDir, 'dist', 'electron'), '');
  };
  if (fetched) fetch();
  const ran: (readonly string[])[] = [];
  const said: string[] = [];
  const all: WindowHost = {
    platform: 'linux',
    env: { DISPLAY: ':0' },
    isRoot: false,
    project,
    electronDir,
    run: async (command, args, quiet) => {
      ran.push([command.replace(project, ''), ...args.map((arg) => arg.replace(project, ''))]);
      return (await run?.(command, args, quiet)) ?? ended(0);
    },
    say: (line) => void said.push(line),
    ...others,
  };
  return { host: all, ran, said, fetch };
}

test('a display exists if the system always has one, or if the session names it', () => {
  assert.equal(hasDisplay({ platform: 'linux', env: {} }), false);
  assert.equal(hasDisplay({ platform: 'linux', env: { DISPLAY: '' } }), false);
  assert.equal(hasDisplay({ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } }), true);
  assert.equal(hasDisplay({ platform: 'darwin', env: {} }), true);
  assert.equal(hasDisplay({ platform: 'win32', env: {} }), true);
});

test('the app runs on this project with the flags it was given, and its code is ours', async (t) => {
  const { host: here, ran, said } = host(t, { run: async () => ended(4) });
  assert.equal(await runWindow(['--data-dir', 'x'], here, words), 4);
  assert.deepEqual(ran, [['/node_modules/electron/dist/electron', '', '--data-dir', 'x']]);
  assert.deepEqual(said, []);
});

test('without a display, or without the package, there is no window and no message about it', async (t) => {
  for (const given of [{ env: {} }, { electronDir: null }]) {
    const { host: here, ran, said } = host(t, given);
    assert.equal(await runWindow([], here, words), null);
    assert.deepEqual([ran, said], [[], []]);
  }
});

test('a runtime that is missing is fetched once, with a line that says so', async (t) => {
  const here = host(t, {
    fetched: false,
    run: async (_command, args) => {
      if (args[0]?.endsWith('install.js')) here.fetch();
      return ended(0);
    },
  });
  assert.equal(await runWindow([], here.host, words), 0);
  assert.deepEqual(here.said, ['Downloading the Electron runtime. This happens only once.']);
  assert.equal(here.ran.length, 2);
  assert.equal(await runWindow([], here.host, words), 0);
  assert.equal(here.ran.length, 3);
});

const failures: readonly [string, Parameters<typeof host>[1], RegExp][] = [
  [
    'a runtime that can’t be fetched',
    { fetched: false, run: async () => ended(1, 'RequestError: getaddrinfo ENOTFOUND github.com') },
    /^The Electron runtime couldn’t be downloaded \(RequestError: .*\)\. Starting without a window\.$/,
  ],
  ['a runtime that is half there', { fetched: false }, /is incomplete/],
  ['an app that was not built', { built: false }, /npm run build/],
  ['root on Linux', { isRoot: true }, /sandbox would be off/],
  ['an app that crashes', { run: async () => ended(null, '', 'SIGTRAP') }, /crashed \(SIGTRAP\)/],
];
for (const [what, given, sentence] of failures)
  test(`${what} leads to a node without a window, and one sentence why`, async (t) => {
    const { host: here, said } = host(t, given);
    assert.equal(await runWindow([], here, words), null);
    assert.match(said.at(-1) ?? '', sentence);
    assert.equal(said.filter((line) => !line.startsWith('Downloading')).length, 1);
  });

test('an app that was killed is not started again without a window', async (t) => {
  const { host: here } = host(t, { run: async () => ended(null, '', 'SIGKILL') });
  assert.equal(await runWindow([], here, words), 1);
});
