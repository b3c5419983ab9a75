import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneFormOf } from '../../../../shared/unicode/emoji.ts';

test('an emoji has one form, however a keyboard writes it', () => {
  for (const [one, ...others] of [
    ['❤️', '❤', '❤\u{fe0e}', '❤\u{fe0f}\u{fe0f}'],
    ['👍', '👍\u{fe0f}'],
    ['☝🏽', '☝\u{fe0f}🏽'],
    ['1️⃣', '1\u{20e3}'],
    ['❤️‍🔥', '❤\u{200d}🔥'],
    ['🏳️‍🌈', '🏳\u{200d}🌈'],
    ['🏃‍♀️', '🏃\u{200d}♀'],
    ['👁️‍🗨️', '👁\u{200d}🗨', '👁️\u{200d}🗨'],
    ['🇨🇭'],
    ['👩‍👩‍👧'],
  ] as const)
    for (const written of [one, ...others]) assert.equal(oneFormOf(written), one, JSON.stringify(written));
});

test('a sign that isn’t an emoji stays as it is', () => {
  for (const text of ['', 'a', '+1', ':heart:', '\u{fe0f}', '👍👍', '❤ '])
    assert.equal(oneFormOf(text), text);
});
