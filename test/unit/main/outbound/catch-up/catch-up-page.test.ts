import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResult } from '../../../../../main/client/http.ts';
import { isWebPage } from '../../../../../main/client/http.ts';
import { pauseBy } from '../../../../../main/kernel/timers.ts';
import {
  depthOf,
  eventIdOf,
  isTooLarge,
  isUnknownCall,
  PageSize,
  readPage,
  readQueuePage,
  whyNoEvents,
} from '../../../../../main/outbound/catch-up/catch-up-page.ts';
import { parseJson } from '../../../../../shared/protocol/coding/json.ts';
import { quoted, said } from '../../../../../shared/words/said.ts';

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

test('an event with too many values, or that isn’t JSON, doesn’t affect the others', async () => {
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

const now = async () => {};
const read = async (page: object, pageSize = 2) =>
  readPage(JSON.stringify({ events: [], ...page }), pageSize, now);
const events = [{}, {}];

test('a page that was too large is asked for again with half as many events, down to one', () => {
  const size = new PageSize();
  const sizes = [size.size];
  while (size.shrink()) sizes.push(size.size);
  assert.deepEqual(sizes, [200, 100, 50, 25, 13, 7, 4, 2, 1]);
  for (let n = 0; n < 9; n++) {
    size.grow();
    sizes.push(size.size);
  }
  assert.deepEqual(sizes.slice(9), [2, 4, 8, 16, 32, 64, 128, 200, 200]);
  const network = (code: string): HttpResult => ({ kind: 'network', error: quoted('x'), code });
  assert.equal(isTooLarge(network('ANSWER_TOO_LARGE')), true);
  assert.equal(isTooLarge(network('ECONNRESET')), false);
  assert.equal(isTooLarge({ kind: 'aborted' }), false);
});

test('a pause ends when the clock lets other work continue', async () => {
  const waits: [number, () => void][] = [];
  const paused = pauseBy({ now: () => 0, after: (ms, then) => waits.push([ms, then]) as never })();
  assert.equal(waits[0]?.[0], 0);
  waits[0]?.[1]();
  await paused;
});

test('there are more pages if a Paracord Node says so, or if a server of another kind sends a full page', async () => {
  const more = async (page: object, pageSize?: number) => (await read(page, pageSize))?.more;
  assert.equal(await more({ events, more: true }, 200), true);
  assert.equal(await more({ events, more: false }), false);
  assert.equal(await more({ events, more: 'true' }), false);
  assert.equal(await more({ events }), true);
  assert.equal(await more({ events }, 1), true);
  assert.equal(await more({ events }, 3), false);
});

test('an empty page that promises more is the last, but erased events count as content', async () => {
  assert.equal((await read({ more: true }))?.more, false);
  assert.equal((await read({ more: true, erased: [] }))?.more, false);
  assert.equal((await read({ more: true, erased: 'x' }))?.more, false);
  assert.equal((await read({ more: true, erased: [left(1)] }))?.more, true);
});

test('a token is a string that is not too long', async () => {
  const next = async (token: unknown) => (await read({ next: token }))?.next;
  assert.equal(await next('x'.repeat(256)), 'x'.repeat(256));
  for (const wrong of ['x'.repeat(257), 7, undefined, null]) assert.equal(await next(wrong), null);
});

test('wrong remains of erased events are skipped, and anything but a list is empty', async () => {
  const erased = async (list: unknown) => (await read({ erased: list }))?.erased;
  assert.deepEqual(
    (await erased([null, left(1), { ...left(2), erased: 'lost' }]))?.map((each) => each.event_id),
    ['$1:b.test'],
  );
  for (const none of [undefined, null, 'x', {}]) assert.deepEqual(await erased(none), []);
});

test('a page is large from so many characters on, and read with a pause for each of them', async () => {
  let pauses = 0;
  const count = async () => {
    pauses++;
  };
  const text = (chars: number) => `{"events":[${'1'.repeat(300)},"${'x'.repeat(chars - 316)}"]}`;
  assert.equal(text(1000).length, 1000);
  assert.equal((await readPage(text(262_144), 200, count))?.isLarge, false);
  assert.equal(pauses, 0);
  assert.equal((await readPage(text(262_145), 200, count))?.isLarge, true);
  assert.equal((await readPage(text(262_144 + 16), 200, count))?.isLarge, true);
  assert.equal(pauses, 1);
  assert.equal((await readQueuePage(`${text(262_144).slice(0, -9)}"],"next":1}`, count))?.isLarge, true);
  assert.equal((await readQueuePage('{"events":[],"next":1}', count))?.isLarge, false);
});

test('the page of a queue contains what to confirm', async () => {
  const queue = (page: object) => readQueuePage(JSON.stringify({ events, ...page }), now);
  assert.deepEqual(await queue({ next: 7, more: true }), {
    events: [new Map(), new Map()],
    next: 7,
    more: true,
    isLarge: false,
  });
  assert.equal((await queue({ next: 0 }))?.more, false);
  assert.equal((await queue({ next: 0, more: 1 }))?.next, 0);
  for (const next of [undefined, -1, 1.5, '7', 2 ** 53]) assert.equal(await queue({ next }), null);
  assert.equal(await readQueuePage('x', now), null);
});

test('an answer without events is explained', () => {
  const answer = (
    status: number,
    body = '{}',
    contentType?: string,
  ): HttpResult & { readonly kind: 'answer' } => ({
    kind: 'answer',
    headers: contentType === undefined ? {} : { contentType },
    status,
    body,
  });
  assert.deepEqual(whyNoEvents(answer(200)), said('peer.asks_garbled'));
  assert.deepEqual(whyNoEvents(answer(418)), said('peer.asks_status'));
  assert.deepEqual(whyNoEvents(answer(200, '<html>')), said('peer.asks_page'));
  for (const page of [
    answer(200, '', 'text/html; charset=utf-8'),
    answer(200, '', ' TEXT/HTML'),
    answer(200, '', 'application/xhtml+xml'),
    ...['<!doctype html>', '\n \t<HTML lang="en">', '<head>', '<body>'].map((body) => answer(200, body)),
  ])
    assert.equal(isWebPage(page), true, JSON.stringify(page));
  for (const other of [
    answer(200),
    answer(200, '{"a":"<html>"}'),
    answer(200, '"\n<html>"'),
    answer(200, '<xml>'),
    answer(200, '', 'x-text/html'),
  ])
    assert.equal(isWebPage(other), false, JSON.stringify(other));
  assert.deepEqual(
    [200, 400, 403, 404, 405, 410, 500, 501, 502].filter((status) => isUnknownCall(answer(status))),
    [404, 405, 501],
  );
});

test('an event reveals its id and its depth, or nothing', () => {
  const of = (json: string) => [eventIdOf(parseJson(json)), depthOf(parseJson(json))];
  assert.deepEqual(of('{"event_id":"$1:a","depth":7}'), ['$1:a', 7]);
  for (const none of ['{}', '[]', 'null', '{"depth":"7"}', '{"depth":1.5}', '{"depth":9007199254740992}'])
    assert.deepEqual(of(none), [null, 0], none);
});
