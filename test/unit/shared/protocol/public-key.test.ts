import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signerFromSeed } from '../../../../main/crypto/ed25519.ts';
import { readBody, ServerKeys } from '../../../../shared/protocol/bodies.ts';
import { mayBePublicKey } from '../../../../shared/protocol/public-key.ts';

/** y of the points of small order, and their encodings that are not canonical; with each sign bit. */
const small = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((hex) => [
  hex,
  hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) | 0x80).toString(16).padStart(2, '0'),
]);

test('a point of small order is not a public key, however it is written', () => {
  for (const hex of small) assert.equal(mayBePublicKey(hex), false, hex);
});

test('a number that is not below the prime is not a public key', () => {
  for (const first of ['ed', 'ee', 'f5', 'ff'])
    for (const last of ['7f', 'ff']) assert.equal(mayBePublicKey(`${first}${'ff'.repeat(30)}${last}`), false);
});

test('keys that were made from seeds are public keys', () => {
  for (let i = 0; i < 200; i++)
    assert.ok(mayBePublicKey(signerFromSeed(Buffer.alloc(32, i)).publicKey), `seed ${i}`);
});

test('a server that serves such a key is not believed', () => {
  const served = (public_key: string) =>
    JSON.stringify({ server_name: 'a.test', keys: [{ key_id: 'k', public_key, valid_until: 1 }] });
  assert.equal(readBody(ServerKeys, served(signerFromSeed(Buffer.alloc(32, 7)).publicKey)).keys.length, 1);
  for (const hex of small)
    assert.throws(() => readBody(ServerKeys, served(hex)), /expected an Ed25519 public key/);
});
