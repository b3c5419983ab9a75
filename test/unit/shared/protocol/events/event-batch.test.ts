import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonNumber } from '../../../../../shared/protocol/coding/json.ts';
import {
  type BatchResult,
  readBatch,
  readBatchResults,
  writeBatch,
  writeBatchResults,
} from '../../../../../shared/protocol/events/event-batch.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';

test('a batch is parsed as written: each event with the servers it was also sent to', () => {
  const text = writeBatch([
    { event: '{"depth":1.50}', sentTo: [] },
    { event: '{"depth":2}', sentTo: ['a.test', 'b.test'] },
  ]);
  assert.deepEqual(readBatch(text), [
    { event: new Map([['depth', new JsonNumber('1.50')]]), sentTo: [], after: null },
    { event: new Map([['depth', new JsonNumber('2')]]), sentTo: ['a.test', 'b.test'], after: null },
  ]);
});

test('the first event of a batch says which event it follows', () => {
  const entry = { event: '{}', sentTo: [] };
  const afters = (text: string) => readBatch(text).map(({ after }) => after);
  assert.deepEqual(afters(writeBatch([entry, entry], '$"1":a.test')), ['$"1":a.test', null]);
  assert.deepEqual(afters('{"events":[{"event":{},"after":5}]}'), [null]);
});

test('a batch without events, with too many, or with something else in it is refused', () => {
  const entries = (count: number) => Array.from({ length: count }, () => '{"event":{}}').join(',');
  assert.equal(readBatch(`{"events":[${entries(limits.batchEventsMax)}]}`).length, limits.batchEventsMax);
  for (const text of [
    '[]',
    '{}',
    '{"events":{}}',
    '{"events":[]}',
    '{"events":[null]}',
    '{"events":[{"events":{}}]}',
    `{"events":[${entries(limits.batchEventsMax + 1)}]}`,
    `{"events":[{"event":${JSON.stringify(Array(limits.jsonValuesMax).fill(0))}}]}`,
    '{"events":[{"event":{}}]',
  ])
    assert.throws(() => readBatch(text), { code: 'BAD_REQUEST' }, text.slice(0, 100));
});

test('the list of servers that an event was also sent to is only a hint: anything invalid in it is ignored', () => {
  for (const odd of ['5', 'null', '["a.test"]', '""'])
    assert.deepEqual(readBatch(`{"events":[{"event":{},"sent_to":${odd}}]}`)[0]?.sentTo, [], odd);
  const many = 'a '.repeat(5000);
  assert.equal(
    readBatch(`{"events":[{"event":{},"sent_to":"${many}"}]}`)[0]?.sentTo.length,
    limits.sentToMax,
  );
});

const results: BatchResult[] = [
  { status: 202, retryAfterSeconds: null, body: '{"event_id":"$1:a.test","inserted":true}' },
  { status: 429, retryAfterSeconds: 5, body: '{"code":"RATE_LIMITED"}' },
];

test('the results of a batch are read as they were written', () => {
  assert.deepEqual(readBatchResults(writeBatchResults(results), 2), results);
});

test('anything but one result for each event isn’t an answer to a batch', () => {
  const text = writeBatchResults(results);
  for (const wrong of [
    '',
    '<html>',
    'null',
    '{}',
    '{"results":5}',
    '{"results":[]}',
    '{"results":[null,null]}',
    '{"results":[{"status":"202","answer":{}},{"status":202,"answer":{}}]}',
    '{"results":[{"status":202},{"status":202}]}',
    text.slice(0, -1),
  ])
    assert.equal(readBatchResults(wrong, 2), null, wrong);
  assert.equal(readBatchResults(text, 1), null);
  assert.equal(readBatchResults(text, 3), null);
});
