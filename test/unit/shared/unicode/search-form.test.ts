import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundIn, searchedMax, searchForm, searchNeedles } from '../../../../shared/unicode/search-form.ts';

const finds = (query: string, text: string): boolean =>
  searchNeedles(query).every((needle) => searchForm(text).includes(needle));
const marked = (query: string, text: string): string =>
  foundIn(text, searchNeedles(query))
    .map(([from, to]) => text.slice(from, to))
    .join('|');

test('a search finds a text whatever the case, the accents and the signs between words', () => {
  for (const [query, text] of [
    ['KUCHEN', 'Der Geburtstagskuchen ist fertig'],
    ['uber', 'Über den Wolken'],
    ['strasse', 'In der Straße'],
    ['e-mail', 'Schick mir eine E–Mail!'],
    ['cafe', 'Cafe\u0301 au lait'],
    ['hello world', 'world, hello'],
    ['"hello world"', 'Hello, world'],
    ['ok', 'It is OK.'],
    ['東京', '今日は東京に行く'],
    ['行', '今日は東京に行く'],
    ['안녕', '안녕하세요'],
    ['🎂', 'Alles Gute🎂!'],
    ['привет', 'Привет всем'],
    ['Οδυσσεασ', 'Ο Οδυσσέας'],
    ['ΟΔΥΣΣΕΑΣ', 'του Οδυσσέας-Ελύτη'],
    ['νησοσ', 'ΝΗΣΟΣ'],
    ['νησος', 'ΝΗΣΟΣΚΑΙ'],
  ] as const)
    assert.ok(finds(query, text), `${query}: ${text}`);
});

test('a search of two characters finds the beginnings of words, one of one character whole words', () => {
  assert.ok(finds('ku', 'der Kuchen'));
  assert.equal(finds('uc', 'der Kuchen'), false);
  assert.ok(finds('a', 'a b'));
  assert.equal(finds('a', 'ab'), false);
});

test('a search finds only texts with all of its words, and quoted words exactly', () => {
  assert.equal(finds('cake monday', 'cake on Sunday'), false);
  assert.equal(finds('“big cake”', 'a cake that is big'), false);
  assert.deepEqual(searchNeedles(' - "" ! '), []);
});

test('found words are marked in the text as it was written', () => {
  assert.equal(marked('kuchen', 'Der Käsekuchen, und KUCHEN.'), 'kuchen|KUCHEN');
  assert.equal(marked('strasse', 'Die Straße'), 'Straße');
  assert.equal(marked('uber', 'Über'), 'Über');
  assert.equal(marked('東京', 'に東京に'), '東京');
  assert.equal(marked('ab bc', 'abcd'), 'ab');
  assert.equal(marked('abc bcd', 'abcd'), 'abcd');
  assert.equal(marked('"big cake"', 'a big, cake'), 'big, cake');
  assert.equal(marked('🎂', 'x🎂y'), '🎂');
});

test('the end of a very long text is not searched', () => {
  assert.ok(searchForm('x '.repeat(searchedMax)).length <= searchedMax + 2);
});
