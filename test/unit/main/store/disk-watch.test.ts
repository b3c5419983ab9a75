import assert from 'node:assert/strict';
import test from 'node:test';
import { DiskWatch, diskTroubleOf } from '../../../../main/store/disk-watch.ts';

const failed = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall });

test('each error of the disk is the trouble that its code names', () => {
  const troubles = [
    ['ENOSPC', 'full'],
    ['SQLITE_FULL', 'full'],
    ['EMFILE', 'files'],
    ['SQLITE_CORRUPT_INDEX', 'damaged'],
    ['SQLITE_IOERR_READ', 'damaged'],
    ['SQLITE_IOERR_FSYNC', 'read_only'],
    ['EROFS', 'read_only'],
  ] as const;
  for (const [code, trouble] of troubles) assert.equal(diskTroubleOf(failed(code)), trouble, code);
});

test('a sync that fails with EIO is trouble with the disk, and the peer is asked to retry', () => {
  let changes = 0;
  const disk = new DiskWatch(() => changes++);
  const answer = disk.answerTo(failed('EIO', 'fdatasync')) as { code: string; retryAfterSeconds: number };
  assert.equal(answer.code, 'SERVICE_UNAVAILABLE');
  assert.equal(answer.retryAfterSeconds, 60);
  assert.equal(disk.trouble, 'read_only');
  disk.worked();
  assert.deepEqual([disk.trouble, changes], [null, 2]);
});

test('errors of sockets, and errors that are about something else, are not trouble with the disk', () => {
  for (const error of [failed('EACCES', 'listen'), failed('ECONNRESET'), new TypeError('x'), null])
    assert.equal(diskTroubleOf(error), null);
});
