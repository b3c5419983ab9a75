import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { isQuiet, QuietHours } from '../../../../shared/api/quiet-hours.ts';

const at = (time: string) => new Date(`2026-11-22T${time}:30`);

test('quiet hours begin at their first minute, end before their last, and may span midnight', () => {
  const night = { from: '22:00', to: '07:00' };
  for (const time of ['22:00', '23:59', '00:00', '06:59']) assert.ok(isQuiet(night, at(time)), time);
  for (const time of ['07:00', '12:00', '21:59']) assert.ok(!isQuiet(night, at(time)), time);
  const noon = { from: '12:00', to: '13:00' };
  assert.ok(isQuiet(noon, at('12:59')) && !isQuiet(noon, at('13:00')) && !isQuiet(noon, at('11:59')));
  assert.ok(isQuiet({ from: '08:00', to: '08:00' }, at('15:00')));
  assert.ok(!isQuiet(null, at('03:00')));
});

test('a time of day has hours and minutes', () => {
  for (const from of ['24:00', '7:00', '07:60', 'night', ''])
    assert.ok(!v.safeParse(QuietHours, { from, to: '07:00' }).success, from);
});
