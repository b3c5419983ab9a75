import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShown } from '../../../../../main/outbound/delivery/held-questions.ts';

const answer = (status: number, body: unknown) =>
  isShown({ kind: 'answer', status, headers: {}, body: JSON.stringify(body) }, '$1:a.test');

test('an event is released if the peer lets us read it, knows it, or had it until it was erased', () => {
  assert.equal(answer(200, { event_id: '$1:a.test' }), true);
  assert.equal(answer(202, { event_id: '$1:a.test', inserted: false }), true);
  assert.equal(answer(410, { code: 'GONE', message: 'It was erased.' }), true);
});

test('an event is still held after any other answer, or none', () => {
  assert.equal(answer(200, { event_id: '$2:a.test' }), false, 'another event');
  for (const status of [403, 404, 429, 500]) assert.equal(answer(status, { event_id: '$1:a.test' }), false);
  assert.equal(isShown({ kind: 'aborted' }, '$1:a.test'), false);
});
