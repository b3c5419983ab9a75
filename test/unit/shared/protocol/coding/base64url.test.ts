import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiFromBase64url, base64urlFromAscii } from '../../../../../shared/protocol/coding/base64url.ts';

test('ASCII text becomes base64url without padding, and comes back', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'a?~>', '\u0000\u007f']) {
    const encoded = Buffer.from(text).toString('base64url');
    assert.equal(base64urlFromAscii(text), encoded);
    assert.equal(asciiFromBase64url(encoded), text);
  }
});

test('text beyond ASCII is refused in both directions', () => {
  for (const text of ['\u0080', 'abcé', 'é']) assert.throws(() => base64urlFromAscii(text), /expected ASCII/);
  assert.equal(asciiFromBase64url(Buffer.from([0x80]).toString('base64url')), null);
});

test('what was cut, or written in another way, is refused', () => {
  for (const encoded of ['Y', 'YWJjY', 'YR', 'YWJ', 'YQ==', 'Y+', 'Y/', 'Y Q'])
    assert.equal(asciiFromBase64url(encoded), null, encoded);
});
