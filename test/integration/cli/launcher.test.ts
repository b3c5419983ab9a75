import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { binPath } from '../../support/nodes/child-node.ts';

const says =
  'data:text/javascript,console.log(process.pid,process.execArgv.join(),process.env.MALLOC_ARENA_MAX,process.env.MALLOC_TRIM_THRESHOLD_)';
const options = process.platform === 'win32' ? { skip: 'Windows can’t replace a process' } : {};

/** Runs the launcher, and returns the output of each program that its process becomes. */
function programs(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { NODE_OPTIONS: _, MALLOC_ARENA_MAX: __, MALLOC_TRIM_THRESHOLD_: ___, ...others } = process.env;
  const { stdout } = spawnSync(process.execPath, ['--import', says, binPath, ...args], {
    encoding: 'utf8',
    env: { ...others, ...env },
  });
  return stdout
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([pid]) => /^\d+$/.test(pid ?? ''))
    .map(([pid, flags = '', arenas = '', trims = '']) => ({ pid, flags, arenas, trims }));
}

test('a node starts with the settings that keep it small, in the process of the launcher', options, () => {
  const [launcher, node, ...more] = programs(['--listen', 'nonsense']);
  assert.deepEqual(more, []);
  assert.equal(node?.pid, launcher?.pid);
  assert.match(
    node?.flags ?? '',
    /^--max-semi-space-size=8,--initial-old-space-size=40,--heap-growing-percent=70,--invocation-count-for-maglev=2000,--expose-gc,--import,data:/,
  );
  assert.equal(node?.arenas, '2');
  assert.equal(node?.trims, '131072');
});

test('the owner’s own settings for memory stay', options, () => {
  const [launcher, ...more] = programs(['--listen', 'nonsense'], {
    NODE_OPTIONS: '--max-semi-space-size=32',
  });
  assert.doesNotMatch(launcher?.flags ?? '', /semi-space/);
  assert.deepEqual(more, []);
  const [, node] = programs(['--listen', 'nonsense'], { MALLOC_ARENA_MAX: '4', MALLOC_TRIM_THRESHOLD_: '9' });
  assert.deepEqual([node?.arenas, node?.trims], ['4', '9']);
});

test('a command doesn’t start a second time', options, () => {
  assert.equal(programs(['--version']).length, 1);
  assert.equal(programs(['bogus', 'words']).length, 1);
});

/** Prints the arguments that other users of the computer can read, and the address that the process itself knows. */
const showsArguments =
  "data:text/javascript,import{readFileSync}from'node:fs';process.on('exit',()=>console.log(JSON.stringify([readFileSync('/proc/self/cmdline','utf8'),process.env.PARACORD_NODE_DATABASE])))";

test('the address of the database, with its password, is not in the list of processes', {
  skip: process.platform !== 'linux' && 'only Linux has /proc',
}, () => {
  const url = 'postgres://ann:secret@127.0.0.1:1/paracord';
  for (const given of [['--database', url], [`--database=${url}`]])
    for (const env of [{}, { NODE_OPTIONS: '--max-semi-space-size=32' }]) {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', showsArguments, binPath, ...given, '--listen', 'nonsense'],
        { encoding: 'utf8', env: { ...process.env, ...env } },
      );
      const [line = ''] = stdout.split('\n');
      const [visible, variable] = JSON.parse(line) as [string, string];
      assert.doesNotMatch(visible, /secret/);
      assert.equal(variable, url);
      assert.match(stderr, /--listen/);
    }
});

test('--database without a value is an error', () => {
  const { status, stderr } = spawnSync(process.execPath, [binPath, '--database'], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /--database/);
});
