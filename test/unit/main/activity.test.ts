import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activity, type ActivityRow } from '../../../main/activity.ts';

const minuteMs = 60_000;
const start = 30_000_000 * minuteMs;

/** An activity at a time that the test moves, and what it has saved. */
function running(before: readonly ActivityRow[] = [], now = start) {
  const time = { now };
  const clock = { now: () => time.now, after: () => () => {} };
  const activity = new Activity(clock, before);
  const saved = new Map(before.map((row) => [row.minute, row]));
  const writes: number[] = [];
  const save = () => {
    const unsaved = activity.unsaved();
    writes.push(unsaved.rows.length);
    for (const row of unsaved.rows) saved.set(row.minute, row);
    for (const minute of saved.keys()) if (minute < unsaved.firstMinute) saved.delete(minute);
    unsaved.saved();
  };
  return { activity, time, save, saved, writes };
}
const total = (activity: Activity) =>
  activity.view('day').points.reduce((sum, { received, delivered }) => sum + received + delivered, 0);

test('the traffic of the last day survives a restart', () => {
  const first = running();
  first.activity.received();
  first.time.now += 5 * minuteMs;
  first.activity.attempted(true, 12.4);
  first.save();
  const second = running([...first.saved.values()], first.time.now + minuteMs);
  second.activity.received();
  assert.equal(total(second.activity), 3);
  const { points, since } = second.activity.view('hour');
  assert.equal(since, start);
  assert.deepEqual(
    points
      .filter(({ received, delivered }) => received + delivered > 0)
      .map(({ at }) => (at - start) / minuteMs),
    [0, 5, 6],
  );
  assert.equal(points.find(({ delivered }) => delivered > 0)?.answer_ms, 12);
});

test('a fetched event counts as delivered, and not as an answer', () => {
  const { activity } = running();
  activity.fetched(3);
  const [point] = activity.view('hour').points.filter(({ delivered }) => delivered > 0);
  assert.deepEqual([point?.delivered, point?.failed, point?.answer_ms], [3, 0, null]);
});

test('an attempt that nobody answers counts as failed, not as a slow answer', () => {
  const { activity } = running();
  activity.attempted(true, 20);
  activity.attempted(false, null);
  const [point] = activity.view('hour').points.filter(({ delivered }) => delivered > 0);
  assert.equal(point?.failed, 1);
  assert.deepEqual([point?.answer_ms, point?.answer_ms_max], [20, 20]);
});

test('only changed minutes are saved, and those older than a day are deleted', () => {
  const { activity, time, save, saved, writes } = running();
  activity.received();
  time.now += minuteMs;
  activity.received();
  save();
  activity.received();
  save();
  time.now += minuteMs;
  save();
  save();
  assert.deepEqual(writes, [2, 1, 1, 0], 'the minute that had begun is saved once more');
  time.now += 24 * 60 * minuteMs;
  save();
  assert.equal(saved.size, 0);
});

test('minutes that could not be saved are saved the next time', () => {
  const { activity, time, save, saved } = running();
  activity.received();
  time.now += minuteMs;
  activity.unsaved();
  save();
  assert.equal(saved.size, 1);
});
