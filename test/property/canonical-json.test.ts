import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  canonicalJson,
  compareCodePoints,
  sortByCodePoints,
} from '../../shared/protocol/coding/canonical-json.ts';
import { fromPlain, isObject, JsonNumber, parseJson, toPlain } from '../../shared/protocol/coding/json.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { limits } from '../../shared/protocol/limits.ts';
import { jsonValue, numberLexeme, text, writeLoosely } from './arbitraries.ts';

const dice = fc.array(fc.nat(11), { minLength: 1, maxLength: 20 });

function refusal(json: string): ProtocolError {
  try {
    parseJson(json);
  } catch (error) {
    assert.ok(error instanceof ProtocolError, `threw ${String(error)}`);
    assert.equal(error.code, 'BAD_REQUEST');
    return error;
  }
  return assert.fail(`accepted ${JSON.stringify(json)}`);
}

test('a value that is printed and parsed again is the same', () => {
  fc.assert(fc.property(jsonValue, (value) => assert.deepEqual(parseJson(canonicalJson(value)), value)));
});

test('the canonical form of a canonical form is itself', () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const once = canonicalJson(value);
      assert.equal(canonicalJson(parseJson(once)), once);
    }),
  );
});

test('blanks, escapes and the order of keys make no difference', () => {
  fc.assert(
    fc.property(jsonValue, dice, (value, throws) =>
      assert.equal(canonicalJson(parseJson(writeLoosely(value, throws))), canonicalJson(value)),
    ),
  );
});

test('texts are ordered as their UTF-8 bytes are', () => {
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const mixed = fc.string({
    unit: fc.constantFrom('a', '\u007f', '\u0080', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
    maxLength: 4,
  });
  const any = fc.oneof(text, mixed);
  fc.assert(
    fc.property(any, any, (a, b) =>
      assert.equal(Math.sign(compareCodePoints(a, b)), Math.sign(byBytes(a, b))),
    ),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uniqueArray(any), (texts) =>
      assert.deepEqual(sortByCodePoints(texts), texts.toSorted(byBytes)),
    ),
  );
});

test('keys are in the order of their UTF-8 bytes at every level', () => {
  const sorted = (value: ReturnType<typeof parseJson>): void => {
    if (isObject(value)) {
      const bytes = [...value.keys()].map((key) => Buffer.from(key));
      for (let at = 1; at < bytes.length; at++) assert.equal(Buffer.compare(bytes[at - 1]!, bytes[at]!), -1);
      for (const item of value.values()) sorted(item);
    } else if (Array.isArray(value)) for (const item of value) sorted(item);
  };
  fc.assert(fc.property(jsonValue, (value) => sorted(parseJson(canonicalJson(value)))));
});

test('numbers keep every digit they came with', () => {
  fc.assert(fc.property(numberLexeme, (lexeme) => assert.equal(canonicalJson(parseJson(lexeme)), lexeme)));
});

test('a number outside the range of a double is refused', () => {
  for (const lexeme of ['1e309', '-1e309', '1e400', `1${'0'.repeat(309)}`]) refusal(`{"a":${lexeme}}`);
  assert.equal(canonicalJson(parseJson('1.7976931348623157e308')), '1.7976931348623157e308');
  assert.equal(canonicalJson(parseJson('1e-400')), '1e-400');
});

test('a duplicate key in an object is refused, however it is written', () => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.integer()), text, dice, (others, key, throws) => {
      const entries = Object.entries(others).filter(([name]) => name !== key);
      const members = [...entries, [key, 1] as const, [key, 1] as const].map(([name, value]) =>
        writeLoosely(new Map([[name, new JsonNumber(String(value))]]), throws)
          .trim()
          .slice(1, -1),
      );
      assert.match(refusal(`[{"deep":{${members.join(',')}}}]`).message, /appears twice/);
    }),
  );
});

test('the refusal of a duplicate key doesn’t quote a long key', () => {
  const key = 'k'.repeat(100_000);
  assert.ok(refusal(`{"${key}":1,"${key}":2}`).message.length < 300);
});

test('half a surrogate pair is refused, raw or escaped, in keys and values', () => {
  const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));
  const before = text.map((each) => JSON.stringify(each).slice(1, -1));
  fc.assert(
    fc.property(half, before, fc.boolean(), fc.boolean(), (unit, rest, escaped, isKey) => {
      const written = rest + (escaped ? `\\u${unit.charCodeAt(0).toString(16)}` : unit);
      refusal(isKey ? `{"${written}":1}` : `["${written}"]`);
    }),
  );
  assert.throws(() => canonicalJson('\ud800'), ProtocolError);
  assert.throws(() => canonicalJson(new Map([['\udfff', null]])), ProtocolError);
});

test('__proto__ and constructor stay data', () => {
  const json = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}';
  const plain = toPlain(parseJson(json)) as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(plain), null);
  assert.deepEqual(Object.keys(plain), ['__proto__', 'constructor']);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(canonicalJson(parseJson(json)), json);
  assert.equal(canonicalJson(fromPlain(JSON.parse(json))), json);
});

test('arbitrary text is a value or a ProtocolError, never another error', () => {
  const scraps = fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '\\',
        'u',
        'd83d',
        '0',
        '-',
        '.',
        'e',
        'true',
        'nul',
        ' ',
        '\u0000',
        '\ud83d',
        'é',
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(scraps, fc.string({ unit: 'binary' })), (json) => {
      try {
        parseJson(json);
      } catch (error) {
        assert.ok(error instanceof ProtocolError);
      }
    }),
    { numRuns: 5000 },
  );
});

/** Matches the refusals in which we are stricter than JSON.parse. */
const stricter = /appears twice|surrogate|range of a double|deeper than|entries/;

test('JSON is valid if JSON.parse accepts it, except for the stricter rules', () => {
  const mutated = fc
    .tuple(
      jsonValue,
      dice,
      fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'{}[],:"\\0.e- tn\n\u0001é')), {
        maxLength: 2,
      }),
    )
    .map(([value, throws, changes]) => {
      let json = writeLoosely(value, throws);
      for (const [at, drop, insert] of changes) {
        const place = at % (json.length + 1);
        json = json.slice(0, place) + insert + json.slice(place + drop);
      }
      return json;
    });
  fc.assert(
    fc.property(mutated, (json) => {
      let theirs: unknown;
      try {
        theirs = JSON.parse(json);
      } catch {
        refusal(json);
        return;
      }
      try {
        assert.equal(JSON.stringify(toPlain(parseJson(json))), JSON.stringify(theirs));
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
        assert.match(error.message, stricter);
      }
    }),
    { numRuns: 3000 },
  );
});

test('levels and entries are read up to the limits, and not one more', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  parseJson(nested(limits.jsonLevelsMax));
  refusal(nested(limits.jsonLevelsMax + 1));
  refusal('['.repeat(1_000_000));
  const list = (entries: number): string => `[${Array(entries).fill(0).join(',')}]`;
  const object = (entries: number): string =>
    `{${Array.from({ length: entries }, (_, at) => `"${at}":0`).join(',')}}`;
  for (const write of [list, object]) {
    parseJson(write(limits.contentEntriesMax));
    refusal(write(limits.contentEntriesMax + 1));
  }
});

test('the node itself only emits whole numbers that a double can hold', () => {
  for (const number of [0, -1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER])
    assert.equal(canonicalJson(fromPlain(number)), String(number));
  for (const number of [0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => fromPlain({ a: [number] }), TypeError);
  assert.equal(canonicalJson(fromPlain({ b: 1, a: undefined, c: null })), '{"b":1,"c":null}');
});
