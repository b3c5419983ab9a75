import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from '../../../../../main/kernel/back-off.ts';
import { RoomFailures, roomRetry, toldAfter } from '../../../../../main/outbound/catch-up/room-failures.ts';
import { quoted } from '../../../../../shared/words/said.ts';

test('a room that cannot be read is asked for again after 5 s, and at last every five minutes', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 7, 100].map((failures) => backOffMs(roomRetry, failures)),
    [5000, 10_000, 20_000, 40_000, 300_000, 300_000],
  );
});

test('the third failure in a row is reported; a successful reading in between restarts the count', () => {
  const failures = new RoomFailures();
  const note = () => failures.note('!1', quoted('answers with an error'), 0);
  assert.deepEqual([note(), note()], [false, false]);
  assert.equal(failures.clear('!1'), false);
  assert.deepEqual([note(), note(), failures.told().length], [false, false, 0]);
  assert.equal(note(), true);
  assert.deepEqual(failures.told(), [{ roomId: '!1', reason: quoted('answers with an error') }]);
  assert.equal(note(), false, 'nothing new to tell');
  assert.equal(failures.note('!1', quoted('answers with a web page instead of events'), 0), true);
  assert.equal(failures.clear('!1'), true);
  assert.deepEqual(failures.told(), []);
});

test('a queue that cannot be read waits as a room does', () => {
  const failures = new RoomFailures();
  assert.equal(failures.isDue(null, 1000), true);
  failures.note(null, quoted('answers with an error'), 1000);
  assert.deepEqual([failures.isDue(null, 5999), failures.isDue(null, 6000)], [false, true]);
});

test('a failed room waits, then comes last; a room no longer shared is forgotten', () => {
  const failures = new RoomFailures();
  for (let i = 0; i < toldAfter; i++) failures.note('!1', quoted('answers with an error'), 1000);
  assert.deepEqual(failures.due(['!1', '!2'], 20_999), ['!2']);
  assert.deepEqual(failures.due(['!1', '!2'], 21_000), ['!2', '!1']);
  failures.retry();
  assert.deepEqual(failures.due(['!1', '!2'], 1000), ['!2', '!1']);
  assert.deepEqual(failures.due(['!2'], 1000), ['!2']);
  assert.deepEqual(failures.told(), []);
});
