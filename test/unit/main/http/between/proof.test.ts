import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '../../../../../main/crypto/ed25519.ts';
import { type Claim, Nonces, Proofs, prove } from '../../../../../main/http/between/proof.ts';
import { systemPorts } from '../../../../../main/kernel/ports.ts';
import { limits } from '../../../../../shared/protocol/limits.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

const key = Buffer.alloc(32, 1);
const claim = { token: 7, method: 'POST', target: '/between-nodes/call', body: Buffer.from('{}') };
const nonce = (n: number, run = '0123456789abcdef') => `${run}.${n}`;

function setUp() {
  const clock = new VirtualClock();
  return { clock, proofs: new Proofs(key, clock), at: clock.now() };
}

const isAccepted = (proofs: Proofs, header: string | undefined, asked: Claim): boolean =>
  proofs.accept(header, asked) === sha256Hex(asked.body);

test('a proof made with the shared identity is accepted once', () => {
  const { proofs, at } = setUp();
  const proof = prove(key, claim, at, nonce(1));
  assert.equal(isAccepted(proofs, proof, claim), true);
  assert.equal(isAccepted(proofs, proof, claim), false);
});

test('a proof for another lead, method, target or body, or made with another identity, is refused', () => {
  const { proofs, at } = setUp();
  const others = [
    { ...claim, token: 8 },
    { ...claim, method: 'GET' },
    { ...claim, target: '/' },
    { ...claim, body: Buffer.from('{"a":1}') },
    { ...claim, body: '' as const },
  ];
  for (const other of others) assert.equal(isAccepted(proofs, prove(key, other, at, nonce(1)), claim), false);
  assert.equal(isAccepted(proofs, prove(Buffer.alloc(32, 2), claim, at, nonce(1)), claim), false);
  for (const header of [undefined, '', 'x', `${at} ${nonce(1)}`, `${at} ${nonce(1)} ${'0'.repeat(64)}`])
    assert.equal(isAccepted(proofs, header, claim), false);
});

test('a proof is refused if its time is further off than that of a peer may be', () => {
  const { proofs, at } = setUp();
  const made = (off: number, n: number) => prove(key, claim, at + off, nonce(n));
  assert.equal(isAccepted(proofs, made(-limits.clockSkewMsMax - 1, 1), claim), false);
  assert.equal(isAccepted(proofs, made(limits.clockSkewMsMax + 1, 2), claim), false);
  assert.equal(isAccepted(proofs, made(-limits.clockSkewMsMax, 3), claim), true);
});

test('a proof with a time in the future is still refused when it comes again at that time', () => {
  const { proofs, at, clock } = setUp();
  const proof = prove(key, claim, at + limits.clockSkewMsMax, nonce(1));
  assert.equal(isAccepted(proofs, proof, claim), true);
  clock.setWallClock(at + 2 * limits.clockSkewMsMax);
  assert.equal(isAccepted(proofs, prove(key, claim, clock.now(), nonce(2)), claim), true);
  assert.equal(isAccepted(proofs, proof, claim), false);
});

test('requests of a node may overtake each other, and none is accepted twice, however many there are', () => {
  const { proofs, at } = setUp();
  const accepts = (n: number) => isAccepted(proofs, prove(key, claim, at, nonce(n)), claim);
  for (let n = 1; n < 6_000; n += 2) {
    assert.equal(accepts(n + 1), true, `${n + 1}`);
    assert.equal(accepts(n), true, `${n}`);
    assert.equal(accepts(n + 1), false, `${n + 1} again`);
  }
  for (const n of [1, 2, 3000, 5999, 6000]) assert.equal(accepts(n), false, `${n} at the end`);
  assert.equal(accepts(1_000_000), true);
  assert.equal(accepts(1_000_000), false);
  assert.equal(accepts(6001), false);
  assert.equal(accepts(999_999), true);
});

test('the numbers of two nodes don’t mix, and a node that starts again begins with new ones', () => {
  const { proofs, at } = setUp();
  const [one, other] = [new Nonces(systemPorts.random), new Nonces(systemPorts.random)];
  for (const nonces of [one, other, new Nonces(systemPorts.random)])
    for (let n = 0; n < 3; n++)
      assert.equal(isAccepted(proofs, prove(key, claim, at, nonces.next()), claim), true);
});
