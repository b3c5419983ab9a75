import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { blocksOf, digestOf, type Placed } from '../../../../main/events/room-digest.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import { digestLimits, readDigest } from '../../../../shared/protocol/events/digest.ts';

const events = (count: number, depthOf: (n: number) => number): Placed[] =>
  Array.from({ length: count }, (_, n) => ({ event_id: `$${n}:a.test`, depth: depthOf(n) }));

test('a digest is the XOR of the SHA-256 of the ids, in any order', () => {
  const some = events(3, (n) => n);
  const [a, b, c] = some.map(({ event_id }) => createHash('sha256').update(event_id).digest());
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
});

test('an answer that goes backwards or beyond the question, has too many blocks, or isn’t a digest is refused', () => {
  const block = (to: unknown, count: unknown = 1, digest: unknown = 'ab'.repeat(32)) => ({
    to,
    count,
    digest,
  });
  const reads = (blocks: unknown) => readDigest(JSON.stringify({ blocks }), 10, 100);
  assert.deepEqual(
    reads([block(20), block(100)]).map(({ to }) => to),
    [20, 100],
  );
  const wrong: unknown[] = [
    [],
    [block(10)],
    [block(20), block(20)],
    [block(30), block(20)],
    [block(101)],
    [block(20, -1)],
    [block(20, 1.5)],
    [block(20, 1, 'xyz')],
    [block('20')],
    Array.from({ length: 50 }, (_, at) => block(11 + at)),
    'nonsense',
    null,
  ];
  for (const blocks of wrong)
    assert.throws(() => reads(blocks), ProtocolError, JSON.stringify(blocks)?.slice(0, 80));
  assert.throws(() => readDigest('[', 10, 100), ProtocolError);
});
