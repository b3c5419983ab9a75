import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directView, servedView, summaryOf } from '../../../../main/api/delivery-view.ts';
import type { DeliveryRow } from '../../../../main/store/tables/delivery/attempt-store.ts';
import type { ReceiptRow } from '../../../../main/store/tables/delivery/receipt-store.ts';
import {
  destinationWords,
  lackingWords,
  nextTryWords,
  summaryWords,
} from '../../../../shared/api/delivery-words.ts';
import type { DeliveryDestination, LackingView } from '../../../../shared/api/views/delivery-views.ts';
import { quoted, said } from '../../../../shared/words/said.ts';
import { wordsIn } from '../../../../shared/words/words.ts';

const now = 1_000_000;
const words = wordsIn('en');
const receipt: ReceiptRow = {
  event_seq: 5,
  server_name: 'carla.test',
  via: 'ben.test',
  state: 'unknown',
  reason: null,
  next_attempt_at: null,
  at: now,
};
const row: DeliveryRow = {
  event_seq: 5,
  destination: 'ben.test',
  state: 'delivered',
  reason: null,
  next_attempt_at: null,
  at: now,
};
const at = (state: DeliveryRow['state']): DeliveryDestination =>
  directView(words, { ...row, state }, undefined);
const served = (change: Partial<ReceiptRow>, home = at('delivered'), tells = true) =>
  servedView(words, { ...receipt, ...change }, home, tells);

test('an event given up for a home is shown as such for the home and for the servers it delivers to', () => {
  const summary = summaryOf([at('gave_up'), served({ state: 'untold' }, at('gave_up'))]);
  assert.deepEqual([summary.total, summary.delivered], [2, 0]);
  assert.equal(summaryWords(words, summary), 'Delivered to 0 of 2 other servers');
  assert.deepEqual(
    summary.destinations.map((one) => destinationWords(words, one, now)),
    [
      'You discarded this delivery.',
      'Not delivered. It would get this from the room’s server, which doesn’t have it either.',
    ],
  );
});

test('an event that only the home has is “handed over”, and isn’t delivered to anyone else', () => {
  const summary = summaryOf([at('delivered'), served({})]);
  assert.deepEqual([summary.total, summary.delivered], [2, 1]);
  assert.equal(summaryWords(words, summary), 'Delivered to ben.test');
  assert.equal(
    destinationWords(words, summary.destinations[1]!, now),
    'Delivered to ben.test. Not known yet whether carla.test has it.',
  );
});

test('a home that never reports is shown as not reporting', () => {
  assert.equal(
    destinationWords(words, served({ state: 'untold' }, at('delivered'), false), now),
    'Delivered to ben.test. The room’s server doesn’t report which servers have it.',
  );
});

test('a held event isn’t counted as delivered', () => {
  const summary = summaryOf([at('held'), served({ state: 'held' })]);
  assert.equal(summary.delivered, 0);
  assert.equal(destinationWords(words, summary.destinations[0]!, now), 'Waiting for its owner’s approval.');
});

test('an event that the home doesn’t have yet isn’t “handed over”', () => {
  assert.equal(served({}, at('queued')).state, 'queued');
  assert.equal(
    destinationWords(words, served({}, at('retrying')), now),
    'Gets it from ben.test as soon as ben.test has it.',
  );
  assert.equal(served({}, at('dead')).state, 'dead');
  assert.equal(servedView(words, receipt, undefined, true).state, 'dead', 'we send the home nothing');
  assert.equal(served({}, at('held')).reason, 'The room’s server waits for its owner’s approval.');
});

test('our words say why a member server lacks an event, with the next try', () => {
  const waits = served({ state: 'waiting', reason: 'unreachable', next_attempt_at: now + 39_200 });
  assert.equal(
    destinationWords(words, waits, now),
    'Not delivered yet. The room’s server can’t reach it. Next try in 40 seconds.',
  );
  assert.equal(served({ state: 'waiting', reason: 'closed' }).state, 'parked');
  assert.equal(
    destinationWords(words, served({ state: 'refused', reason: 'rejected' }), now),
    'Not delivered. It refused this.',
  );
  assert.deepEqual(
    [0, 1, 89_000, 90_000, 5_400_000].map((ms) => nextTryWords(words, now + ms, now)),
    [
      ...['Next try now.', 'Next try in 1 second.', 'Next try in 89 seconds.', 'Next try in 2 minutes.'],
      'Next try in 2 hours.',
    ],
  );
});

test('events behind a failing one wait as well', () => {
  const queued = { ...row, state: 'queued' } as const;
  const link = {
    state: 'waiting',
    nextAttemptAt: now + 5000,
    lastError: said('network.answer_timeout'),
  } as const;
  assert.equal(
    destinationWords(words, directView(words, queued, link), now),
    'Not delivered yet. It didn’t answer in time. Next try in 5 seconds.',
  );
  const fetches = {
    state: 'closed_by_us',
    nextAttemptAt: null,
    lastError: quoted('It fetches what is for it.'),
  } as const;
  assert.equal(directView(words, queued, fetches).state, 'queued', 'a peer that fetches is fine');
  assert.equal(directView(words, row, link).state, 'delivered');
});

test('events that member servers lack are counted, and their deliverers are named', () => {
  const lacking: LackingView = {
    server_name: 'carla.test',
    via: 'ben.test',
    waiting: 1,
    unknown: 0,
    held: 0,
    refused: 0,
    reason: 'The room’s server can’t reach it.',
    next_attempt_at: now + 40_000,
  };
  assert.equal(
    lackingWords(words, lacking, now),
    'ben.test still has to deliver 1 event to carla.test. The room’s server can’t reach it. Next try in 40 seconds.',
  );
  assert.equal(
    lackingWords(words, { ...lacking, waiting: 0, unknown: 2 }, now),
    'Not known yet whether 2 events reached carla.test through ben.test.',
  );
  assert.equal(
    lackingWords(words, { ...lacking, waiting: 0, held: 1, refused: 2 }, now),
    '1 event waits for the approval of carla.test’s owner. ben.test couldn’t deliver 2 events to carla.test and no longer tries.',
  );
});

test('the same sentences exist in German', () => {
  const german = wordsIn('de');
  const waits = servedView(
    german,
    { ...receipt, state: 'waiting', reason: 'unreachable', next_attempt_at: now + 40_000 },
    at('delivered'),
    true,
  );
  assert.equal(
    destinationWords(german, waits, now),
    'Noch nicht zugestellt. Der Server des Raums kann ihn nicht erreichen. Nächster Versuch in 40 Sekunden.',
  );
});
