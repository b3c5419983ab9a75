import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { canonicalJson } from '../../../../shared/protocol/coding/canonical-json.ts';
import { type JsonObject, parseJson } from '../../../../shared/protocol/coding/json.ts';
import {
  canonicalEvent,
  type Envelope,
  type UnsignedEvent,
  wireEvent,
} from '../../../../shared/protocol/events/envelope.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { federationPrefix } from '../../../../shared/protocol/transport.ts';
import { assertError, besiege, refused, type Siege } from '../../../support/attack/node.ts';
import { answerIn, ask, open, throwAt, written } from '../../../support/attack/socket.ts';
import type { RawAnswer } from '../../../support/parties/raw-peer.ts';

const target = `${federationPrefix}/event`;
const badRequest = { status: 400, code: 'BAD_REQUEST', proven: true } as const;

const post = ({ raw, node }: Siege, body: string): Promise<RawAnswer> =>
  raw.call(node.url, 'POST', '/event', body);

/** An event of unknown type whose content is this JSON text, signed unchanged. */
function withContent({ raw, room }: Siege, contentText: string, type = 'x.anything'): Envelope {
  const content = parseJson(contentText) as JsonObject;
  const plain = raw.event({ room, type, content: {} });
  const unsigned: UnsignedEvent = { ...plain, content };
  const signatures = new Map([[raw.keyId, raw.signer.sign(canonicalEvent(unsigned))]]);
  return { ...unsigned, contentText: canonicalJson(content), signatures };
}

test('a body over the limit is refused before it is sent', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const headers = Object.entries(raw.headers('POST', target, ''));
  for (const length of [limits.bodyBytesMax + 1, 2 ** 40, Number.MAX_SAFE_INTEGER])
    await refused(siege, { status: 413, code: 'BAD_REQUEST' }, async () =>
      answerIn(
        await throwAt(node.url, written('POST', target, [...headers, ['Content-Length', String(length)]])),
      ),
    );
});

test('a chunked body without end is cut off at the limit', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const headers = Object.entries(raw.headers('POST', target, ''));
  const flood = async (): Promise<string> => {
    const { socket, end } = await open(node.url);
    socket.write(written('POST', target, [...headers, ['Transfer-Encoding', 'chunked']]));
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    let sent = 0;
    const feed = async () => {
      while (!socket.destroyed && sent < 64 * limits.bodyBytesMax) {
        sent += 0x8000;
        if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), end]);
      }
    };
    const [text] = await Promise.all([end, feed()]);
    assert.ok(sent < 64 * limits.bodyBytesMax, 'somebody read all of it');
    return text;
  };
  await refused(siege, { status: 413, code: 'BAD_REQUEST' }, async () => {
    // The connection is reset while we still send, and the answer may be lost with it.
    let text = '';
    for (let attempt = 0; text === '' && attempt < 10; attempt++) text = await flood();
    return answerIn(text);
  });
});

test('a body of exactly the limit is read', async (t) => {
  const siege = await besiege(t);
  const body = wireEvent(siege.raw.message(siege.room, 'padded'));
  const padded = body + ' '.repeat(limits.bodyBytesMax - body.length);
  assert.equal((await post(siege, padded)).status, 202);
  await refused(siege, { status: 413 }, () => post(siege, `${padded} `));
});

test('a compressed body is refused without being read', async (t) => {
  const siege = await besiege(t);
  const { raw, node, room } = siege;
  const body = gzipSync(wireEvent(raw.message(room, 'squeezed')));
  for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip', 'zstd'])
    await refused(siege, badRequest, () =>
      raw.call(node.url, 'POST', '/event', body as unknown as string, { 'content-encoding': encoding }),
    );
  // A compressed bomb without a Content-Encoding isn't JSON.
  const bomb = gzipSync(Buffer.alloc(limits.bodyBytesMax * 8)).toString('latin1');
  await refused(siege, badRequest, () => post(siege, bomb));
});

test('anything that isn’t JSON, UTF-8 or an event is refused', async (t) => {
  const siege = await besiege(t);
  const event = wireEvent(siege.raw.message(siege.room, 'hello'));
  const texts = [
    '',
    'null',
    '[]',
    '"x"',
    '{',
    '{}',
    '1',
    'tru',
    `${event}x`,
    `[${event}]`,
    event.replace('"content":{', '"content":['),
    `﻿${event}`,
    event.replace('hello', 'he\\ud800llo'),
    event.replace('hello', 'a\u0000b'),
    event.replace('hello', '\\x41'),
    event.replace('"depth":', '"depth":0'),
    event.replace('{"event_id"', `{"room_id":"${siege.room}","event_id"`),
    event.replace('"body":', '"body":"first","body":'),
    event.replace(/"depth":\d+/, '"depth":1e400'),
    `{"a":${'9'.repeat(400)}}`,
  ];
  for (const text of texts) await refused(siege, badRequest, () => post(siege, text));
  const { raw, node } = siege;
  const bytes = Buffer.concat([
    Buffer.from(event.slice(0, 40)),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(event.slice(40)),
  ]);
  const headers = Object.entries(raw.headers('POST', target, bytes as unknown as string));
  await refused(siege, badRequest, async () =>
    answerIn(
      await throwAt(
        node.url,
        written('POST', target, [...headers, ['Content-Length', String(bytes.length)]]),
        bytes,
      ),
    ),
  );
});

