import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressLog } from '../../../../../main/start/database/shared-node.ts';

test('a long copy is logged every five seconds, a short one not at all', () => {
  let now = 1_000;
  const lines: object[] = [];
  const onRows = progressLog({ info: (details: object) => void lines.push(details) }, { now: () => now });
  for (now of [1_000, 5_999]) onRows(1, 100);
  assert.deepEqual(lines, []);
  for (now of [6_000, 10_999, 11_000]) onRows(now / 1_000, 100);
  assert.deepEqual(lines, [
    { rows: 6, of: 100 },
    { rows: 11, of: 100 },
  ]);
});
