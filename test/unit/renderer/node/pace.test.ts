import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Pace } from '../../../../renderer/node/pace.ts';

/** Leaves out chance: a spread pause is exactly as long as it says. */
function paced(t: TestContext, delayMs: number) {
  t.mock.timers.enable();
  t.mock.method(Math, 'random', () => 0.5);
  let runs = 0;
  const pace = new Pace(() => void runs++, delayMs);
  return {
    pace,
    tick: (ms: number) => t.mock.timers.tick(ms),
    /** How often it ran since the last call. */
    runs: () => {
      const since = runs;
      runs = 0;
      return since;
    },
  };
}

test('a change every few seconds runs each time, after the delay', (t) => {
  const { pace, tick, runs } = paced(t, 300);
  for (let n = 0; n < 5; n++) {
    pace.ask();
    pace.ask();
    tick(299);
    assert.equal(runs(), 0);
    tick(1);
    assert.equal(runs(), 1);
    tick(3_000);
    assert.equal(runs(), 0);
  }
});

test('constant changes run every four seconds', (t) => {
  const { pace, tick, runs } = paced(t, 0);
  for (let ms = 0; ms < 10_000; ms += 100) {
    pace.ask();
    tick(100);
  }
  assert.equal(runs(), 4);
  for (let ms = 0; ms < 40_000; ms += 100) {
    pace.ask();
    tick(100);
  }
  assert.equal(runs(), 10);
});

test('the last change is never missed', (t) => {
  const { pace, tick, runs } = paced(t, 0);
  pace.ask();
  tick(0);
  pace.ask();
  assert.equal(runs(), 1);
  tick(1_000);
  assert.equal(runs(), 1);
});

test('pages that hear the same change don’t all run in the same moment', (t) => {
  const { pace, tick, runs } = paced(t, 300);
  t.mock.method(Math, 'random', () => 0);
  pace.ask();
  tick(150);
  assert.equal(runs(), 1);
});

test('nothing runs after the stop', (t) => {
  const { pace, tick, runs } = paced(t, 300);
  pace.ask();
  pace.stop();
  tick(10_000);
  assert.equal(runs(), 0);
});
