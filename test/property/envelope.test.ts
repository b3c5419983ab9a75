import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../shared/protocol/coding/canonical-json.ts';
import { type ErrorCode, ProtocolError } from '../../shared/protocol/errors.ts';
import {
  canonicalEvent,
  depthAsSigned,
  type Envelope,
  parseEnvelope,
  signedDepthIn,
  type UnsignedEvent,
  wireEvent,
} from '../../shared/protocol/events/envelope.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { text, unsignedEvent } from './arbitraries.ts';

const signature = 'ab'.repeat(64);

function refuses(body: string, code: ErrorCode = 'BAD_REQUEST', says = /./): void {
  assert.throws(
    () => parseEnvelope(body),
    (error) => error instanceof ProtocolError && error.code === code && says.test(error.message),
    `accepted ${body.slice(0, 200)}`,
  );
}

const signed = (event: UnsignedEvent): Envelope => ({
  ...event,
  contentText: canonicalJson(event.content),
  signatures: new Map([['ed25519:k', signature]]),
});

const fields = {
  event_id: '"$1:b.test"',
  room_id: '"!1:b.test"',
  event_type: '"m.message"',
  sender: '"@bob:b.test"',
  origin_server: '"b.test"',
  origin_ts: '1',
  content: '{}',
  depth: '1',
  state_key: 'null',
  signatures: `{"b.test":{"ed25519:k":"${signature}"}}`,
};

/** A good envelope, some of its fields written otherwise or left out. */
function body(changed: { readonly [K in keyof typeof fields]?: string | undefined } = {}): string {
  const members = Object.entries({ ...fields, ...changed }).filter(([, value]) => value !== undefined);
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
}

test('an event that is written to the wire and read again has the same canonical text and the same bytes', () => {
  fc.assert(
    fc.property(unsignedEvent, (event) => {
      const wire = wireEvent(signed(event));
      const read = parseEnvelope(wire);
      assert.equal(canonicalEvent(read), canonicalEvent(event));
      assert.equal(wireEvent(read), wire);
    }),
  );
});

test('the canonical text is the canonical JSON of the nine fields', () => {
  fc.assert(
    fc.property(unsignedEvent, (event) => {
      const { signatures: _, ...nine } = JSON.parse(wireEvent(signed({ ...event, content: new Map() })));
      const sorted = Object.fromEntries(Object.entries(nine).sort(([a], [b]) => (a < b ? -1 : 1)));
      assert.equal(canonicalEvent({ ...event, content: new Map() }), JSON.stringify(sorted));
    }),
  );
});

test('a change of any canonical field changes the text that is signed', () => {
  const names = Object.keys(fields).filter((name) => name !== 'signatures') as (keyof UnsignedEvent)[];
  fc.assert(
    fc.property(unsignedEvent, unsignedEvent, fc.constantFrom(...names), (event, other, name) => {
      const written = (value: UnsignedEvent[typeof name]): string =>
        value instanceof Map ? canonicalJson(value) : JSON.stringify(value);
      fc.pre(written(event[name]) !== written(other[name]));
      assert.notEqual(canonicalEvent({ ...event, [name]: other[name] }), canonicalEvent(event));
    }),
  );
});

test('state_key null and state_key "" are two texts; absent is null', () => {
  const of = (state_key: string | undefined): string => canonicalEvent(parseEnvelope(body({ state_key })));
  assert.notEqual(of('null'), of('""'));
  assert.equal(of(undefined), of('null'));
  assert.match(of(undefined), /"state_key":null}$/);
});

test('no field can be written so that it runs into the next one', () => {
  fc.assert(
    fc.property(unsignedEvent, text, text, (event, a, b) => {
      fc.pre(a !== b);
      const one = canonicalEvent({ ...event, state_key: a, sender: `@x${b}:b.test` });
      const other = canonicalEvent({ ...event, state_key: b, sender: `@x${a}:b.test` });
      assert.notEqual(one, other);
      assert.doesNotThrow(() => JSON.parse(one));
    }),
  );
});

for (const [field, fieldOf] of [
  ['depth', depthAsSigned],
  ['origin_ts', (event: UnsignedEvent) => event.origin_ts],
] as const)
  test(`${field} is a whole number from 0 to 2^53−1, written plainly`, () => {
    for (const good of ['0', '1', String(Number.MAX_SAFE_INTEGER)])
      assert.equal(String(fieldOf(parseEnvelope(body({ [field]: good })))), good);
    for (const bad of [
      '-1',
      '-0',
      '1.5',
      '1.0',
      '1e3',
      '1E3',
      '9007199254740992',
      '1e400',
      '"1"',
      'null',
      '[1]',
      undefined,
    ])
      refuses(body({ [field]: bad }));
  });

test('a field that is missing, empty or of another type is refused by name', () => {
  for (const field of ['event_id', 'room_id', 'event_type', 'sender', 'origin_server'] as const)
    for (const bad of [undefined, 'null', '""', '1', '{}', '["x"]'])
      refuses(body({ [field]: bad }), 'BAD_REQUEST', new RegExp(field));
  for (const bad of [undefined, 'null', '[]', '"{}"', '1'])
    refuses(body({ content: bad }), 'BAD_REQUEST', /content/);
  for (const bad of ['1', 'false', '{}']) refuses(body({ state_key: bad }), 'BAD_REQUEST', /state_key/);
  for (const bad of ['[]', 'null', '1', '"x"']) refuses(bad);
});

test('ids that break their form are refused', () => {
  refuses(body({ event_id: '"1:b.test"' }));
  refuses(body({ room_id: '"!x:b.test"' }));
  refuses(body({ sender: '"bob"' }));
  refuses(body({ origin_server: '"B.test"' }));
  refuses(body({ sender: '"@bob:B.test"' }));
});

