import assert from 'node:assert/strict';
import { test } from 'node:test';
import { videoWithoutNotes } from '../../../../../../renderer/screens/rooms/composer/video-without-notes.ts';

const box = (name: string, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, body]);
};
const large = (name: string, body: string): Buffer => {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1);
  head.write(name, 4, 'latin1');
  head.writeBigUInt64BE(BigInt(16 + body.length), 8);
  return Buffer.concat([head, Buffer.from(body)]);
};
const clean = async (bytes: Buffer): Promise<Buffer> =>
  Buffer.from(await (await videoWithoutNotes(new Blob([Uint8Array.from(bytes)]))).arrayBuffer());

test('a video loses where it was taken, wherever that is noted, and nothing else moves', async () => {
  const place = '+52.5163+013.3777/';
  const bytes = Buffer.concat([
    box('ftyp', 'qt  '),
    large('mdat', 'pictures udta'),
    box(
      'moov',
      box('mvhd', 'times'),
      box('trak', box('tkhd', 'track'), box('mdia', box('minf', box('stbl', 'offsets'))), box('meta', place)),
      box('udta', box('\xa9xyz', place)),
      box('meta', 'com.apple.quicktime.location.ISO6709', place),
    ),
    box('uuid', `XMP ${place}`),
  ]);
  const after = await clean(bytes);
  assert.equal(after.length, bytes.length);
  assert.equal(after.includes('52.5163'), false);
  assert.equal(after.includes('location'), false);
  for (const kept of ['pictures udta', 'times', 'track', 'offsets'])
    assert.equal(after.indexOf(kept), bytes.indexOf(kept), kept);
  assert.deepEqual(await clean(after), after);
});

test('another kind of file, or an incomplete video, stays as it is', async () => {
  const ftyp = box('ftyp', 'isom');
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('just a text that is longer than one head'),
    Buffer.concat([ftyp, box('moov', box('udta', 'here')).subarray(0, -2)]),
    Buffer.concat([ftyp, Buffer.from([0, 0, 0, 3, 109, 111, 111, 118])]),
    Buffer.concat([ftyp, Buffer.from([0, 0, 0, 1, 109, 111, 111, 118])]),
  ])
    assert.deepEqual(await clean(bytes), bytes);
  const broken = Buffer.concat([ftyp, box('moov', box('trak', Buffer.alloc(7, 255)), box('udta', 'here'))]);
  assert.equal((await clean(broken)).includes('here'), false, 'a track that can’t be read hides nothing');
});
