import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecall, recallLimits, writeRecall } from '../../../../../shared/protocol/answers/recall.ts';
import { refused } from '../../../../support/words.ts';

const key = { key_id: 'k1', public_key: 'ab'.repeat(32) };
const chain = { key_id: 'k0', signature: 'cd'.repeat(64) };
const page = (change: object) => JSON.stringify({ rooms: [], keys: [], next: null, ...change });

test('a peer’s knowledge about a server is written in a fixed order, and can be read back', () => {
  const text = writeRecall({
    rooms: [
      { roomId: '!1:a.test', events: ['{"a":1}', '{"b":2}'] },
      { roomId: '!2:a.test', events: [] },
    ],
    keys: [
      { ...key, valid_until: 7, chain },
      { ...key, key_id: 'k2', valid_until: 8, chain: null },
    ],
    next: '!2:a.test',
  });
  assert.equal(
    text,
    '{"rooms":[{"room_id":"!1:a.test","events":[{"a":1},{"b":2}]},{"room_id":"!2:a.test","events":[]}]' +
      `,"keys":[{"key_id":"k1","public_key":"${key.public_key}","valid_until":7` +
      `,"chain":{"key_id":"k0","signature":"${chain.signature}"}}` +
      `,{"key_id":"k2","public_key":"${key.public_key}","valid_until":8}],"next":"!2:a.test"}`,
  );
  const { rooms, keys, next } = readRecall(text);
  assert.deepEqual(
    rooms.map(({ roomId, events }) => [roomId, events.length]),
    [
      ['!1:a.test', 2],
      ['!2:a.test', 0],
    ],
  );
  assert.deepEqual(keys, [
    { ...key, chain },
    { ...key, key_id: 'k2', chain: null },
  ]);
  assert.equal(next, '!2:a.test');
});

test('a text that is not a page is refused', () => {
  for (const text of [
    '[]',
    '7',
    '{}',
    '{"rooms":[]}',
    '{"keys":[]}',
    page({ rooms: {} }),
    page({ keys: 'x' }),
  ])
    assert.deepEqual(
      refused(() => readRecall(text)),
      ['BAD_REQUEST', 'wire.recall_page', {}],
      text,
    );
});

test('malformed entries are skipped, and the rest is read', () => {
  const good = { room_id: '!1:a.test', events: [] };
  const rooms = [
    7,
    null,
    {},
    { ...good, room_id: 7 },
    { ...good, room_id: 'x' },
    good,
    { room_id: '!2:a.test' },
  ];
  assert.deepEqual(readRecall(page({ rooms })).rooms, [
    { roomId: '!1:a.test', events: [] },
    { roomId: '!2:a.test', events: [] },
  ]);
  const keys = [
    7,
    null,
    {},
    { ...key, key_id: '' },
    { ...key, public_key: 'ab' },
    { ...key, key_id: 7 },
    key,
  ];
  assert.deepEqual(readRecall(page({ keys })).keys, [{ ...key, chain: null }]);
  for (const wrong of [7, {}, { ...chain, signature: 'x' }, { ...chain, key_id: '' }])
    assert.deepEqual(readRecall(page({ keys: [{ ...key, chain: wrong }] })).keys, [{ ...key, chain: null }]);
  for (const next of [undefined, 7, 'x', { room_id: '!1:a.test' }])
    assert.equal(readRecall(page({ next })).next, null);
});

test('a page has no more than the limits allow', () => {
  const { roomsMax, eventsMax, keysMax } = recallLimits;
  const room = { room_id: '!1:a.test', events: Array(eventsMax + 1).fill({}) };
  const many = readRecall(
    page({ rooms: Array(roomsMax + 1).fill(room), keys: Array(keysMax + 1).fill(key) }),
  );
  assert.deepEqual([many.rooms.length, many.keys.length], [roomsMax, keysMax]);
  assert.equal(many.rooms[0]?.events.length, eventsMax);
});
