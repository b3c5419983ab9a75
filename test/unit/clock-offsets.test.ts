import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockOffsets } from '../../main/peers/clock-offsets.ts';

function offsets(server: string, samples: readonly number[], into = new ClockOffsets()): ClockOffsets {
  for (const sample of samples) into.note(server, sample);
  return into;
}

test('nothing is known of a server that was not heard', () => {
  assert.equal(new ClockOffsets().of('a.test'), null);
  assert.equal(new ClockOffsets().overall(), null);
});

test('one request that was long on its way does not count: the median does', () => {
  assert.equal(offsets('a.test', [10, 12, -40_000, 11, 9]).of('a.test'), 10);
});

test('only the last nine count, so that a clock that was set is believed', () => {
  const known = offsets('a.test', Array(20).fill(5000));
  offsets('a.test', Array(5).fill(0), known);
  assert.equal(known.of('a.test'), 0);
});

test('how far we are off is the median of the peers, however much one of them says', () => {
  const known = offsets('a.test', Array(9).fill(60_000));
  offsets('b.test', [100], known);
  offsets('c.test', [200], known);
  assert.equal(known.overall(), 200);
});
