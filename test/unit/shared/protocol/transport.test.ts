import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';
import {
  checkTimestamp,
  parseTransportClaim,
  transportHeaders,
  transportText,
} from '../../../../shared/protocol/transport.ts';

const good = {
  [transportHeaders.origin]: 'b.test',
  [transportHeaders.keyId]: 'ed25519:k',
  [transportHeaders.timestamp]: '1760000000123',
  [transportHeaders.signature]: 'ab'.repeat(64),
};
const read = (headers: Readonly<Record<string, string | readonly string[] | undefined>>) =>
  parseTransportClaim((name) => [headers[name] ?? []].flat());

function refuses(headers: Parameters<typeof read>[0], names: string): void {
  assert.throws(
    () => read(headers),
    (error) => error instanceof ProtocolError && error.status === 401 && error.message.includes(names),
    JSON.stringify(headers),
  );
}

test('four well-formed headers make a claim', () => {
  assert.deepEqual(read(good), {
    origin: 'b.test',
    keyId: 'ed25519:k',
    timestamp: 1_760_000_000_123,
    signature: 'ab'.repeat(64),
    destination: null,
  });
});

test('a destination belongs to the claim, in lower case, and to the text', () => {
  const claim = read({ ...good, [transportHeaders.destination]: 'Chat.Example' });
  assert.equal(claim.destination, 'chat.example');
  assert.equal(transportText('get', '/a', 5, 'hash', 'Chat.Example'), 'GET\n/a\n5\nhash\nchat.example');
});

test('a destination that is empty, doubled or too long is UNAUTHORIZED and named', () => {
  const name = transportHeaders.destination;
  for (const value of ['', ['a.test', 'a.test'], 'a'.repeat(254)]) refuses({ ...good, [name]: value }, name);
});

test('any version is accepted, because the headers say which form was signed', () => {
  for (const version of ['federation-v1', 'federation-v3', ''])
    assert.equal(read({ ...good, [transportHeaders.version]: version }).destination, null);
});

for (const [name, value] of Object.entries(good))
  test(`${name} missing, doubled or empty is UNAUTHORIZED and named`, () => {
    refuses({ ...good, [name]: undefined }, name);
    refuses({ ...good, [name]: [value, value] }, name);
    refuses({ ...good, [name]: '' }, name);
  });

test('malformed values are UNAUTHORIZED and named', () => {
  const malformed: readonly (readonly [string, readonly string[]])[] = [
    [
      transportHeaders.origin,
      ['B.test', 'b.test:8448', 'b.test.', ' b.test', 'a, b', 'x@b.test', '[::1]', 'bü.test'],
    ],
    [transportHeaders.keyId, ['k'.repeat(129)]],
    [
      transportHeaders.timestamp,
      ['0', '-1', '01', '1.5', '1e12', '0x10', ' 1', '1 ', 'now', '9007199254740992', '1'.repeat(17), '١'],
    ],
    [
      transportHeaders.signature,
      [
        'ab',
        'AB'.repeat(64),
        'ab'.repeat(63),
        'ab'.repeat(65),
        `${'ab'.repeat(63)}zz`,
        ` ${'ab'.repeat(64)}`,
      ],
    ],
  ];
  for (const [name, values] of malformed)
    for (const value of values) refuses({ ...good, [name]: value }, name);
});

test('a clock 60 000 ms off on either side is accepted, one more is refused', () => {
  const now = 1_760_000_000_000;
  for (const off of [0, 60_000, -60_000]) assert.doesNotThrow(() => checkTimestamp(now + off, now));
  for (const off of [60_001, -60_001])
    assert.throws(
      () => checkTimestamp(now + off, now),
      (error) =>
        error instanceof ProtocolError &&
        error.status === 401 &&
        error.message.includes('60001 ms') &&
        error.message.includes(off > 0 ? 'ahead of' : 'behind') &&
        error.details?.our_time === now &&
        error.details.difference_ms === off,
    );
});

test('the text that is signed has the method in upper case and the target untouched', () => {
  assert.equal(transportText('post', '/a%2Fb?x=%20', 5, 'hash', null), 'POST\n/a%2Fb?x=%20\n5\nhash');
});
