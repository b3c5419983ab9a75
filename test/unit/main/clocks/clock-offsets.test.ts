import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ClockOffsets,
  consensus,
  type Evidence,
  estimate,
  type Sample,
} from '../../../../main/clocks/clock-offsets.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const minute = 60_000;

function offsets(
  server: string,
  samples: readonly number[],
  into = new ClockOffsets(new VirtualClock(), () => {}),
  by: Evidence = 'signed',
): ClockOffsets {
  for (const sample of samples) into.note(server, sample, by);
  return into;
}

/** A second apart, the last one just now. */
const row = (by: Evidence, values: readonly number[], endedAgoMs = 0): Sample[] =>
  values.map((offsetMs, i) => ({ at: -endedAgoMs - 1000 * (values.length - 1 - i), offsetMs, by }));

test('nothing is known about the clock of a server that never made contact', () => {
  const none = new ClockOffsets(new VirtualClock(), () => {});
  assert.equal(none.of('a.test'), null);
  assert.equal(none.overall(), null);
  assert.deepEqual(none.around('a.test'), { peerMs: null, othersMs: null });
});

test('one slow request doesn’t matter: the median decides', () => {
  assert.equal(offsets('a.test', [10, 12, -40_000, 11, 9]).of('a.test'), 11);
  assert.equal(offsets('a.test', [10, 12, 9, 11, -40_000]).of('a.test'), 10, 'nor as the last one');
});

test('two readings in a row that agree mean a clock that was set, and count at once', () => {
  const known = offsets('a.test', Array(20).fill(50_000));
  offsets('a.test', [100], known);
  assert.equal(known.of('a.test'), 50_000, 'one alone may be an odd one');
  offsets('a.test', [120], known);
  assert.equal(known.of('a.test'), 120);
});

test('slow connections aren’t mistaken for a clock that was set', () => {
  assert.equal(offsets('a.test', [0, 0, 0, 0, 0, -4000, -3000]).of('a.test'), 0);
});

test('a reading that repeats the last two within a second is left out, however many there are', () => {
  const known = offsets('a.test', [0, 10]);
  offsets('a.test', Array(50).fill(20), known);
  assert.equal(known.of('a.test'), 10, 'of two readings');
  offsets('a.test', [60_000, 60_100], known);
  assert.equal(known.of('a.test'), 60_100, 'what differs counts as before');
});

test('only the last nine of a kind are kept, so that many of the one leave room for the other', () => {
  const known = offsets('a.test', Array(50).fill(5));
  offsets('a.test', Array(50).fill(600_000), known, 'told');
  assert.equal(known.of('a.test'), 5);
});

test('how far we are off is the median of the peers, however much one of them says', () => {
  const known = offsets('a.test', Array(9).fill(60_000));
  offsets('b.test', [100], known);
  offsets('c.test', [200], known);
  assert.equal(known.overall(), 200);
  assert.deepEqual(known.around('a.test'), { peerMs: 60_000, othersMs: 200 });
});

test('two clocks that disagree decide nothing: a liar can’t make ours look wrong', () => {
  for (const lie of [600_000, -600_000, 31_000]) {
    assert.equal(consensus([lie, 100]), 'disagree');
    assert.equal(consensus([100, lie]), 'disagree');
    assert.equal(consensus([lie, lie + 10, 100, 120]), 'disagree');
    assert.ok(Number(consensus([lie, 90, 100, 120])) <= 120);
  }
  assert.equal(consensus([600_000, 601_000]), 601_000, 'two that agree');
  assert.equal(consensus([-20_000, 15_000]), 15_000, 'both are with us');
  assert.equal(consensus([600_000]), 600_000);
  assert.equal(consensus([]), null);
});

test('a liar next to one honest peer is judged by that peer, and can’t make the honest one look wrong', () => {
  const known = offsets('liar.test', [600_000]);
  offsets('b.test', [100], known);
  assert.equal(known.overall(), 'disagree');
  assert.deepEqual(known.around('liar.test'), { peerMs: 600_000, othersMs: 100 });
  offsets('c.test', [610_000], known);
  assert.deepEqual(known.around('c.test'), { peerMs: 610_000, othersMs: 'disagree' });
});

test('signed times outweigh any number of dates, which anyone in between can write', () => {
  const samples = [...row('signed', [7], 2 * minute), ...row('told', Array(9).fill(3_600_000))];
  assert.equal(estimate(samples, 0), 7);
});

test('dates count without recent signed times, because a clock that is far off produces no valid signatures', () => {
  const samples = [...row('signed', Array(9).fill(0), 5 * minute), ...row('told', [600_000, 600_400])];
  assert.equal(estimate(samples, 0), 600_400);
  assert.equal(estimate(row('told', [600_000]), 0), 600_000, 'one is better than nothing');
});

test('a single date outvotes nothing that was signed before', () => {
  assert.equal(estimate([...row('signed', [1, 2, 3], 5 * minute), ...row('told', [600_000])], 0), 3);
});

test('old readings are dropped, so there is no warning about a clock that has been corrected', async () => {
  const clock = new VirtualClock();
  const known = offsets('a.test', Array(9).fill(45_000), new ClockOffsets(clock, () => {}), 'told');
  await clock.advance(29 * minute);
  assert.equal(known.of('a.test'), 45_000);
  await clock.advance(2 * minute);
  assert.equal(known.of('a.test'), null);
  assert.equal(known.overall(), null);
});

test('readings from before our own clock was set back are ignored', () => {
  assert.equal(estimate([{ at: 10 * minute, offsetMs: -600_000, by: 'signed' }], 0), null);
  assert.equal(estimate([{ at: 10 * minute, offsetMs: -600_000, by: 'signed' }, ...row('told', [0])], 0), 0);
});

test('a warning is reported when a clock goes wrong, and when it is right again', () => {
  const told: string[] = [];
  const known = new ClockOffsets(new VirtualClock(), (fact) => {
    if (fact.fact === 'peer-changed') told.push(fact.server);
  });
  offsets('a.test', [0, 29_000, 28_000], known);
  assert.deepEqual(told, []);
  offsets('a.test', [31_000, 31_000], known);
  assert.deepEqual(told, ['a.test']);
  offsets('a.test', [0, 0], known);
  assert.deepEqual(told, ['a.test', 'a.test']);
});

test('a forgotten peer’s clock is forgotten', () => {
  const known = offsets('a.test', [5]);
  known.forget('a.test');
  assert.equal(known.of('a.test'), null);
});

test('an offset that was asked for before changes when samples become too old, and when the clock is set back', async () => {
  const clock = new VirtualClock();
  const known = new ClockOffsets(clock, () => {});
  known.note('a.test', 100, 'signed');
  await clock.advance(60_000);
  known.note('a.test', 900, 'told');
  assert.deepEqual([known.of('a.test'), known.overall()], [100, 100]);
  await clock.advance(3 * minute);
  assert.deepEqual([known.of('a.test'), known.overall()], [900, 900], 'only what was told still counts');
  await clock.advance(40 * minute);
  assert.deepEqual([known.of('a.test'), known.overall(), known.all().length], [null, null, 1]);
  known.note('a.test', 7, 'signed');
  assert.deepEqual([known.of('a.test'), known.overall()], [7, 7]);
  clock.setWallClock(clock.now() - 10 * minute);
  assert.deepEqual([known.of('a.test'), known.overall()], [null, null], 'it was read in the future');
});
