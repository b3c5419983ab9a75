import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPage } from '../../../../../main/outbound/catch-up/catch-up-page.ts';

const left = (n: number) => ({
  event_id: `$${n}:b.test`,
  room_id: '!1:b.test',
  event_type: 'm.message',
  sender: '@b:b.test',
  origin_server: 'b.test',
  origin_ts: n,
  content: { channel_id: '1', message_id: String(n + 1) },
  depth: n,
  erased: 'deleted',
});

test('an answer lists no more erased messages than a page has', () => {
  const erased = Array.from({ length: 300 }, (_, n) => left(n));
  const page = readPage(JSON.stringify({ events: [], erased, next: 'x.1', more: false }), 200);
  assert.equal(page?.erased.length, 200);
  assert.equal(page?.erased[199]?.event_id, '$199:b.test');
});
