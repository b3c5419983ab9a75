import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { list, number, withUnit } from '../../../../renderer/text/format.ts';
import { speak, text } from '../../../../renderer/text/text.ts';

afterEach(() => speak('en'));

test('after a change of the language, texts, numbers and lists are in that language', async () => {
  assert.equal(text.common.close, 'Close');
  await speak('de-AT');
  assert.equal(text.common.close, 'Schließen');
  assert.equal(text.locale, 'de-AT');
  await speak('de');
  assert.equal(number(12_345), '12.345');
  assert.equal(list(['a', 'b', 'c']), 'a, b und c');
  assert.equal(
    text.expected.wholeNumber({ min: 0, max: 10_000 }),
    'Gib eine ganze Zahl von 0 bis 10.000 ein.',
  );
  await speak('en');
  assert.equal(number(12_345), '12,345');
  assert.equal(withUnit(3, 'minute'), '3 min');
});

test('the language that was asked for last wins, even if an earlier one takes longer to load', async () => {
  await Promise.all([speak('de'), speak('en-GB')]);
  assert.equal(text.locale, 'en-GB');
  assert.equal(text.common.close, 'Close');
});
