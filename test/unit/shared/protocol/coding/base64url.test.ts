import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64urlFromBytes, bytesFromBase64url } from '../../../../../shared/protocol/coding/base64url.ts';

test('bytes become base64url without padding, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const encoded = base64urlFromBytes([...bytes]);
      assert.equal(encoded, Buffer.from(bytes).toString('base64url'));
      assert.deepEqual(bytesFromBase64url(encoded), [...bytes]);
    }),
  );
});

test('base64url that was cut, or written in another way, is refused', () => {
  for (const encoded of ['Y', 'YWJjY', 'YR', 'YWJ', 'YQ==', 'Y+', 'Y/', 'Y Q'])
    assert.equal(bytesFromBase64url(encoded), null, encoded);
});
