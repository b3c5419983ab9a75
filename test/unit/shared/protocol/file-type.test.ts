import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, shownTypeOf } from '../../../../shared/protocol/file-type.ts';

const typeOf = (head: string) => shownTypeOf(Buffer.from(head, 'latin1'));

test('a browser may show pictures, videos and sound, by their first bytes', () => {
  const heads = {
    '\x89PNG\r\n\x1a\n': 'image/png',
    '\xff\xd8\xff\xe1': 'image/jpeg',
    GIF87a: 'image/gif',
    GIF89a: 'image/gif',
    'RIFF\n\0\0\0WEBPVP8 ': 'image/webp',
    '\0\0\0 ftypisom': 'video/mp4',
    '\0\0\0 ftypmp42': 'video/mp4',
    '\0\0\0 ftypM4V ': 'video/mp4',
    '\0\0\0 ftypM4A ': 'audio/mp4',
    '\x1a\x45\xdf\xa3\x01\0\0\0\x42\x82\x84webm': 'video/webm',
    'OggS\0\x02': 'audio/ogg',
    'ID3\x04': 'audio/mpeg',
    '\xff\xfb\x90': 'audio/mpeg',
  };
  for (const [head, type] of Object.entries(heads)) assert.equal(typeOf(head), type, head);
});

test('whatever can carry a program, or isn’t known, is only saved', () => {
  const heads = [
    '',
    '<!doctype html>',
    '<svg',
    '%PDF-1.7',
    'PK\x03\x04',
    'BM',
    '\x7fELF',
    'MZ',
    'RIFF\0\0\0\0WAVE',
  ];
  for (const head of [
    ...heads,
    ' GIF89a',
    '\x1a\x45\xdf\xa3matroska',
    '\0\0\0 ftypheic',
    '\xff\xfe',
    '\x89PNG',
  ])
    assert.equal(typeOf(head), null, head);
});

test('files of one kind have that kind, and any others are just files', () => {
  assert.equal(kindOf(['image/png', 'image/jpeg']), 'picture');
  assert.equal(kindOf(['image/png', 'video/mp4']), 'other');
  for (const types of [['text/html'], [null], ['toString'], []]) assert.equal(kindOf(types), 'other');
});
