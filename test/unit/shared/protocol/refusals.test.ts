import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  conflict,
  errorBody,
  forbidden,
  notFound,
  ProtocolError,
  unauthorized,
} from '../../../../shared/protocol/errors.ts';
import { parseEnvelope } from '../../../../shared/protocol/events/envelope.ts';
import {
  normalizeServerName,
  parseEventId,
  parseRoomId,
  parseUserId,
} from '../../../../shared/protocol/identifiers.ts';
import { limits } from '../../../../shared/protocol/limits.ts';
import { parseReceipts, parseReceiptsNext } from '../../../../shared/protocol/receipts.ts';
import { checkTimestamp, parseTransportClaim } from '../../../../shared/protocol/transport.ts';
import { said } from '../../../../shared/words/said.ts';
import { refused } from '../../../support/words.ts';

const what = (name: string) => ({
  code: 'expected.what',
  params: { what: { code: `what.${name}`, params: {} } },
});

test('the refusal of a server name says what is wrong', () => {
  for (const [name, why, params] of [
    ['', 'empty', {}],
    [' . ', 'empty', {}],
    [`a${'.a'.repeat(126)}b`, 'long', { max: limits.serverNameCharsMax }],
    ['chat.\u212aexample', 'ascii', {}],
    ['bücher.example', 'ascii_form', { form: 'xn--bcher-kva.example' }],
    ['me@chat.example', 'more', {}],
    ['chat.example/path', 'more', {}],
    ['chat.example:8448', 'port', {}],
    ['chat..example', 'label', { label: '""' }],
    ['chat._x.example', 'label', { label: '"_x"' }],
    ['1.2.3', 'number', {}],
    ['0x7f.1', 'number', {}],
    ['256.1.1.1', 'number', {}],
  ] as const)
    assert.deepEqual(
      refused(() => normalizeServerName(name)),
      [
        'BAD_REQUEST',
        'id.server',
        {
          name: JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name),
          why: { code: `id.why_${why}`, params },
        },
      ],
      name,
    );
  for (const name of ['249.29.1.10', '0x7f.chat', '1.2.3.x4', `${'a.'.repeat(126)}b`])
    assert.equal(normalizeServerName(name), name);
});

test('a refusal quotes 80 characters of a name, and no more', () => {
  const quoted = (chars: number) => (refused(() => parseUserId('x'.repeat(chars)))[2] as { id: string }).id;
  assert.equal(quoted(80), JSON.stringify('x'.repeat(80)));
  assert.equal(quoted(81), JSON.stringify(`${'x'.repeat(80)}…`));
});

test('the refusal of an id says which part is wrong', () => {
  const id = (text: string) => ({ id: JSON.stringify(text) });
  const parts: readonly (readonly [(text: string) => unknown, string, string, object])[] = [
    ...['', 'a:a.test', '@:a.test', '@a', '@a:'].map(
      (text) => [parseUserId, text, 'id.user', id(text)] as const,
    ),
    [parseUserId, '@a b:a.test', 'id.user_name', { ...id('@a b:a.test'), max: limits.localpartCharsMax }],
    [parseUserId, '@a:A.test', 'id.server_form', { name: '"A.test"', where: said('id.where_user') }],
    ...['', '1:a.test', '!:a.test', '!1', '!01:a.test'].map(
      (text) => [parseRoomId, text, 'id.room', id(text)] as const,
    ),
    [parseRoomId, '!1:A.test', 'id.server_form', { name: '"A.test"', where: said('id.where_room') }],
    ...['', '1:a.test', '$:a.test', '$1', '$1:'].map(
      (text) => [parseEventId, text, 'id.event', id(text)] as const,
    ),
    [parseEventId, '$a b:a.test', 'id.event_name', { ...id('$a b:a.test'), max: limits.eventIdCharsMax }],
    [parseEventId, '$1:A.test', 'id.server_form', { name: '"A.test"', where: said('id.where_event') }],
  ];
  for (const [parse, text, code, params] of parts)
    assert.deepEqual(
      refused(() => parse(text)),
      ['BAD_REQUEST', code, params],
      text,
    );
});

