import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, lineOf } from '../../../../../../renderer/screens/rooms/message/message-text.ts';
import { tickWords } from '../../../../../../renderer/screens/rooms/message/ticks.ts';
import { text } from '../../../../../../renderer/text/text.ts';
import {
  destinationWords,
  isOnlyAccepted,
  summaryWords,
} from '../../../../../../shared/api/delivery-words.ts';
import type { DeliveryState, DeliverySummary } from '../../../../../../shared/api/views/delivery-views.ts';
import { isLongForOthers, utf8Bytes } from '../../../../../../shared/protocol/events/body.ts';
import { file, message } from '../../../../../support/timeline-item.ts';

const to = (not_shown_at: string | null, states: Record<string, DeliveryState>): DeliverySummary => ({
  total: Object.keys(states).length,
  delivered: Object.values(states).filter((state) => state === 'delivered').length,
  destinations: Object.entries(states).map(([server_name, state]) => ({
    server_name,
    state,
    reason: null,
    next_attempt_at: null,
    at: null,
    via: state === 'handed_over' ? not_shown_at : null,
  })),
  not_shown_at,
});

test('a message that only a home without display has is accepted, not delivered', () => {
  const accepted = 'Accepted by guild.test, which doesn’t show it to its users';
  const alone = to('guild.test', { 'guild.test': 'delivered' });
  assert.equal(tickWords(alone), accepted);
  assert.equal(summaryWords(text, alone), accepted);
  assert.equal(isOnlyAccepted(alone), true);

  const both = to('guild.test', { 'guild.test': 'delivered', 'b.test': 'delivered' });
  assert.equal(
    tickWords(both),
    'Delivered to both other servers, but guild.test doesn’t show it to its users',
  );
  assert.equal(isOnlyAccepted(both), false);
  const third = to('guild.test', { 'guild.test': 'delivered', 'c.test': 'handed_over' });
  assert.equal(tickWords(third), accepted, 'what it passes on isn’t known');
  assert.deepEqual(
    both.destinations.map((each) => destinationWords(text, each, 0, both.not_shown_at)),
    ['Accepted, but not shown to its users.', 'Delivered.'],
  );
});

test('while it is in transit, and if the home is a Paracord Node, the usual words are used', () => {
  const waiting = to('guild.test', { 'guild.test': 'retrying' });
  assert.equal(isOnlyAccepted(waiting), false);
  assert.equal(tickWords(waiting), 'Waiting for another server');
  assert.equal(summaryWords(text, waiting), 'Not delivered yet');
  const ours = to(null, { 'b.test': 'delivered' });
  assert.equal(tickWords(ours), 'Delivered');
  assert.equal(isOnlyAccepted(to(null, {})), false);
});

test('a line about a message names people and, without words, its files', () => {
  const item = { ...message(1), body: 'hi <@7> and <@8>', mentions: [{ id: '7', user_id: '@bo:a.test' }] };
  const nameOf = (id: string) => (id === '@bo:a.test' ? 'Bo' : id);
  assert.equal(bodyOf(item, nameOf), 'hi @Bo and <@8>');
  const files = [file('a.txt')];
  assert.equal(lineOf({ ...message(1), body: '', files }, nameOf), 'a.txt');
  assert.equal(lineOf({ ...message(1), body: 'words', files }, nameOf), 'words');
});

test('a body is measured in bytes as it travels', () => {
  for (const text of ['', 'abc', 'äöü', '日本語', '👩‍👩‍👧‍👦', '\ud800x'])
    assert.equal(utf8Bytes(text), Buffer.byteLength(text), text);
  assert.equal(isLongForOthers('x'.repeat(2000)), false);
  assert.equal(isLongForOthers('ä'.repeat(1001)), true);
});