const nested = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

test('nesting, entries and size are accepted at their limit and refused one over', async (t) => {
  const siege = await besiege(t);
  const list = (entries: number) => `{"a":[${Array(entries).fill('0').join(',')}]}`;
  const object = (entries: number) => `{${Array.from({ length: entries }, (_, i) => `"k${i}":0`).join(',')}}`;
  const sized = (bytes: number) => `{"a":"${'ü'.repeat((bytes - 8) / 2)}"}`;
  const cases: [string, string, string][] = [
    ['levels of objects', nested(limits.contentLevelsMax), nested(limits.contentLevelsMax + 1)],
    [
      'levels of arrays',
      `{"a":${'['.repeat(31)}${']'.repeat(31)}}`,
      `{"a":${'['.repeat(32)}${']'.repeat(32)}}`,
    ],
    ['entries of an array', list(limits.contentEntriesMax), list(limits.contentEntriesMax + 1)],
    ['entries of an object', object(limits.contentEntriesMax), object(limits.contentEntriesMax + 1)],
    ['bytes', sized(limits.contentBytesMax), sized(limits.contentBytesMax + 2)],
  ];
  for (const [what, at, over] of cases)
    await t.test(what, async () => {
      assert.equal((await siege.raw.post(siege.node.url, withContent(siege, at))).status, 202);
      await refused(siege, badRequest, () =>
        post(siege, wireEvent({ ...withContent(siege, '{}'), contentText: over })),
      );
    });
  await refused(siege, badRequest, () => post(siege, '['.repeat(1_000_000)));
  await refused(siege, badRequest, () => post(siege, '{"a":'.repeat(200_000)));
});

test('a refusal quotes little of a large body', async (t) => {
  const siege = await besiege(t);
  const key = 'k'.repeat(500_000);
  for (const text of [`{"${key}":1,"${key}":2}`, `{"event_id":"${key}"}`, `{"depth":"${key}"}`, `"${key}`]) {
    const answer = await refused(siege, badRequest, () => post(siege, text));
    assert.ok(String(answer.body.message).length < 1000, String(answer.body.message).slice(0, 80));
  }
});

test('__proto__ and constructor stay data', async (t) => {
  const siege = await besiege(t);
  const { raw, node } = siege;
  const content =
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1}';
  const event = withContent(siege, content);
  assert.equal((await raw.post(node.url, event)).status, 202);
  assert.equal((await raw.call(node.url, 'GET', `/event/${event.event_id}`)).status, 200);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  const message = withContent(
    siege,
    `{"body":"hi","channel_id":"1","message_id":"77","__proto__":{"body":"other"}}`,
    'm.message',
  );
  assert.equal((await raw.post(node.url, message)).status, 202);
  const { items } = await node.api.timeline({ room_id: siege.room });
  assert.equal(items[0]?.body, 'hi');
  for (const path of ['/__proto__', '/constructor', '/event/__proto__', '/event/constructor'])
    assertError(await raw.call(node.url, 'GET', path), { status: path.startsWith('/event') ? 400 : 404 });
  const odd = JSON.stringify({ origin_server: 'raw.test', room_id: '__proto__', user_id: 'constructor' });
  await refused(siege, badRequest, () => raw.call(node.url, 'POST', '/join', odd));
  await refused(siege, { status: 403 }, () =>
    ask(
      node.url,
      'GET',
      `${federationPrefix}/keys?server_name=constructor`,
      Object.entries({
        ...raw.headers('GET', `${federationPrefix}/keys?server_name=constructor`, ''),
        'x-paracord-origin': 'constructor',
      }),
    ),
  );
});

test('the allowed number of values is read, and one more is refused, however they are nested', async (t) => {
  const siege = await besiege(t);
  const { node, raw, room } = siege;
  const fields = { body: 'x', msgtype: 'm.text', channel_id: '1' };
  const event = (values: number) => {
    const message_id = String(values);
    const content = { ...fields, message_id, x: [] as number[][] };
    // The lists, and what is in them.
    for (let left = values; left > 0; ) {
      const inside = Math.min(left - 1, 5000);
      content.x.push(Array.from({ length: inside }, () => 1));
      left -= inside + 1;
    }
    const made = raw.event({ room, type: 'm.message', event_id: `$${message_id}:raw.test`, content });
    return wireEvent(made);
  };
  const countIn = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Object.values(value).reduce((sum: number, each) => sum + countIn(each), 0)
      : 1;
  const around = countIn(JSON.parse(event(0)));
  const send = (values: number) => raw.call(node.url, 'POST', '/event', event(values - around));
  assert.equal((await send(limits.jsonValuesMax)).status, 202);
  const answer = await send(limits.jsonValuesMax + 1);
  assert.equal(answer.status, 400);
  assert.match(String(answer.body.message), /more than 20,000 values/);
});
