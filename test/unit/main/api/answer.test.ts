import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from '../../../../main/api/answer.ts';

const page = (all: readonly string[], cursor?: string) =>
  pageOf(all, { limit: 2, ...(cursor === undefined ? {} : { cursor }) }, (item) => item);

/** All pages of a list, which is another one after the first page. */
function read(before: readonly string[], after: readonly string[]): string[] {
  const seen: string[] = [];
  for (let part = page(before); ; part = page(after, part.next)) {
    seen.push(...part.items);
    if (part.next === null) return seen;
  }
}

test('a list is read page by page, to its end', () => {
  assert.deepEqual(read(['a', 'b', 'c', 'd', 'e'], ['a', 'b', 'c', 'd', 'e']), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(read(['a', 'b'], ['a', 'b']), ['a', 'b']);
  assert.deepEqual(read([], []), []);
});

test('a caller that removes each item that it reads gets all of them', () => {
  const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const seen: string[] = [];
  for (let left = all, part = page(left); ; part = page(left, part.next ?? undefined)) {
    seen.push(...part.items);
    left = left.filter((item) => !seen.includes(item));
    if (part.next === null) break;
  }
  assert.deepEqual(seen, all);
});

test('an item that is removed between two pages makes at most that page appear again', () => {
  assert.deepEqual(read(['a', 'b', 'c', 'd', 'e'], ['b', 'c', 'd', 'e']), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(read(['a', 'b', 'c', 'd', 'e'], ['a', 'c', 'd', 'e']), ['a', 'b', 'a', 'c', 'd', 'e']);
});

test('a text that isn’t a cursor of a list is refused', () => {
  for (const value of ['a', ['a'], ['a', -1], ['a', 0, 0], [1, 0]])
    assert.throws(() => page(['a'], Buffer.from(JSON.stringify(value)).toString('base64url')), {
      code: 'BAD_REQUEST',
    });
});