test('ids, types and state keys may be as long as their limit, and not one longer', () => {
  const long = (field: keyof typeof fields, before: string, after: string, max: number): void => {
    const of = (length: number): string =>
      body({ [field]: JSON.stringify(before + '1'.repeat(length - before.length - after.length) + after) });
    assert.doesNotThrow(() => parseEnvelope(of(max)));
    refuses(of(max + 1));
  };
  long('event_id', '$', ':b.test', limits.eventIdCharsMax);
  long('event_type', 'x.', '', limits.eventTypeCharsMax);
  long('state_key', '', '', limits.stateKeyCharsMax);
  long('sender', '@', ':b.test', limits.localpartCharsMax + '@:b.test'.length);
});

test('content may have 1 MiB of UTF-8, and not a byte more', () => {
  for (const char of ['a', 'é', '€', '😀']) {
    const width = Buffer.byteLength(char);
    const room = limits.contentBytesMax - '{"a":""}'.length;
    const full = char.repeat(Math.floor(room / width)) + 'b'.repeat(room % width);
    const read = parseEnvelope(body({ content: `{"a":"${full}"}` }));
    assert.equal(Buffer.byteLength(read.contentText), limits.contentBytesMax);
    refuses(body({ content: `{"a":"${full}b"}` }), 'BAD_REQUEST', /bytes/);
  }
});

test('content may have 32 levels and 10 000 entries, and not one more', () => {
  const levels = (count: number): string =>
    body({ content: `{"a":${'['.repeat(count - 1)}${']'.repeat(count - 1)}}` });
  assert.doesNotThrow(() => parseEnvelope(levels(limits.contentLevelsMax)));
  refuses(levels(limits.contentLevelsMax + 1), 'BAD_REQUEST', /levels/);
  const entries = (count: number): string => body({ content: `{"a":[${Array(count).fill('0').join(',')}]}` });
  assert.doesNotThrow(() => parseEnvelope(entries(limits.contentEntriesMax)));
  refuses(entries(limits.contentEntriesMax + 1), 'BAD_REQUEST', /entries/);
});

test("the origin's signatures are read, nested or flat, and those of others are ignored", () => {
  const of = (signatures: string): [string, string][] => [...parseEnvelope(body({ signatures })).signatures];
  assert.deepEqual(of(`{"b.test":{"k":"${signature}"},"c.test":{"k":"zz"}}`), [['k', signature]]);
  assert.deepEqual(of(`{"k":"${signature}"}`), [['k', signature]]);
  assert.deepEqual(of(`{"b.test":{"k":"${signature}","bad":"xx","worse":1}}`), [['k', signature]]);
});

test('an event without a signature by its origin is UNAUTHORIZED', () => {
  for (const signatures of [
    '{}',
    '{"b.test":{}}',
    `{"c.test":{"k":"${signature}"}}`,
    `{"b.test":{"k":"${signature.toUpperCase()}"}}`,
    `{"b.test":{"k":"${signature}00"}}`,
    `{"b.test":{"${'k'.repeat(limits.keyIdCharsMax + 1)}":"${signature}"}}`,
  ])
    refuses(body({ signatures }), 'UNAUTHORIZED', /b\.test/);
  for (const signatures of [undefined, 'null', '[]', '"x"']) refuses(body({ signatures }));
});

test('a map with more signatures than the limit is refused', () => {
  const many = (count: number): string =>
    `{"b.test":{${Array.from({ length: count }, (_, at) => `"k${at}":"${signature}"`).join(',')}}}`;
  assert.equal(parseEnvelope(body({ signatures: many(limits.eventSignaturesMax) })).signatures.size, 4);
  refuses(body({ signatures: many(limits.eventSignaturesMax + 1) }));
});

test('a duplicate field is refused: two readers might pick different ones', () => {
  refuses(body().replace('"depth":1', '"depth":1,"depth":2'));
});

test('a depth more than a day beyond the event’s own time does not count, and is signed and sent as it is', () => {
  const dayMs = 86_400_000;
  const read = (depth: number) => parseEnvelope(body({ origin_ts: '5000', depth: String(depth) }));
  assert.equal(read(5000 + dayMs).depth, 5000 + dayMs);
  assert.equal(read(5000 + dayMs).signedDepth, undefined);
  const followed = read(5001 + dayMs);
  assert.deepEqual([followed.depth, followed.signedDepth], [5000, 5001 + dayMs]);
  assert.match(canonicalEvent(followed), new RegExp(`"depth":${5001 + dayMs},`));
  assert.equal(signedDepthIn(wireEvent(followed)), 5001 + dayMs);
});

test('no other field of an event’s text is mistaken for its depth', () => {
  const like = ',"depth":7,';
  const written = (fields: Record<string, string>) =>
    signedDepthIn(wireEvent(parseEnvelope(body({ depth: '5000', ...fields }))));
  const hex = `"${'ab'.repeat(64)}"`;
  assert.equal(written({ content: `{"a":1,"depth":7,"z":${JSON.stringify(like)}}` }), 5000);
  assert.equal(written({ state_key: JSON.stringify(like) }), 5000);
  const signatures = (...keys: string[]) =>
    `{"b.test":{${keys.map((key) => `${JSON.stringify(key)}:${hex}`).join(',')}}}`;
  assert.equal(written({ signatures: signatures('a', 'depth', 'z') }), 5000, 'a key that is called depth');
  assert.equal(written({ signatures: signatures('a', like) }), 5000);
  assert.equal(signedDepthIn('{"event_id":"$1:a.test"}'), null);
});
