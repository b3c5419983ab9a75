import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { blocksOf, digestOf, type Placed } from '../../../../main/events/room-digest.ts';
import { digestLimits } from '../../../../shared/protocol/events/digest.ts';

const events = (count: number, depthOf: (n: number) => number): Placed[] =>
  Array.from({ length: count }, (_, n) => ({
    hash: hash('sha256', `text ${n}`, 'buffer'),
    depth: depthOf(n),
  }));

test('a digest is the XOR of the hashes of its events, in any order', () => {
  const some = events(3, (n) => n);
  const [a, b, c] = some.map((event) => event.hash);
  const xor = Buffer.from((a ?? []).map((byte, at) => byte ^ (b?.[at] ?? 0) ^ (c?.[at] ?? 0)));
  assert.deepEqual(digestOf(some), { count: 3, digest: xor.toString('hex') });
  assert.deepEqual(digestOf(some.toReversed()), digestOf(some));
  assert.notEqual(digestOf(some.slice(1)).digest, digestOf(some).digest);
});

test('blocks end where the depth changes, and cover everything up to the end', () => {
  const all = events(1000, (n) => Math.floor(n / 3));
  const blocks = blocksOf(all, 5000, true);
  assert.deepEqual(
    blocks.map(({ to, count }) => [to, count]),
    [
      [85, 258],
      [171, 258],
      [257, 258],
      [5000, 226],
    ],
  );
  assert.deepEqual(blocksOf([], 9, true), [{ to: 9, count: 0, digest: '00'.repeat(32) }]);
});

test('if more may follow, a block that may be incomplete is left out', () => {
  const blocks = blocksOf(
    events(600, (n) => n),
    599,
    false,
  );
  assert.deepEqual(
    blocks.map(({ to }) => to),
    [255, 511],
  );
  const full = events(2 * digestLimits.blockEvents, (n) => n);
  assert.deepEqual(
    blocksOf(full, 511, false).map(({ to }) => to),
    [255],
    'more may follow at the depth of its last event',
  );
  assert.deepEqual(
    blocksOf(full, 600, true).map(({ to, count }) => [to, count]),
    [
      [255, 256],
      [600, 256],
    ],
    'nothing follows',
  );
  const crowd = events(digestLimits.eventsMax, () => 7);
  assert.deepEqual(
    blocksOf(crowd, 7, false).map(({ to, count }) => [to, count]),
    [[7, digestLimits.eventsMax]],
    'more of one depth than are looked at: it goes on behind them',
  );
  const large = [...events(3, (n) => n), ...events(2, () => 3)];
  assert.deepEqual(
    blocksOf(large, 3, false).map(({ to, count }) => [to, count]),
    [[2, 3]],
    'few but large: up to the last depth that is complete',
  );
});
