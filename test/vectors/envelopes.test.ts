import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { signerFromSeed, verifySignature } from '../../main/crypto/ed25519.ts';
import { canonicalEvent, parseEnvelope, wireEvent } from '../../shared/protocol/events/envelope.ts';

interface Vector {
  readonly name: string;
  readonly seed: string;
  readonly key_id: string;
  readonly canonical: string;
  readonly signature: string;
  readonly body: string;
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL('envelopes.json', import.meta.url), 'utf8'));

for (const vector of vectors) {
  const signer = signerFromSeed(Buffer.from(vector.seed, 'hex'));

  test(`${vector.name}: the body, read and written again, is the same byte for byte`, () => {
    assert.equal(wireEvent(parseEnvelope(vector.body)), vector.body);
  });

  test(`${vector.name}: the signature covers the canonical text of what was read`, () => {
    assert.equal(canonicalEvent(parseEnvelope(vector.body)), vector.canonical);
  });

  test(`${vector.name}: signing gives the signature of the vector, under its key id`, () => {
    assert.equal(signer.sign(vector.canonical), vector.signature);
    assert.deepEqual([...parseEnvelope(vector.body).signatures], [[vector.key_id, vector.signature]]);
  });

  test(`${vector.name}: the signature verifies, and no longer with one bit flipped in it`, () => {
    assert.equal(verifySignature(vector.canonical, vector.signature, signer.publicKey), true);
    const flipped = Buffer.from(vector.signature, 'hex');
    flipped.writeUInt8(flipped.readUInt8(0) ^ 1, 0);
    assert.equal(verifySignature(vector.canonical, flipped.toString('hex'), signer.publicKey), false);
  });
}
