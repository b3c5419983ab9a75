import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint } from '../../../../main/identity/fingerprint.ts';

const key = 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c';

test('a fingerprint is six short words, always the same for a key', () => {
  assert.match(fingerprint(key), /^(?:(?:[bdkm][aeio]){3}-){5}(?:[bdkm][aeio]){3}$/);
  assert.equal(fingerprint(key), fingerprint(key));
});

test('a fingerprint is the first 72 bits of the SHA-256 of the key, four to a syllable', () => {
  // sha256 of 32 zero bytes begins 66687aadf862bd776c.
  assert.equal(fingerprint('00'.repeat(32)), spoken('66687aadf862bd776c'));
});

function spoken(digits: string): string {
  const syllable = (digit: string): string => {
    const value = Number.parseInt(digit, 16);
    return 'bdkm'.charAt(value >> 2) + 'aeio'.charAt(value & 3);
  };
  return (digits.match(/.../g) ?? []).map((word) => [...word].map(syllable).join('')).join('-');
}

test('keys that differ in one bit sound different', () => {
  const flipped = `${key.slice(0, -1)}d`;
  assert.notEqual(fingerprint(flipped), fingerprint(key));
});
