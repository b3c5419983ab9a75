import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kindOf, NotAFileError, readRegular } from '../../../../main/kernel/regular-file.ts';
import { tempDir } from '../../../support/temp.ts';

test('a pipe, a device and a folder are refused without waiting, also behind a link', (t) => {
  const dir = tempDir(t);
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  symlinkSync('pipe', join(dir, 'to-pipe'));
  symlinkSync('/dev/zero', join(dir, 'device'));
  mkdirSync(join(dir, 'folder'));
  for (const name of ['pipe', 'to-pipe', 'device', 'folder']) {
    assert.throws(() => readRegular(join(dir, name)), NotAFileError, name);
    assert.equal(kindOf(join(dir, name)), 'other');
  }
});

test('a file is read, also behind a link', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), 'text');
  symlinkSync('file', join(dir, 'link'));
  assert.deepEqual([readRegular(join(dir, 'file')), readRegular(join(dir, 'link'))], ['text', 'text']);
  assert.deepEqual(
    ['file', 'link', 'none'].map((name) => kindOf(join(dir, name))),
    ['file', 'other', 'none'],
  );
});
