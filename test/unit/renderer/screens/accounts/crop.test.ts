import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moved, squareOf, wholeCrop } from '../../../../../renderer/screens/accounts/profile/crop.ts';

const wide = { width: 900, height: 600 };

test('the largest square lies in the middle, and one that is zoomed is smaller', () => {
  assert.deepEqual(squareOf(wide, wholeCrop), { left: 150, top: 0, side: 600 });
  assert.deepEqual(squareOf(wide, { x: 0.5, y: 0.5, zoom: 2 }), { left: 300, top: 150, side: 300 });
});

test('a square never leaves the picture, and comes back as soon as it is moved back', () => {
  const far = moved(wide, wholeCrop, { x: 9, y: -9 });
  assert.deepEqual(squareOf(wide, far), { left: 300, top: 0, side: 600 });
  assert.deepEqual(squareOf(wide, moved(wide, far, { x: -0.1, y: 0 })), { left: 240, top: 0, side: 600 });
});
