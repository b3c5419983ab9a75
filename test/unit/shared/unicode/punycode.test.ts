import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domainToASCII } from 'node:url';
import { asciiForm } from '../../../../shared/unicode/punycode.ts';

test('a name gets the form for servers that Node.js computes', () => {
  for (const host of [
    'bücher.example',
    'BÜCHER.example',
    'bu\u0308cher.example',
    'münchen-ost.example',
    'straße.example',
    'www.ñandú.example',
    'пример.рф',
    'παράδειγμα.example',
    '例え.テスト',
    'ÄÖÜ.ö-ö.example',
    '他们为什么不说中文.example',
    'üüü.ü',
    '😀.example',
    'chat。example',
    'plain.example',
  ])
    assert.equal(asciiForm(host), domainToASCII(host), host);
});

test('a text that can’t be a host name has no such form', () => {
  for (const host of ['', 'ü/ö', 'a b', '@ü:x', 'ü..x', 'ü'.repeat(70), '-ü-.x:1'])
    assert.equal(asciiForm(host), null, host);
});
