import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../../shared/protocol/limits.ts';
import { parseReceipts, type Receipt, writeReceipts } from '../../../../shared/protocol/receipts.ts';

const now = 1_700_000_000_000;
const receipt: Receipt = {
  event_id: '$1:a.test',
  server_name: 'c.test',
  state: 'waiting',
  reason: 'unreachable',
  next_attempt_at: now + 15_000,
  at: now - 1000,
};

test('receipts are written in one order and read back as they were', () => {
  const text = writeReceipts([receipt, { ...receipt, state: 'has', reason: null, next_attempt_at: null }]);
  assert.equal(
    text,
    '{"receipts":[{"event_id":"$1:a.test","server_name":"c.test","state":"waiting","reason":"unreachable"' +
      `,"next_attempt_at":${now + 15_000},"at":${now - 1000}}` +
      `,{"event_id":"$1:a.test","server_name":"c.test","state":"has","reason":null,"next_attempt_at":null,"at":${now - 1000}}]}`,
  );
  assert.deepEqual(parseReceipts(text, now)[0], receipt);
  assert.equal(writeReceipts([], 7), '{"receipts":[],"next":7}');
  assert.equal(writeReceipts([], 0), '{"receipts":[],"next":0}');
});

test('a reason of a later version is left out, and the rest is kept', () => {
  const text = writeReceipts([receipt]).replace('unreachable', 'asleep');
  assert.deepEqual(parseReceipts(text, now), [{ ...receipt, reason: null }]);
});

test('receipts of a wrong form are refused', () => {
  const wrong = (change: object) => JSON.stringify({ receipts: [{ ...receipt, ...change }] });
  for (const text of [
    ...['', '[]', '{}', '{"receipts":{}}', '{"receipts":[null]}'],
    wrong({ event_id: 7 }),
    wrong({ server_name: '' }),
    wrong({ server_name: 'x'.repeat(2000) }),
    wrong({ state: 'lost' }),
    wrong({ reason: ['unreachable'] }),
    wrong({ reason: 'x'.repeat(65) }),
    wrong({ at: 'yesterday' }),
    wrong({ at: 1.5 }),
    wrong({ at: -1 }),
    wrong({ at: now + limits.clockSkewMsMax + 1 }),
    wrong({ next_attempt_at: now + limits.receiptNextMsMax + 1 }),
    wrong({ next_attempt_at: 1e300 }),
    JSON.stringify({ receipts: Array(limits.receiptsMax + 1).fill(receipt) }),
  ])
    assert.throws(() => parseReceipts(text, now), { code: 'BAD_REQUEST' }, text.slice(0, 200));
  assert.equal(
    parseReceipts(JSON.stringify({ receipts: Array(limits.receiptsMax).fill(receipt) }), now).length,
    200,
  );
});
