import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { asOrdinaryUser } from '../../../support/daemons/ordinary-user.ts';
import { removeTree } from '../../../support/runner/remove-tree.ts';
import { tempDir } from '../../../support/temp.ts';

test('a folder in which nobody may change anything is removed, with those inside it', (t) => {
  const base = tempDir(t);
  chmodSync(base, 0o777);
  const folder = join(base, 'run');
  const problem = asOrdinaryUser(() => {
    const inner = join(folder, 'outer', 'inner');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, 'file'), '');
    for (const path of [inner, join(folder, 'outer')]) chmodSync(path, 0o555);
    chmodSync(folder, 0);
    return removeTree(folder);
  });
  assert.equal(problem, null);
  assert.equal(existsSync(folder), false);
});

test('a folder that can’t be removed is named, and nothing is thrown', (t) => {
  const base = tempDir(t);
  const folder = join(base, 'run');
  mkdirSync(folder);
  chmodSync(base, 0o555);
  const problem = asOrdinaryUser(() => removeTree(folder));
  chmodSync(base, 0o755);
  assert.match(problem ?? '', new RegExp(folder));
});

test('a folder that is gone already is no problem', (t) => {
  assert.equal(removeTree(join(tempDir(t), 'gone')), null);
});
