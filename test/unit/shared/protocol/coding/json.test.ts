import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalString } from '../../../../../shared/protocol/coding/canonical-json.ts';
import { endOfString, fromPlain, parseJson, toPlain } from '../../../../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';

/** The code and the parameters of a refusal. */
function refusal(run: () => unknown): readonly unknown[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return [error.said?.code, error.said?.params];
  }
  return assert.fail('accepted');
}

test('a refusal says where the text breaks off and what was expected there', () => {
  const what = (code: string, params = {}) => ({ code, params });
  const ended = [
    ['', 0, what('json.value')],
    ['  ', 2, what('json.value')],
    ['{', 1, what('json.key')],
    ['{"a"', 4, what('json.token', { token: ':' })],
    ['{"a":1', 6, what('json.comma_or', { bracket: '}' })],
    ['[1', 2, what('json.comma_or', { bracket: ']' })],
    ['"ab', 3, what('json.string_end')],
    ['"a\\n', 4, what('json.string_end')],
  ] as const;
  for (const [text, at, expected] of ended)
    assert.deepEqual(
      refusal(() => parseJson(text)),
      ['json.ended', { at, what: expected }],
      text,
    );
  const wrong = [
    ['1 2', 2, what('json.end'), '"2"'],
    ['[tru]', 1, what('json.token', { token: 'true' }), '"t"'],
    ['+1', 0, what('json.value'), '"+"'],
    ['1e400', 0, what('json.number'), '"1"'],
    ['{a', 1, what('json.key'), '"a"'],
    ['{"a" 1', 5, what('json.token', { token: ':' }), '"1"'],
    ['{"a":1;', 6, what('json.comma_or', { bracket: '}' }), '";"'],
    ['[1}', 2, what('json.comma_or', { bracket: ']' }), '"}"'],
    ['"ab\n"', 3, what('json.string_end'), '"\\n"'],
    ['"a\\u00e9\\\\\\/\\x"', 12, what('json.escape'), '"\\\\"'],
    ['"a\\u12g4"', 2, what('json.hex'), '"\\\\"'],
    ['"\\u12"', 1, what('json.hex'), '"\\\\"'],
    ['"\\', 1, what('json.escape'), '"\\\\"'],
  ] as const;
  for (const [text, at, expected, found] of wrong)
    assert.deepEqual(
      refusal(() => parseJson(text)),
      ['json.expected', { at, what: expected, found }],
      text,
    );
});

test('a refusal names the limit that was passed', () => {
  const levels = limits.jsonLevelsMax;
  const entries = limits.contentEntriesMax;
  assert.deepEqual(
    refusal(() => parseJson('['.repeat(levels + 1))),
    ['json.too_deep', { max: levels }],
  );
  const nested = (text: string) => text.repeat(levels + 1);
  assert.deepEqual(
    refusal(() => parseJson(nested('{"a":'))),
    ['json.too_deep', { max: levels }],
  );
  const list = `[${Array(entries + 1).fill(0)}]`;
  assert.deepEqual(
    refusal(() => parseJson(list)),
    ['json.too_many', { max: entries }],
  );
  assert.deepEqual(
    refusal(() => parseJson('"\ud800"')),
    ['json.surrogate', {}],
  );
  assert.deepEqual(
    refusal(() => parseJson('"\\ud800"')),
    ['json.surrogate', {}],
  );
  assert.deepEqual(
    refusal(() => canonicalString('\ud800')),
    ['json.text_surrogate', {}],
  );
});

test('no more values are read than the caller allows', () => {
  const text = '[{"a":1},"b"]';
  assert.deepEqual(JSON.stringify(toPlain(parseJson(text, 4))), text);
  assert.deepEqual(
    refusal(() => parseJson(text, 3)),
    ['json.too_many_values', { max: 3 }],
  );
});

test('a duplicate key is quoted, and shortened if it is long', () => {
  const twice = (key: string) => refusal(() => parseJson(`{"${key}":1,"${key}":2}`));
  assert.deepEqual(twice('a'), ['json.twice', { key: '"a"' }]);
  assert.deepEqual(twice('k'.repeat(80)), ['json.twice', { key: `"${'k'.repeat(80)}"` }]);
  assert.deepEqual(twice('k'.repeat(81)), ['json.twice', { key: `"${'k'.repeat(80)}…"` }]);
});

test('a string ends at the first quote that no backslash escapes', () => {
  for (const text of ['""', '"abc"', '"\\""', '"\\\\"', '"\\\\\\"x"', '"\\\\\\\\"'])
    assert.equal(endOfString(`${text} "b"`, 0), text.length, text);
  const long = 'a\\"'.repeat(2_500);
  assert.equal(endOfString(`"${long}" "b"`, 0), long.length + 2);
  assert.equal(endOfString(`"${long}`, 0), long.length + 1);
  assert.equal(endOfString('\\"a" ', 1), 4);
  for (const text of ['"', '"abc', '"abc\\"']) assert.equal(endOfString(text, 0), text.length, text);
});

test('writing a number that a double can’t hold is reported as a bug', () => {
  assert.throws(() => fromPlain(0.5), /only integers/);
});
