import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keysPage, readAfter, readDepth, readLimit } from '../../../../../main/http/federation/query.ts';
import { checkOrigin } from '../../../../../main/http/federation/request.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { refused } from '../../../../support/words.ts';

test('a limit is 1 to 1000, and 100 by default', () => {
  assert.deepEqual([null, '1', '0100', '1000'].map(readLimit), [100, 1, 100, 1000]);
  for (const text of ['', '0', '-1', '1001', '0000001', '1.0', '1e2', ' 1', '1 '])
    assert.deepEqual(
      refused(() => readLimit(text)),
      ['BAD_REQUEST', 'wire.parameter', { name: 'limit', message: range }],
      text,
    );
});

const range = { code: 'expected.range', params: { min: 1, max: 1000 } };
const what = (code: string) => ({ code: 'expected.what', params: { what: { code, params: {} } } });

test('after is a number of up to 15 digits, and 0 by default', () => {
  assert.deepEqual([null, '0', '7', '9'.repeat(15)].map(readAfter), [0, 0, 7, 999_999_999_999_999]);
  for (const text of ['', '-1', '9'.repeat(16), 'x1', '1x'])
    assert.deepEqual(
      refused(() => readAfter(text)),
      ['BAD_REQUEST', 'wire.parameter', { name: 'after', message: what('what.cursor') }],
      text,
    );
});

test('a depth is a whole number, and below the first by default', () => {
  assert.deepEqual(
    [null, '-12', '0', '9'.repeat(15)].map((text) => readDepth(text)),
    [-1, -12, 0, 999_999_999_999_999],
  );
  for (const text of ['', '--1', '1.5', '9'.repeat(17), 'x1', '1x'])
    assert.deepEqual(
      refused(() => readDepth(text)),
      ['BAD_REQUEST', 'wire.parameter', { name: 'since_depth', message: what('what.whole_number') }],
      text,
    );
});

test('keys come in pages, each with the beginning of the next one, if there is one', () => {
  const key = (n: number) => ({ key_id: `k${n}` });
  const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => key(from + i));
  const max = limits.keysInAnswerMax;
  assert.deepEqual(keysPage([], null), { keys: [] });
  assert.deepEqual(keysPage(keys(0, max), null), { keys: keys(0, max) });
  const all = keys(0, 2 * max + 1);
  assert.deepEqual(keysPage(all, null), { keys: keys(0, max), next: `k${max - 1}` });
  assert.deepEqual(keysPage(all, `k${max - 1}`), { keys: keys(max, 2 * max), next: `k${2 * max - 1}` });
  assert.deepEqual(keysPage(all, `k${2 * max - 1}`), { keys: keys(2 * max, 2 * max + 1) });
  assert.deepEqual(keysPage(all, 'k0'), { keys: keys(1, max + 1), next: `k${max}` });
  assert.deepEqual(keysPage(all, 'unknown'), { keys: [] });
});

test('a body may only speak for the server that signed the request', () => {
  checkOrigin('a.test', 'a.test');
  assert.deepEqual(
    refused(() => checkOrigin('b.test', 'a.test')),
    ['FORBIDDEN', 'wire.other_origin', { named: 'b.test', signer: 'a.test' }],
  );
});
