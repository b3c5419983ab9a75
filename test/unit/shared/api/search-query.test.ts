import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  lacksDay,
  momentOf,
  readSearch,
  withoutFilter,
  writtenFilter,
} from '../../../../shared/api/search-query.ts';

const read = (text: string) => {
  const { words, filters } = readSearch(text);
  return [words, ...filters.map(({ kind, value }) => `${kind}=${value}`)];
};

test('filters are read in English and in German, with and without quotation marks', () => {
  assert.deepEqual(read('cake from:anna in:"Book club" has:file'), [
    'cake',
    'from=anna',
    'in=Book club',
    'has=file',
  ]);
  assert.deepEqual(read('von:„Anna B“ Kuchen mit:Datei vor:26.11.2026 nach:2026-01'), [
    'Kuchen',
    'from=Anna B',
    'has=Datei',
    'before=26.11.2026',
    'after=2026-01',
  ]);
});

test('a filter that is unknown or incomplete is searched for as text', () => {
  assert.deepEqual(read('from: anna'), ['from: anna']);
  assert.deepEqual(read('before:soon has:wheels'), ['before:soon has:wheels']);
  assert.deepEqual(read('https://in:side therefrom:x'), ['https://in:side therefrom:x']);
});

test('a filter is removed as it was written, and written so that it is read again', () => {
  const text = 'a in:"Book club" b';
  const [filter] = readSearch(text).filters;
  assert.ok(filter);
  assert.equal(withoutFilter(text, filter), 'a b');
  assert.deepEqual(read(`${writtenFilter('in', 'Book "club"')} x`), ['x', 'in=Book club']);
  assert.deepEqual(read(writtenFilter('in', 'Kitchen')), ['', 'in=Kitchen']);
});

test('a day that isn’t understood is reported, so that the screen can say how to write it', () => {
  for (const text of ['before:soon', 'cake nach:', 'AFTER:26.11.'])
    assert.equal(lacksDay(readSearch(text)), true, text);
  for (const text of ['before:2026-11-26', 'before', 'therebefore:x'])
    assert.equal(lacksDay(readSearch(text)), false, text);
});

test('a day is read in both ways of writing it, and a day that doesn’t exist is not', () => {
  const day = new Date(2026, 10, 26).getTime();
  assert.equal(momentOf('2026-11-26'), day);
  assert.equal(momentOf('26.11.2026'), day);
  assert.equal(momentOf('2026-11'), new Date(2026, 10, 1).getTime());
  assert.equal(momentOf('2026'), new Date(2026, 0, 1).getTime());
  for (const text of ['2026-02-30', '31.04.2026', '11/26/2026', 'x', ''])
    assert.equal(momentOf(text), null, text);
});
