import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hiddenMark, visible, visibleJson } from '../../../../shared/unicode/visible.ts';

const hidden: readonly (readonly [what: string, text: string])[] = [
  ['zero-width space', '\u200b'],
  ['zero-width joiner between letters', '\u200d'],
  ['zero-width non-joiner between Latin letters', '\u200c'],
  ['left-to-right mark', '\u200e'],
  ['right-to-left mark', '\u200f'],
  ['Arabic letter mark', '\u061c'],
  ['soft hyphen', '\u00ad'],
  ['combining grapheme joiner', '\u034f'],
  ['Hangul filler', '\u3164'],
  ['half-width Hangul filler', '\uffa0'],
  ['Braille blank', '\u2800'],
  ['word joiner', '\u2060'],
  ['invisible plus', '\u2064'],
  ['byte order mark', '\ufeff'],
  ['Mongolian vowel separator', '\u180e'],
  ['interlinear annotation', '\ufff9'],
  ['variation selector on a letter', '\ufe0f'],
  ['supplementary variation selector', '\u{e0100}'],
  ['tag character', '\u{e0041}'],
  ['language tag', '\u{e0001}'],
  ['right-to-left override', '\u202e'],
  ['isolate', '\u2067'],
  ['line separator', '\u2028'],
  ['private use', '\ue000'],
  ['escape', '\u001b'],
  ['C1 control', '\u009b'],
  ['half a surrogate pair', '\ud800'],
];

describe('visible', () => {
  for (const [what, character] of hidden)
    it(`marks a ${what}`, () => {
      assert.equal(visible(`a${character}b`), 'a�b');
      assert.equal(visible(`a${character.repeat(500)}b`), 'a�b');
    });

  it('leaves whole emoji, flags and keycaps as they are', () => {
    for (const emoji of [
      '👨‍👩‍👧‍👦',
      '❤️',
      '☺︎',
      '👍🏽',
      '1️⃣',
      '🏳️‍🌈',
      '🇩🇪',
      '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
    ])
      assert.equal(visible(`a ${emoji} b`), `a ${emoji} b`);
  });

  it('marks variation selectors and tags that add nothing to an emoji', () => {
    assert.equal(visible('❤\ufe0f\ufe0f\ufe0f'), '❤\ufe0f�');
    assert.equal(visible('\u{1f3f4}\u{e0061}\u{e0062}'), '\u{1f3f4}�');
  });

  it('leaves joiners where a script needs them, and ordinary accents', () => {
    for (const text of ['علی‌رضا', 'क्‍ष', 'e\u0301', 'Ấ'.normalize('NFD'), 'בְּרֵאשִׁ֖ית', 'a\tb\nc'])
      assert.equal(visible(text), text);
  });

  it('cuts a pile of accents', () => {
    assert.equal(visible(`z${'\u0300'.repeat(300)}a`), `z${'\u0300'.repeat(4)}�a`);
  });

  // A search that took the square of the time would not end before the test is given up.
  it('marks a megabyte of hidden characters', () => {
    const shown = visible('\u200b'.repeat(300_000) + 'a\u0301\u200b'.repeat(100_000));
    assert.equal(shown, hiddenMark + `a\u0301${hiddenMark}`.repeat(100_000));
  });
});

it('JSON for a terminal escapes hidden characters and means the same', () => {
  const value = { name: hidden.map(([, character]) => character).join('x'), emoji: '❤️' };
  const json = visibleJson(JSON.stringify(value));
  assert.deepEqual(JSON.parse(json), value);
  assert.equal(visible(json), json);
});
