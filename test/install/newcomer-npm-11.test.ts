import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { installs, newcomer, skip, starts } from './newcomer.ts';

test('npm 11 on Node.js 20 installs a clone, and its start builds the screens', { skip }, async (t) => {
  const owner = newcomer(t, 20, 11);
  installs(owner, 'ci');
  assert.match(await starts(owner), /^Building the screens/m);
});

test('npm 11 on Node.js 22 installs a clone without any scripts, and only the first start builds', {
  skip,
}, async (t) => {
  const owner = newcomer(t, 22, 11);
  installs(owner, 'ci', '--ignore-scripts');
  assert.match(await starts(owner), /^Building the screens/m);
  assert.doesNotMatch(await starts(owner), /^Building the screens/m);
});

test('npm 11 on Node.js 24 installs a clone with npm install, and keeps the lock file', {
  skip,
}, async (t) => {
  const owner = newcomer(t, 24, 11);
  installs(owner, 'install');
  assert.match(await starts(owner), /^Building the screens/m);
  const status = ['-c', 'safe.directory=*', '-C', owner.checkout, 'status', '--short'];
  assert.equal(execFileSync('git', status, { encoding: 'utf8' }), '');
});
