import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutMetadata } from '../../../../../../renderer/screens/rooms/composer/without-metadata.ts';
import { png } from '../../../../../support/browser/png.ts';

const latin = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const clean = (bytes: readonly number[]): Buffer =>
  Buffer.from(withoutMetadata(Uint8Array.from(bytes)) ?? 'not a whole picture');
const segment = (marker: number, data: readonly number[]): number[] => [
  ...[0xff, marker, (data.length + 2) >> 8, (data.length + 2) & 255],
  ...data,
];
const pixels = [0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9];

/** EXIF as a camera writes it: a turn and a place, little-endian. */
const exif = (orientation: number): number[] =>
  segment(0xe1, [
    ...latin('Exif\0\0II*\0'),
    ...[8, 0, 0, 0, 2, 0],
    ...[0x25, 0x88, 4, 0, 1, 0, 0, 0, 99, 0, 0, 0],
    ...[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
    ...[0, 0, 0, 0],
    ...latin('52.5163 N 13.3777 E'),
  ]);

test('a JPEG loses what the camera wrote, and keeps colors and turn', () => {
  const icc = segment(0xe2, latin('ICC_PROFILE\0 colors'));
  const jfif = segment(0xe0, latin('JFIF\0'));
  const xmp = segment(0xe1, latin('http://ns.adobe.com/xap/1.0/\0 by Ann'));
  const jpeg = (turn: number) => [
    ...[0xff, 0xd8, ...jfif, ...exif(turn), ...xmp, ...icc, ...segment(0xed, latin('IPTC'))],
    ...[...segment(0xfe, latin('a comment')), ...pixels],
  ];
  const upright = clean(jpeg(1));
  assert.deepEqual(upright, Buffer.from([0xff, 0xd8, ...jfif, ...icc, ...pixels]));
  const turned = clean(jpeg(6));
  for (const gone of ['52.5163', 'Ann', 'IPTC', 'comment']) assert.equal(turned.includes(gone), false, gone);
  assert.equal(turned.includes('ICC_PROFILE'), true);
  // Read again, the turn is still there.
  assert.deepEqual(clean([...turned]), turned);
  assert.equal(turned[turned.indexOf('Exif') + 6 + 19], 6);
});

test('a PNG and a WebP lose their texts', () => {
  const noted = png(2, 2, [1, 2, 3], 'taken at home');
  assert.equal(noted.includes('taken at home'), true);
  assert.deepEqual(clean([...noted]), png(2, 2, [1, 2, 3]));
  const chunk = (name: string, data: number[]) => [
    ...latin(name),
    ...[data.length, 0, 0, 0, ...data, ...(data.length % 2 === 0 ? [] : [0])],
  ];
  const webp = (...chunks: number[][]) => {
    const body = [...latin('WEBP'), ...chunks.flat()];
    return [...latin('RIFF'), body.length, 0, 0, 0, ...body];
  };
  const image = chunk('VP8 ', [1, 2, 3]);
  const head = (flags: number) => chunk('VP8X', [flags, 0, 0, 0, 1, 0, 0, 1, 0, 0]);
  const before = webp(head(0x3c), image, chunk('EXIF', latin('where')), chunk('XMP ', latin('who')));
  assert.deepEqual(clean(before), Buffer.from(webp(head(0x30), image)));
});

test('data that a phone appends to a picture is gone, and notes before it, too', () => {
  const video = latin('\xff\xff\xff\xff mp4 +52.5163+013.3777/');
  const table = segment(0xc4, [0xff, 0xd9, 1]);
  const scans = [...pixels.slice(0, -2), 0xff, 0, 0xff, 0xd0, 7, ...table, ...pixels];
  const jpeg = [0xff, 0xd8, 0xff, ...exif(1), ...scans];
  assert.deepEqual(clean([...jpeg, ...video]), Buffer.from([0xff, 0xd8, ...scans]));
  const noted = png(2, 2, [1, 2, 3], 'taken at home');
  assert.deepEqual(clean([...noted, ...video]), png(2, 2, [1, 2, 3]));
  const webp = latin('RIFF\x0e\0\0\0WEBPVP8 \x01\0\0\0x\0');
  const longer = latin('RIFF\x18\0\0\0WEBPVP8 \x01\0\0\0x\0EXIF\x02\0\0\0me');
  assert.deepEqual(clean([...longer, ...video]), Buffer.from(webp));
});

test('a GIF loses its comments and notes, and still moves', () => {
  const blocks = (text: string) => [text.length, ...latin(text), 0];
  const head = [...latin('GIF89a'), 1, 0, 1, 0, 0x80, 0, 0, ...[0, 0, 0, 255, 255, 255]];
  const repeats = [0x21, 0xff, 11, ...latin('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  const delay = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x80, ...[0, 0, 0, 1, 1, 1], 2, 2, 0x44, 0x01, 0];
  const comment = [0x21, 0xfe, ...blocks('taken at home')];
  const xmp = [0x21, 0xff, 11, ...latin('XMP DataXMP'), ...blocks('52.5163 N')];
  const gif = (...parts: number[][]) => [...head, ...parts.flat(), 0x3b];
  const before = [...gif(repeats, comment, delay, frame, xmp, delay, frame), ...latin('appended')];
  assert.deepEqual(clean(before), Buffer.from(gif(repeats, delay, frame, delay, frame)));
});

test('an incomplete picture isn’t called clean', () => {
  for (const bytes of [
    [],
    latin('just text'),
    [0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1],
    [...png(1, 1, [0, 0, 0])].slice(0, 40),
    [...latin('RIFF\xff\0\0\0WEBPVP8 \xff\0\0\0')],
    [...latin('GIF89a'), 1, 0, 1, 0, 0, 0, 0, 0x2c, 0],
    latin('GIF89a'),
  ])
    assert.equal(withoutMetadata(Uint8Array.from(bytes)), null);
});
