import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ok, TestRun } from '../../../../main/doctor/test-run.ts';
import { quoted } from '../../../../shared/words/said.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { inEnglish } from '../../../support/words.ts';

const steps = ['one', 'two', 'three'] as const;
const newRun = () => new TestRun(steps, new VirtualClock(), () => {});

test('a step that throws has failed with its error, and the test continues', async () => {
  const run = newRun();
  const view = await run.run(() => async (step) => {
    if (step === 'two') throw new Error('no such thing');
    return ok(quoted(step));
  });
  assert.deepEqual(
    view.steps.map(({ result }) => result),
    ['ok', 'failed', 'ok'],
  );
  assert.match(inEnglish(view.steps[1]?.text), /no such thing/);
  assert.match(inEnglish(view.steps[1]?.fix), /Test again/);
  assert.equal(run.view?.running, false);
});

test('a test that cannot even begin still ends, and the next one starts over', async () => {
  const run = newRun();
  const view = await run.run(() => {
    throw new TypeError('Invalid URL');
  });
  assert.deepEqual(new Set(view.steps.map(({ result }) => result)), new Set(['failed']));
  assert.equal(run.view?.running, false);
  const again = await run.run(() => async (step) => ok(quoted(step)));
  assert.deepEqual(new Set(again.steps.map(({ result }) => result)), new Set(['ok']));
});
