import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pixelsOf, thumbHashOf } from '../../../../../../renderer/screens/rooms/message/thumb-hash.ts';

const drawn = (width: number, height: number) => {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set([(x * 255) / width, (y * 255) / height, (x * y) % 256, 255], 4 * (x + y * width));
  return { width, height, data };
};

test('a picture has the hash that the reference implementation gives it', () => {
  // Computed by thumbhash 0.1.1.
  assert.equal(thumbHashOf(drawn(100, 75)), 'HwgKLZpwdndwd3d3d2d3d5CACfiI');
  assert.equal(thumbHashOf(drawn(40, 100)), 'XvgJKxpwcHd3dnd3oJAJ+Hg=');
  assert.equal(thumbHashOf(drawn(100, 5)), 'WSkOGZphh3eAiGd482kP+Ig=');
});

test('a hash becomes a small picture of nearly the same shape and colors', () => {
  const { width, height, data } = pixelsOf('HwgKLZpwdndwd3d3d2d3d5CACfiI');
  assert.deepEqual([width, height], [32, 23]);
  const at = (x: number, y: number) => [...data.subarray(4 * (x + y * width), 4 * (x + y * width) + 4)];
  const [red = 0, green = 0, , opacity] = at(31, 0);
  assert.ok(red > 180 && green < 60, `${red} ${green}`);
  assert.equal(opacity, 255);
  const [less = 0, more = 0] = at(0, 22);
  assert.ok(less < 60 && more > 180, `${less} ${more}`);
});

test('whatever a stranger writes becomes at most 32 by 32 pixels', () => {
  for (const text of ['AAAA', '////', '1QcSHQRnh493V4dIh4eXh1h4kJUI', '/'.repeat(40), 'AAAAgA==']) {
    const { width, height, data } = pixelsOf(text);
    assert.ok(width >= 1 && width <= 32 && height >= 1 && height <= 32, text);
    assert.equal(data.length, 4 * width * height);
  }
});
