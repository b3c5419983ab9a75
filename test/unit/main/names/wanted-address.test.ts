import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStale, retryAt, wantedAddress } from '../../../../main/names/wanted-address.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const nowhere = { outside: null, home: null };

test('a name has the address that the router says, otherwise the one that the provider sees', () => {
  assert.deepEqual(wantedAddress('public', { outside: '81.2.69.160', home: '192.168.1.7' }), {
    kind: 'address',
    address: '81.2.69.160',
  });
  for (const outside of [null, '100.64.0.9', '192.168.0.2'])
    assert.deepEqual(wantedAddress('public', { outside, home: '192.168.1.7' }), { kind: 'ask' });
});

test('a name for the home network has the address there, or none', () => {
  const home = wantedAddress('home', { outside: '81.2.69.160', home: '192.168.1.7' });
  assert.deepEqual(home, { kind: 'address', address: '192.168.1.7' });
  assert.equal(wantedAddress('home', nowhere).kind, 'none');
});

test('a record is written again if the address changed, once a day, and after the clock was set back', () => {
  const record = { address: '81.2.69.160', set_at: 10 * dayMs, asked_at: 0, failures: 0, next_attempt_at: 0 };
  assert.equal(isStale(record, '81.2.69.160', 10.5 * dayMs), false);
  assert.equal(isStale(record, '81.2.69.161', 10.5 * dayMs), true);
  assert.equal(isStale(record, '81.2.69.160', 11 * dayMs), true);
  assert.equal(isStale(record, '81.2.69.160', 9 * dayMs), true);
});

test('after failures the pauses grow to an hour, and last as long as the provider asks', () => {
  assert.deepEqual(
    [1, 2, 3, 20].map((failures) => retryAt(failures, null, 0) / minuteMs),
    [1, 2, 4, 60],
  );
  assert.equal(retryAt(1, 15 * minuteMs, 0), 15 * minuteMs);
  assert.equal(retryAt(5, 1, 0), 16 * minuteMs);
});
