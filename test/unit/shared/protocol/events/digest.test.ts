import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '../../../../../shared/protocol/errors.ts';
import { digestLimits, readDigest } from '../../../../../shared/protocol/events/digest.ts';

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
  const blocksMax = digestLimits.eventsMax / digestLimits.blockEvents + 1;
  const upTo = (count: number) => Array.from({ length: count }, (_, at) => block(11 + at));
  assert.equal(reads(upTo(blocksMax)).length, blocksMax, 'the last may be incomplete');
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
    [block(20, 1, `${'ab'.repeat(32)}c`)],
    [block(20, 1, `c${'ab'.repeat(32)}`)],
    upTo(blocksMax + 1),
    'nonsense',
    null,
  ];
  for (const blocks of wrong)
    assert.throws(() => reads(blocks), ProtocolError, JSON.stringify(blocks)?.slice(0, 80));
  assert.throws(() => readDigest('[', 10, 100), ProtocolError);
});
