import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bytesFromHex, signerFromSeed } from '../../main/crypto/ed25519.ts';

const vectors: { seed: string; public_key: string }[] = JSON.parse(
  readFileSync(new URL('keys.json', import.meta.url), 'utf8'),
);

for (const { seed, public_key } of vectors)
  test(`the seed ${seed.slice(0, 8)}… has the public key of the vector`, () => {
    assert.equal(signerFromSeed(bytesFromHex(seed, 32)).publicKey, public_key);
  });
