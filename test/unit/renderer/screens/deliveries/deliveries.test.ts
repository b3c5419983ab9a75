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
  summaryOf,
  whyWords,
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

test('destinations with dead letters come first, then refused, then failing ones', () => {
  const all = [
    destination('queue.test', { queued: 9 }),
    destination('retry.test', { retrying: 1 }),
    destination('dead.test', { dead: 1 }),
    destination('parked.test', { parked: 1 }),
    destination('a-queue.test', { queued: 9 }),
  ];
  assert.deepEqual(
    byTrouble(all).map((each) => each.server_name),
    ['dead.test', 'parked.test', 'retry.test', 'a-queue.test', 'queue.test'],
  );
  assert.equal(summaryOf(all), '20 events queued for 4 servers · 1 failed delivery');
  assert.equal(summaryOf([destination('a', { queued: 1 })]), '1 event queued for 1 server');
});

test('why something waits is shown in the node’s words', () => {
  const state_text = 'Waiting to try again. Nothing listens at its address.';
  assert.equal(whyWords(destination('a', { retrying: 1, state_text })), state_text);
});

test('with only dead letters left, nothing is shown as waiting', () => {
  assert.equal(whyWords(destination('a', { queued: 1 })), 'Sending.');
  assert.match(whyWords(destination('a', { dead: 1 })), /Decide what happens to the failed deliveries/);
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

test('an envelope is spread over lines without a digit of it changed', () => {
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
