import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isReadHere } from '../../../../../main/http/between/standby-side.ts';

test('a standby answers peers’ reads itself, except those that the leader has to know of', () => {
  const at = (path: string) => `/_paracord/federation/v1${path}`;
  for (const isSigned of [true, false]) {
    for (const path of ['/event/x', '/events?room_id=1', '/digest?x', '/directory', '/peers/invite/1'])
      assert.equal(isReadHere('GET', at(path), isSigned), true, path);
    for (const path of ['/queue', '/queue?after=3', '/receipts', '/recall'])
      assert.equal(isReadHere('GET', at(path), isSigned), false, path);
    for (const path of ['/event', '/events', '/join', '/receipts'])
      assert.equal(isReadHere('POST', at(path), isSigned), false);
    assert.equal(isReadHere('GET', '/.well-known/paracord/server', isSigned), true);
  }
  assert.equal(isReadHere('GET', at('/keys'), false), true, 'for anyone');
  assert.equal(isReadHere('GET', at('/keys?after=1'), true), false, 'who has read them is noted');
});
