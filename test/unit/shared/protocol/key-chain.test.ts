import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { signerFromSeed, verifySignature } from '../../../../main/crypto/ed25519.ts';
import {
  type ChainedKey,
  chainText,
  KeyChain,
  provenKeys,
  wireKey,
} from '../../../../shared/protocol/key-chain.ts';

const server = 'a.test';
const signer = (n: number) => signerFromSeed(Buffer.alloc(32, n));
const bare = (n: number) => ({ key_id: `k${n}`, public_key: signer(n).publicKey });

/** Key `n`, for which key `by` vouches; `of` is the server that the statement names. */
function link(n: number, by: number, of = server): ChainedKey {
  const key = bare(n);
  return {
    ...key,
    chain: { key_id: `k${by}`, signature: signer(by).sign(chainText(of, `k${by}`, key)) },
  };
}

const held = new Map([['k1', signer(1).publicKey]]);
const proven = (told: readonly ChainedKey[], of = held) =>
  provenKeys(server, of, told, verifySignature).map((key) => key.key_id);

test('later keys are proven one after another, in any order', () => {
  assert.deepEqual(proven([link(2, 1)]), ['k2']);
  assert.deepEqual(proven([link(4, 3), link(3, 2), link(2, 1)]), ['k2', 'k3', 'k4']);
});

test('a key without a chain, or with a gap before it, is not proven', () => {
  assert.deepEqual(proven([{ ...bare(2), chain: null }]), []);
  assert.deepEqual(proven([link(3, 2)]), []);
  assert.deepEqual(proven([{ ...bare(2), chain: null }, link(3, 2)]), []);
});

test('nobody proves a key with a signature for another key, another server, or by another key', () => {
  const good = link(2, 1);
  assert.deepEqual(proven([{ ...good, public_key: signer(9).publicKey }]), []);
  assert.deepEqual(proven([{ ...good, key_id: 'k9' }]), []);
  assert.deepEqual(proven([link(2, 1, 'b.test')]), []);
  const byAnother = signer(9).sign(chainText(server, 'k1', bare(2)));
  assert.deepEqual(proven([{ ...bare(2), chain: { key_id: 'k1', signature: byAnother } }]), []);
});

test('a key cannot vouch for itself, nor two for each other', () => {
  assert.deepEqual(proven([link(2, 2)]), []);
  assert.deepEqual(proven([link(2, 3), link(3, 2)]), []);
});

test('a key id that is in use never gets another key', () => {
  const other = signer(9);
  const key = { key_id: 'k1', public_key: other.publicKey };
  const signature = signer(1).sign(chainText(server, 'k1', key));
  assert.deepEqual(proven([{ ...key, chain: { key_id: 'k1', signature } }]), []);
});

test('a key id with a line break has no chain, because the signed text would be ambiguous', () => {
  const key = { key_id: 'k2\nx', public_key: signer(2).publicKey };
  const signature = signer(1).sign(chainText(server, 'k1', key));
  assert.deepEqual(proven([{ ...key, chain: { key_id: 'k1', signature } }]), []);
});

test('the first proven one of two keys with the same id counts', () => {
  const other = { key_id: 'k2', public_key: signer(9).publicKey };
  const signature = signer(1).sign(chainText(server, 'k1', other));
  const second = { ...other, chain: { key_id: 'k1', signature } };
  assert.deepEqual(
    provenKeys(server, held, [link(2, 1), second], verifySignature).map((key) => key.public_key),
    [signer(2).publicKey],
  );
});

test('the old key signs a text that names the server and both keys, and can be nothing else', () => {
  assert.equal(
    chainText(server, 'k1', { key_id: 'k2', public_key: 'ab' }),
    'paracord-key-chain\na.test\nk1\nk2\nab',
  );
});

test('an answer shows a key with its chain, or without', () => {
  const key = { ...bare(2), valid_until: 7 };
  const { chain } = link(2, 1);
  const shown = { server_name: server, ...key, algorithm: 'ed25519' };
  assert.deepEqual(wireKey(server, key, null), shown);
  assert.deepEqual(wireKey(server, key, chain), { ...shown, chain });
});

test('a chain is a key id and a signature in lower-case hex', () => {
  const chain = { key_id: 'k1', signature: 'ab'.repeat(64) };
  assert.deepEqual(v.parse(KeyChain, chain), chain);
  for (const signature of ['', 'a', 'AB'.repeat(64), `${'ab'.repeat(64)}a`, `a${'ab'.repeat(64)}`, 7])
    assert.equal(v.is(KeyChain, { ...chain, signature }), false, String(signature));
  for (const key_id of ['', 'k'.repeat(129), 7]) assert.equal(v.is(KeyChain, { ...chain, key_id }), false);
});