test('a refused header is reported with what was expected', () => {
  const good = {
    'x-paracord-origin': 'b.test',
    'x-paracord-key-id': 'k'.repeat(limits.keyIdCharsMax),
    'x-paracord-timestamp': '1',
    'x-paracord-signature': 'ab'.repeat(64),
  };
  const read = (change: Readonly<Record<string, string | undefined>> = {}) => {
    const headers: Readonly<Record<string, string | undefined>> = { ...good, ...change };
    return parseTransportClaim((name) => (name in headers ? [headers[name] as string] : []));
  };
  assert.equal(read().keyId.length, limits.keyIdCharsMax);
  for (const [header, value, message] of [
    ['x-paracord-origin', 'B.test', what('header_name')],
    ['x-paracord-key-id', 'k'.repeat(limits.keyIdCharsMax + 1), said('expected.at_most_chars', { max: 128 })],
    ['x-paracord-timestamp', 'now', what('time_in_digits')],
    ['x-paracord-signature', 'ab', what('signature')],
  ] as const)
    assert.deepEqual(
      refused(() => read({ [header]: value })),
      ['UNAUTHORIZED', 'wire.header', { header, message }],
    );
  assert.deepEqual(
    refused(() => read({ 'x-paracord-origin': undefined })),
    ['UNAUTHORIZED', 'wire.one_value', { header: 'x-paracord-origin', count: 1 }],
  );
  for (const [now, side] of [
    [1_000_000, 'behind'],
    [100_000, 'ahead'],
  ] as const)
    assert.deepEqual(
      refused(() => checkTimestamp(550_000, now)),
      [
        'UNAUTHORIZED',
        'wire.clock',
        { difference: 450_000, side, max: limits.clockSkewMsMax },
        { reason: 'clock', our_time: now, difference_ms: 550_000 - now },
      ],
    );
});

const event = {
  event_id: '$1:a.test',
  room_id: '!1:a.test',
  event_type: 'm.x',
  sender: '@a:a.test',
  origin_server: 'a.test',
  origin_ts: 1,
  content: {},
  depth: 1,
  state_key: null,
  signatures: { 'a.test': { ['k'.repeat(limits.keyIdCharsMax)]: 'ab'.repeat(64) } },
};

test('the refusal of an event names the wrong field and what it should have been', () => {
  const parse = (change: object) => parseEnvelope(JSON.stringify({ ...event, ...change }));
  assert.equal(parse({}).signatures.size, 1);
  const notEmpty = { code: 'expected.not_empty', params: { what: { code: 'what.text', params: {} } } };
  for (const [field, value, message] of [
    ['content', [], what('object')],
    ['event_id', '', notEmpty],
    ['sender', 7, notEmpty],
    ['event_type', 'x'.repeat(129), said('expected.at_most_chars', { max: limits.eventTypeCharsMax })],
    ['state_key', 7, what('text_or_null')],
    ['state_key', 'x'.repeat(1025), said('expected.at_most_chars', { max: limits.stateKeyCharsMax })],
    ['depth', -1, what('safe_integer')],
    ['origin_ts', '1', what('safe_integer')],
    ['signatures', [], what('object')],
  ] as const)
    assert.deepEqual(
      refused(() => parse({ [field]: value })),
      ['BAD_REQUEST', 'wire.field', { field, message }],
      field,
    );
  assert.deepEqual(
    refused(() => parse({ origin_server: 'A.test' })),
    [
      'BAD_REQUEST',
      'id.server_form',
      { name: '"A.test"', where: said('id.where_field', { field: 'origin_server' }) },
    ],
  );
  const none = ['UNAUTHORIZED', 'wire.no_signature', { server: 'a.test' }];
  for (const signatures of [{}, { 'a.test': { k: 7 } }, { 'a.test': { ['k'.repeat(129)]: 'ab'.repeat(64) } }])
    assert.deepEqual(
      refused(() => parse({ signatures })),
      none,
    );
});

