import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { bytesFromHex, signerFromSeed, verifySignature } from '../../../../main/crypto/ed25519.ts';
import { directVerifier, PooledVerifier } from '../../../../main/crypto/verifier.ts';

const signer = signerFromSeed(Buffer.alloc(32, 7));
const other = signerFromSeed(Buffer.alloc(32, 8));
const signature = signer.sign('text');

/** Every second signature is valid. */
const jobs = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ text: `text ${at}`, right: at % 2 === 0 }));
const expected = (count: number): boolean[] => jobs(count).map((job) => job.right);
const verifyMany = (verifier: PooledVerifier, count: number): Promise<boolean[]> =>
  Promise.all(
    jobs(count).map(({ text, right }) =>
      verifier.verify(text, signer.sign(right ? text : 'something else'), signer.publicKey),
    ),
  );

test('a signature is valid only for its text and its key', async (t) => {
  const verifier = new PooledVerifier();
  t.after(() => verifier.stop());
  for (const each of [verifier, directVerifier]) {
    assert.equal(await each.verify('text', signature, signer.publicKey), true);
    assert.equal(await each.verify('text ', signature, signer.publicKey), false);
    assert.equal(await each.verify('text', signature, other.publicKey), false);
  }
});

test('any bit of a signature flipped makes it wrong', () => {
  for (let bit = 0; bit < 512; bit++) {
    const bytes = Buffer.from(signature, 'hex');
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.equal(verifySignature('text', bytes.toString('hex'), signer.publicKey), false, `bit ${bit}`);
  }
});

test('malformed input is invalid, not an error', () => {
  for (const bad of ['', 'zz'.repeat(64), signature.toUpperCase(), `${signature}00`, signature.slice(2)])
    assert.equal(verifySignature('text', bad, signer.publicKey), false);
  for (const bad of [
    '',
    'zz'.repeat(32),
    signer.publicKey.toUpperCase(),
    `${signer.publicKey}00`,
    '00'.repeat(32),
  ])
    assert.equal(verifySignature('text', signature, bad), false);
});

test('hex is read strictly', () => {
  assert.deepEqual([...bytesFromHex('00ff', 2)], [0, 255]);
  for (const bad of ['', '0', '00f', '00fg', '00FF', '00ff00'])
    assert.throws(() => bytesFromHex(bad, 2), TypeError);
  assert.throws(() => signerFromSeed(Buffer.alloc(31)), TypeError);
});

test('many at once each get their own verdict', async (t) => {
  const verifier = new PooledVerifier();
  t.after(() => verifier.stop());
  assert.deepEqual(await verifyMany(verifier, 5), expected(5), 'few, right here');
  assert.deepEqual(await verifyMany(verifier, 300), expected(300), 'many, on threads');
});

test('several batches at once each get their own verdicts', async (t) => {
  const verifier = new PooledVerifier();
  t.after(() => verifier.stop());
  const batches: Promise<boolean[]>[] = [];
  for (const count of [50, 7, 120, 1, 33]) {
    batches.push(verifyMany(verifier, count));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(await Promise.all(batches), [50, 7, 120, 1, 33].map(expected));
});

test('stopping while busy leaves no caller without a verdict', async () => {
  const verifier = new PooledVerifier();
  const verdicts = verifyMany(verifier, 200);
  await new Promise((resolve) => setImmediate(resolve));
  await verifier.stop();
  assert.deepEqual(await verdicts, expected(200));
});

test('stopping before the first check leaves no caller without a verdict either', async (t) => {
  const verifier = new PooledVerifier();
  t.after(() => verifier.stop());
  const verdicts = verifyMany(verifier, 200);
  await verifier.stop();
  assert.deepEqual(await verdicts, expected(200));
});

test('if the system has no thread to spare, many checks are refused for now instead of blocking the event loop', async (t) => {
  const failing = [
    () => {
      throw Object.assign(new Error('too many files'), { code: 'EMFILE' });
    },
    () => new Worker(new URL('./not-there.ts', import.meta.url)),
  ];
  for (const start of failing) {
    const verifier = new PooledVerifier(start);
    t.after(() => verifier.stop());
    const verdicts = await Promise.allSettled(
      jobs(20).map(({ text }) => verifier.verify(text, signature, signer.publicKey)),
    );
    for (const verdict of verdicts)
      assert.equal(verdict.status === 'rejected' && verdict.reason.code, 'SERVICE_UNAVAILABLE');
  }
});

test('stopping twice, or with nothing to stop, is fine', async () => {
  const verifier = new PooledVerifier();
  await verifier.stop();
  await verifyMany(verifier, 20);
  await Promise.all([verifier.stop(), verifier.stop()]);
});

test('a thread that dies fails its jobs, hangs no caller, and the next job gets a new thread', async (t) => {
  const threads: Worker[] = [];
  const verifier = new PooledVerifier(() => {
    const thread = new Worker(new URL('../../../../main/crypto/verify-worker.ts', import.meta.url));
    threads.push(thread);
    return thread;
  });
  t.after(() => verifier.stop());
  const verdicts = Promise.allSettled(
    jobs(200).map(({ text }) => verifier.verify(text, signature, signer.publicKey)),
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(threads.length > 0);
  const stopped = threads.map((thread) => thread.terminate());
  await Promise.all([verifier.stop(), ...stopped]);
  for (const verdict of await verdicts) assert.equal(verdict.status, 'rejected');
  assert.deepEqual(await verifyMany(verifier, 10), expected(10));
});
