import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moved, pinched, whole, zoomed } from '../../../../../../renderer/screens/rooms/message/zoom.ts';

const stage = { width: 400, height: 800 };

test('a picture grows around the point between the fingers, up to eight times', () => {
  const at = { x: 100, y: -50 };
  const twice = zoomed(whole, 2, at);
  assert.deepEqual(twice, { scale: 2, x: -100, y: 50 });
  // The same spot is still at that point: the middle and twice the way from it.
  assert.deepEqual([twice.x + 2 * at.x, twice.y + 2 * at.y], [at.x, at.y]);
  assert.equal(zoomed(twice, 100, at).scale, 8);
});

test('a picture that is made smaller than it was is whole again, in the middle', () => {
  assert.equal(zoomed({ scale: 2, x: 70, y: 9 }, 0.1, { x: 5, y: 5 }), whole);
  assert.equal(moved(whole, { x: 10, y: 10 }, stage), whole);
});

test('a large picture is moved no further than to its edge', () => {
  const large = { scale: 2, x: 0, y: 0 };
  assert.deepEqual(moved(large, { x: 10, y: -20 }, stage), { scale: 2, x: 10, y: -20 });
  assert.deepEqual(moved(large, { x: 9_999, y: -9_999 }, stage), { scale: 2, x: 400, y: -800 });
});

test('two fingers make a picture larger and move it at once', () => {
  const from = [
    { x: -50, y: 0 },
    { x: 50, y: 0 },
  ] as const;
  const to = [
    { x: -90, y: 10 },
    { x: 110, y: 10 },
  ] as const;
  assert.deepEqual(pinched(whole, from, to), { scale: 2, x: 10, y: 10 });
  assert.equal(pinched(whole, from, [from[0], from[0]]), whole);
  assert.ok(Number.isFinite(pinched(whole, [from[0], from[0]], to).scale));
});