test('the refusal of a receipt names the impossible time', () => {
  const now = 1_000_000;
  const receipt = { event_id: '$1:a.test', server_name: 'c.test', state: 'waiting', at: now };
  const parse = (change: object) =>
    parseReceipts(JSON.stringify({ receipts: [{ ...receipt, ...change }] }), now);
  const field = (name: string, message: object) => [
    'BAD_REQUEST',
    'wire.field',
    { field: `receipts.${name}`, message },
  ];
  assert.deepEqual(
    refused(() => parse({ at: now + limits.clockSkewMsMax + 1 })),
    field('at', said('expected.too_late')),
  );
  assert.equal(parse({ at: now + limits.clockSkewMsMax }).length, 1);
  assert.deepEqual(
    refused(() => parse({ next_attempt_at: now + limits.receiptNextMsMax + 1 })),
    field('next_attempt_at', said('expected.too_far')),
  );
  assert.equal(parse({ next_attempt_at: now + limits.receiptNextMsMax }).length, 1);
  assert.deepEqual(
    refused(() => parse({ at: '1' })),
    ['BAD_REQUEST', 'wire.field', { field: 'receipts.0.at', message: what('milliseconds') }],
  );
  const values = 'has, held, waiting, refused, gave_up';
  assert.deepEqual(
    refused(() => parse({ state: 'lost' })),
    [
      'BAD_REQUEST',
      'wire.field',
      { field: 'receipts.0.state', message: said('expected.one_of', { values }) },
    ],
  );
  assert.equal(parseReceiptsNext('{"next":7}'), 7);
  assert.equal(refused(() => parseReceiptsNext('{"next":-1}'))[0], 'BAD_REQUEST');
});

test('a refusal travels as its code, its sentence and its details, with the status of its code', () => {
  const text = said('wire.bad_transport_signature');
  for (const [make, code, status] of [
    [forbidden, 'FORBIDDEN', 403],
    [notFound, 'NOT_FOUND', 404],
    [conflict, 'CONFLICT', 409],
    [unauthorized, 'UNAUTHORIZED', 401],
  ] as const) {
    const refusal = make(text, { scope: 'event' });
    const { message } = refusal;
    assert.deepEqual(errorBody(refusal), {
      status,
      body: { code, message, error: message, details: { scope: 'event' } },
    });
  }
  assert.deepEqual(errorBody(forbidden(text), () => 'in German').body, {
    code: 'FORBIDDEN',
    message: 'in German',
    error: 'in German',
    details: null,
  });
  assert.equal(new ProtocolError('BAD_REQUEST', 'x', { status: 413 }).status, 413);
});

test('an internal error reveals no internals', () => {
  const { status, body } = errorBody(new Error('/home/anna/secret'));
  assert.deepEqual([status, body.code, body.details], [500, 'INTERNAL_ERROR', null]);
  assert.match(String(body.message), /went wrong|error/i);
  assert.doesNotMatch(String(body.message), /secret/);
});

test('an event’s content may be as large and as deep as the limits, and not one more', () => {
  const fill = (chars: number) => ({ content: { a: 'x'.repeat(chars) } });
  const parse = (change: object) => parseEnvelope(JSON.stringify({ ...event, ...change }));
  const overhead = '{"a":""}'.length;
  assert.equal(parse(fill(limits.contentBytesMax - overhead)).contentText.length, limits.contentBytesMax);
  assert.deepEqual(
    refused(() => parse(fill(limits.contentBytesMax - overhead + 1))),
    ['BAD_REQUEST', 'wire.content_size', { max: limits.contentBytesMax }],
  );
  const third = Math.ceil(limits.contentBytesMax / 3);
  assert.equal(refused(() => parse({ content: { a: '€'.repeat(third) } }))[1], 'wire.content_size');
  const nested = (levels: number) => ({
    content: JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`),
  });
  parse(nested(limits.contentLevelsMax));
  assert.deepEqual(
    refused(() => parse(nested(limits.contentLevelsMax + 1))),
    ['BAD_REQUEST', 'wire.content_depth', { max: limits.contentLevelsMax }],
  );
  assert.equal(refused(() => parseEnvelope('[]'))[1], 'wire.event');
});
