import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, pictureTypeOf, shownTypeOf } from '../../../../shared/protocol/file-type.ts';

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

test('a file that can carry a program, or is of an unknown kind, is only saved', () => {
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

/** The beginning of a picture whose header states these sides. */
function headers(width: number, height: number): Readonly<Record<string, Buffer>> {
  const of = (text: string, size: number) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(size)]);
  const png = of('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR', 13);
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  const jpeg = of('\xff\xd8\xff\xe0\0\x04xx\xff\xc0\0\x11\x08', 12);
  jpeg.writeUInt16BE(height, 13);
  jpeg.writeUInt16BE(width, 15);
  const [lossy, lossless, extended] = ['VP8 ', 'VP8L', 'VP8X'].map((kind) => of(`RIFFxxxxWEBP${kind}`, 20));
  lossy?.writeUInt16LE(width, 26);
  lossy?.writeUInt16LE(height, 28);
  lossless?.writeUInt32LE((width - 1) | ((height - 1) << 14), 21);
  extended?.writeUIntLE(width - 1, 24, 3);
  extended?.writeUIntLE(height - 1, 27, 3);
  return { png, jpeg, lossy: lossy!, lossless: lossless!, extended: extended! };
}

test('a small picture is recognized by its header, and one that states too many pixels is refused', () => {
  for (const [kind, head] of Object.entries(headers(1024, 700)))
    assert.equal(pictureTypeOf(head), `image/${/png|jpeg/.test(kind) ? kind : 'webp'}`, kind);
  for (const [kind, head] of [...Object.entries(headers(1025, 1)), ...Object.entries(headers(1, 9000))])
    assert.equal(pictureTypeOf(head), null, kind);
  for (const [kind, head] of Object.entries(headers(64, 64)))
    for (let length = 0; length < 16; length++)
      assert.equal(pictureTypeOf(head.subarray(0, length)), null, kind);
});

test('a JPEG without an end, or with segments of no length, is read to its end and is no picture', () => {
  assert.equal(pictureTypeOf(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(65_000, 0xff)])), null);
  const empty = Buffer.from([0xff, 0xd8, ...Array.from({ length: 16_000 }, () => [0xff, 0xe0, 0, 0]).flat()]);
  assert.equal(pictureTypeOf(empty), null);
  for (const other of ['GIF89a', '<svg', '%PDF-1.7']) assert.equal(pictureTypeOf(Buffer.from(other)), null);
});
