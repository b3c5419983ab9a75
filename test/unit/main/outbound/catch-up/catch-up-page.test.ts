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

test('an answer lists no more erased messages than a page has', async () => {
  const erased = Array.from({ length: 300 }, (_, n) => left(n));
  const text = JSON.stringify({ events: [], erased, next: 'x.1', more: false });
  const page = await readPage(text, 200, async () => {});
  assert.equal(page?.erased.length, 200);
  assert.equal(page?.erased[199]?.event_id, '$199:b.test');
});

test('an event with more values than allowed, or that is not JSON, keeps none of the others', async () => {
  const deep = `{"x":[${Array.from({ length: 3 }, () => `[${'[],'.repeat(9000)}1]`).join(',')}]}`;
  const text = ` {"next" : "x.1", "events" : [ {"a":"]\\",["} , ${deep}, {bad}, [1,{"b":2}],"x" ] , "more":true}`;
  const page = await readPage(text, 200, async () => {});
  const shapes = page?.events.map((event) =>
    event === null ? null : event instanceof Map ? 'object' : typeof event,
  );
  assert.deepEqual(shapes, ['object', null, null, 'object', 'string']);
  assert.equal(page?.next, 'x.1');
  assert.equal(page?.more, true);
});

test('a large page is read in pieces', async () => {
  const events = Array.from({ length: 20 }, () => ({ body: 'x'.repeat(100_000) }));
  let pauses = 0;
  const page = await readPage(JSON.stringify({ events, more: false }), 200, async () => {
    pauses++;
  });
  assert.equal(page?.events.length, 20);
  assert.ok(page.isLarge && pauses >= 6, `${pauses} pauses`);
});

test('an answer that is not a page is rejected', async () => {
  for (const text of [
    '',
    '[]',
    '{"events":{}}',
    '{"events":[',
    '{"events":[]',
    '{"x":[{"events":[]}]}',
    'x"events":[]',
  ])
    assert.equal(await readPage(text, 200, async () => {}), null, text);
});
