import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  contentWords,
  indented,
  outcomeWords,
  typeWords,
} from '../../../../../renderer/screens/deliveries/event/event-words.ts';
import {
  byTrouble,
  nextWords,
  parted,
  queueWords,
} from '../../../../../renderer/screens/deliveries/undelivered.ts';
import { firstPages } from '../../../../../shared/api/pages.ts';
import type {
  OutboxDestinationView,
  OutboxEntryView,
} from '../../../../../shared/api/views/delivery-views.ts';

const destination = (
  server_name: string,
  more: Partial<OutboxDestinationView> = {},
): OutboxDestinationView => ({
  server_name,
  queued: 0,
  retrying: 0,
  parked: 0,
  dead: 0,
  in_flight: 0,
  next_attempt_at: null,
  last_error: null,
  state_text: 'Sending.',
  ...more,
});

test('destinations that need their owner come first, then those with most to send', () => {
  const all = [
    destination('queue.test', { queued: 9 }),
    destination('retry.test', { retrying: 1 }),
    destination('dead.test', { dead: 1 }),
    destination('parked.test', { parked: 1 }),
    destination('a-queue.test', { queued: 9 }),
  ];
  assert.deepEqual(
    byTrouble(all.map((queue) => ({ queue }))).map(({ queue }) => queue.server_name),
    ['dead.test', 'parked.test', 'a-queue.test', 'queue.test', 'retry.test'],
  );
});

test('a destination is described by how much waits, why, and when it is tried again', () => {
  const state_text = 'Waiting to try again. Nothing listens at its address.';
  assert.equal(
    queueWords(destination('a', { retrying: 1, state_text, next_attempt_at: 600_000 }), 0),
    `1 message waits. ${state_text} Next try in 10 minutes.`,
  );
  assert.equal(queueWords(destination('a', { queued: 2 }), 0), '2 messages wait. Sending.');
});

test('with only failed deliveries left, nothing is shown as waiting', () => {
  assert.equal(
    queueWords(destination('a', { dead: 1 }), 0),
    '1 message wasn’t delivered. Send it again, or give up?',
  );
});

test('the next try is described in words that stay true for a while', () => {
  assert.equal(nextWords(1000, 1000), 'Next try now');
  assert.equal(nextWords(31_000, 1000), 'Next try in less than a minute');
  assert.equal(nextWords(600_000, 0), 'Next try in 10 minutes');
});

test('dead letters are listed separately', () => {
  const entry = (event_id: string, state: OutboxEntryView['state']): OutboxEntryView => ({
    event_id,
    room_id: '!1:a',
    event_type: 'm.message',
    attempts: 0,
    enqueued_at: 0,
    next_attempt_at: null,
    last_status: null,
    last_error: null,
    state,
  });
  const { queue, dead } = parted([entry('$1', 'queued'), entry('$2', 'dead'), entry('$3', 'retrying')]);
  assert.deepEqual(
    queue.map((each) => each.event_id),
    ['$1', '$3'],
  );
  assert.deepEqual(
    dead.map((each) => each.event_id),
    ['$2'],
  );
});

test('events are described in words, with what they say', () => {
  assert.equal(typeWords('m.message'), 'Message');
  assert.equal(typeWords('x.other'), 'Other event');
  assert.equal(typeWords('toString'), 'Other event');
  assert.equal(outcomeWords('closed'), 'Refused for now');
  assert.equal(outcomeWords('of tomorrow'), 'Unknown result');
  assert.equal(contentWords('{"content":{"body":"hello"}}'), 'hello');
  assert.equal(contentWords('{"content":{"emoji":"🍲","target":"1"}}'), '🍲');
  assert.equal(contentWords('{"content":{}}'), null);
  assert.equal(contentWords('no json'), null);
});

test('an envelope is spread over lines, and no digit changes', () => {
  const json = '{"a":1.50,"big":12345678901234567890,"t":"x \\"{,}\\\\","n":[],"o":{},"l":[1,{"b":null}]}';
  const spread = indented(json);
  assert.equal(
    spread,
    `{
  "a": 1.50,
  "big": 12345678901234567890,
  "t": "x \\"{,}\\\\",
  "n": [],
  "o": {},
  "l": [
    1,
    {
      "b": null
    }
  ]
}`,
  );
  assert.deepEqual(JSON.parse(spread), JSON.parse(json));
});

test('the requested number of pages is read, and it is known whether there are more', async () => {
  const asked: { limit: number; cursor?: string }[] = [];
  const read = async (input: { limit: number; cursor?: string }) => {
    asked.push(input);
    const from = Number(input.cursor ?? 0);
    const items = Array.from({ length: Math.min(input.limit, 1200 - from) }, (_, at) => from + at);
    const next = from + items.length;
    return { items, next: next < 1200 ? String(next) : null };
  };
  const some = await firstPages(read, 600);
  assert.equal(some.items.length, 600);
  assert.equal(some.items.at(-1), 599);
  assert.ok(some.more);
  assert.deepEqual(asked, [{ limit: 500 }, { limit: 100, cursor: '500' }]);
  const all = await firstPages(read, 5000);
  assert.equal(all.items.length, 1200);
  assert.ok(!all.more);
});
