import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { installs, newcomer, skip, starts } from './newcomer.ts';

test('npm 10 on Node.js 20 installs a clone, and its start builds the screens', { skip }, async (t) => {
  const owner = newcomer(t, 20, 10);
  installs(owner, 'ci');
  assert.match(await starts(owner), /^Building the screens/m);
});

test('npm 10 on Node.js 22 installs a clone in a folder with #, ? and % in its name', { skip }, async (t) => {
  const owner = newcomer(t, 22, 10, '100% #1?');
  installs(owner, 'ci');
  assert.match(await starts(owner), /^Building the screens/m);
});

test('npm 10 on Node.js 24 packs a clone, and installs the package', { skip }, async (t) => {
  const owner = newcomer(t, 24, 10);
  installs(owner, 'ci');
  const packed = owner.npm('run', 'package:npm');
  assert.equal(packed.status, 0, packed.printed);
  assert.doesNotMatch(await starts(owner), /^Building the screens/m);
  const [file = ''] = /paracord-node-[\d.]+\.tgz/.exec(packed.printed) ?? [];
  installs(
    owner,
    'install',
    '--global',
    '--prefix',
    join(owner.checkout, 'prefix'),
    join(owner.checkout, file),
  );
});
