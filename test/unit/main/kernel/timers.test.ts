import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passed } from '../../../../main/kernel/timers.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

test('a wait ends when its time has passed', async () => {
  const clock = new VirtualClock();
  let isOver = false;
  const wait = passed(clock, 1_000, new AbortController().signal).then(() => {
    isOver = true;
  });
  await clock.advance(999);
  assert.equal(isOver, false);
  await clock.advance(1);
  await wait;
});

test('a wait that is aborted rejects with the reason, also if that was before', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const wait = assert.rejects(passed(clock, 1_000, abort.signal), /enough/);
  abort.abort(new Error('enough'));
  await wait;
  await assert.rejects(passed(clock, 1_000, abort.signal), /enough/);
});
