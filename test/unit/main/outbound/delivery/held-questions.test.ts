import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldQuestions, isDecided } from '../../../../../main/outbound/delivery/held-questions.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const answer = (status: number, body: unknown) =>
  isDecided({ kind: 'answer', status, headers: {}, body: JSON.stringify(body) }, '$1:a.test');

test('an event is held no more if the peer lets us read it, knows it, or has erased or discarded it', () => {
  assert.equal(answer(200, { event_id: '$1:a.test' }), true);
  assert.equal(answer(202, { event_id: '$1:a.test', inserted: false }), true);
  assert.equal(answer(410, { code: 'GONE', message: 'It was erased.' }), true);
});

test('an event is still held after any other answer, or without one', () => {
  assert.equal(answer(200, { event_id: '$2:a.test' }), false, 'another event');
  for (const status of [403, 404, 429, 500]) assert.equal(answer(status, { event_id: '$1:a.test' }), false);
  assert.equal(isDecided({ kind: 'aborted' }, '$1:a.test'), false);
});

test('contact with a peer that holds an event is a reason to ask at once, and less and less often after that', async () => {
  const clock = new VirtualClock();
  const began = clock.now();
  const askedAt: number[] = [];
  const questions = new HeldQuestions({
    store: {
      attempts: { holders: () => ['b.test'], heldAt: () => [{ event_id: '$1:a.test', body: '{}' }] },
    },
    directory: {
      isAllowed: () => true,
      get: () => ({ server_name: 'b.test', endpoint: 'http://127.0.0.1:1', endpoint_by_owner: 1 }),
    },
    client: {
      call: async () => {
        askedAt.push((clock.now() - began) / 1000);
        return { kind: 'answer', status: 404, headers: {}, body: '{}' };
      },
    },
    clock,
    log: console,
    tell: () => {},
  } as unknown as ConstructorParameters<typeof HeldQuestions>[0]);
  questions.start();
  await clock.advance(20_000);
  // It asks every second from now on, as a friend who chats does.
  for (let second = 0; second < 30; second++) {
    questions.heardFrom('b.test');
    await clock.advance(1_000);
  }
  assert.deepEqual(askedAt, [20, 25, 35]);
  // Held again: the next contact counts again.
  questions.settled('b.test', 'held');
  questions.heardFrom('b.test');
  await clock.advance(1);
  assert.equal(askedAt.at(-1), 50);
  questions.stop();
});
