import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { binPath } from '../../support/nodes/child-node.ts';

const says =
  'data:text/javascript,console.log(process.pid,process.execArgv.join(),process.env.MALLOC_ARENA_MAX)';
const options = process.platform === 'win32' ? { skip: 'Windows can’t replace a process' } : {};

/** What each program says that the launcher's process runs, one after the other. */
function programs(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { NODE_OPTIONS: _, MALLOC_ARENA_MAX: __, ...others } = process.env;
  const { stdout } = spawnSync(process.execPath, ['--import', says, binPath, ...args], {
    encoding: 'utf8',
    env: { ...others, ...env },
  });
  return stdout
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([pid]) => /^\d+$/.test(pid ?? ''))
    .map(([pid, flags = '', arenas = '']) => ({ pid, flags, arenas }));
}

test('a node starts with the settings that keep it small, in the process of the launcher', options, () => {
  const [launcher, node, ...more] = programs(['--listen', 'nonsense']);
  assert.deepEqual(more, []);
  assert.equal(node?.pid, launcher?.pid);
  assert.match(node?.flags ?? '', /^--max-semi-space-size=8,--initial-old-space-size=40,--import,data:/);
  assert.equal(node?.arenas, '1');
});

test('the owner’s own settings for memory stay', options, () => {
  const [launcher, ...more] = programs(['--listen', 'nonsense'], {
    NODE_OPTIONS: '--max-semi-space-size=32',
  });
  assert.doesNotMatch(launcher?.flags ?? '', /semi-space/);
  assert.deepEqual(more, []);
  assert.equal(programs(['--listen', 'nonsense'], { MALLOC_ARENA_MAX: '4' })[1]?.arenas, '4');
});

test('a command doesn’t start a second time', options, () => {
  assert.equal(programs(['--version']).length, 1);
  assert.equal(programs(['bogus', 'words']).length, 1);
});
