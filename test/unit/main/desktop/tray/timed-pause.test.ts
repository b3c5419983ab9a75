import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Preferences } from '../../../../../main/desktop/preferences.ts';
import { TimedPause } from '../../../../../main/desktop/tray/timed-pause.ts';
import type { Output } from '../../../../../shared/api/contract.ts';
import { tempDir } from '../../../../support/temp.ts';

test('a pause of an hour ends after it, or if the clock was set back, and is forgotten once it was resumed', async (t) => {
  const preferences = new Preferences(join(tempDir(t), 'preferences.json'));
  const paused: unknown[] = [];
  let now = 1_000_000_000;
  const pause = new TimedPause({
    preferences,
    clock: { now: () => now },
    change: async (settings) => {
      paused.push(settings.paused);
      return {} as Output<'changeSettings'>;
    },
  });
  await pause.look();
  await pause.begin();
  assert.equal(pause.until, now + 3_600_000);
  now += 3_599_999;
  await pause.look();
  assert.deepEqual(paused, [true]);
  now += 1;
  await pause.look();
  assert.deepEqual([paused, pause.until], [[true, false], null]);

  await pause.begin();
  now -= 86_400_000;
  await pause.look();
  assert.deepEqual(paused, [true, false, true, false], 'it would last a day');

  await pause.begin();
  pause.follow(true);
  assert.notEqual(pause.until, null);
  pause.follow(false);
  now += 3_600_000;
  await pause.look();
  assert.equal(paused.length, 5, 'its owner has resumed it, and may have paused it again');
});
