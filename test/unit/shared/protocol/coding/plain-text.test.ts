import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  plainFileName,
  plainText,
  printable,
  withoutMarkup,
} from '../../../../../shared/protocol/coding/plain-text.ts';

test('texts of others become one line of a bounded length, with hidden characters marked', () => {
  assert.equal(plainText('  a\n\nb\u202ec\u0000\u001b[2Jd\ud800 \u2028 e\u200b '), 'a b�c�[2Jd� e�');
  assert.equal(plainText('Übersicht – 日本語 👍'), 'Übersicht – 日本語 👍');
  assert.equal([...plainText('👍'.repeat(500))].length, 200);
  assert.equal(plainText('x'.repeat(20), 10), `${'x'.repeat(9)}…`);
  assert.equal(plainText('x'.repeat(10), 10), 'x'.repeat(10));
  assert.equal(plainText(`${' '.repeat(40)}x`, 10), '', 'what is far behind is not looked at');
  assert.equal(plainText('\u202e\u200b'), '�');
});

test('names that others chose cannot pass for markup or more lines', () => {
  assert.equal(withoutMarkup('a\n\nb\u202ec <a href="x">d</a> & e'), 'a b�c ‹a href="x"›d‹/a› + e');
  assert.equal(withoutMarkup('x'.repeat(500)).length, 200);
});

test('the name of a file keeps its end, with hidden characters marked', () => {
  assert.equal(plainFileName('photo\u202egpj.exe\ud800', 120), 'photo�gpj.exe�');
  assert.match(plainFileName(`${'holiday'.repeat(200)}.jpg.exe`, 60), /^holiday.*….*\.jpg\.exe$/);
  assert.equal([...plainFileName('👍'.repeat(500), 60)].length, 60);
  assert.equal(plainFileName('x'.repeat(60), 60), 'x'.repeat(60));
});

test('in a terminal, hidden characters and line breaks are visible', () => {
  assert.equal(printable('a\r\nb\nc\td'), 'a ⏎ b ⏎ c d');
  assert.equal(printable('\u001b[31mred\u202etxt\ud800'), '�[31mred�txt�');
  assert.equal(printable('x'.repeat(5_000)).length, 5_000);
});
