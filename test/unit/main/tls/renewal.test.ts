import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderAt, pauseMs, renewAt, runsOutSoon } from '../../../../main/tls/renewal.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

test('a certificate is due after two thirds of its life, short-lived ones too', () => {
  assert.equal(renewAt(0, 90 * dayMs), 60 * dayMs);
  assert.equal(renewAt(dayMs, 7 * dayMs), 5 * dayMs);
  assert.equal(orderAt(0, 90 * dayMs, 0, null, 0.5), 60 * dayMs);
});

test('a certificate expires soon in its last two weeks, a short-lived one in its last sixth', () => {
  assert.equal(runsOutSoon(0, 90 * dayMs, 75 * dayMs), false);
  assert.equal(runsOutSoon(0, 90 * dayMs, 77 * dayMs), true);
  assert.equal(runsOutSoon(0, 6 * dayMs, 4 * dayMs), false);
  assert.equal(runsOutSoon(0, 6 * dayMs, 5 * dayMs + 1), true);
  assert.equal(runsOutSoon(0, 6 * dayMs, 9 * dayMs), true);
});

test('an authority’s window overrides two thirds of the lifetime, earlier or later, but a tenth must be left', () => {
  const at = (start: number, end: number, dice: number) =>
    orderAt(0, 90 * dayMs, 0, { start: start * dayMs, end: end * dayMs }, dice) / dayMs;
  assert.equal(at(70, 72, 0), 70);
  assert.equal(at(70, 72, 0.5), 71);
  assert.equal(at(10, 12, 0.5), 11);
  assert.equal(at(85, 89, 0.9), 81);
  assert.equal(at(12, 10, 0.5), 60, 'a window that ends before it begins is none');
});

test('a fresh certificate is not renewed, whatever authority and clock say', () => {
  const past = { start: -10 * dayMs, end: -9 * dayMs };
  assert.equal(orderAt(0, 90 * dayMs, 0, past, 0), hourMs);
  // Obtained so late that it is due already: the clock here is ahead.
  assert.equal(orderAt(0, 90 * dayMs, 80 * dayMs, null, 0), 80 * dayMs + hourMs);
  assert.equal(orderAt(0, 30 * minuteMs, 0, past, 0), 10 * minuteMs, 'unless it lives for minutes only');
});

test('pauses grow to six hours; where nothing can be tried elsewhere they begin at a quarter of an hour', () => {
  const minutes = (rehearsed: boolean) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 500].map((failures) => pauseMs(failures, rehearsed) / minuteMs);
  assert.deepEqual(minutes(true), [1, 2, 5, 10, 20, 40, 60, 120, 240, 360, 360, 360]);
  assert.deepEqual(minutes(false), [15, 15, 15, 15, 20, 40, 60, 120, 240, 360, 360, 360]);
});
