import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutOfMemoryError, seal, unseal } from '../../../../main/crypto/sealed.ts';

/** The least work that Argon2 can do, because these tests don't measure how long guessing takes. */
const cheap = { operations: 1, memoryBytes: 8192 };
const passphrase = 'correct horse battery staple';

test('a sealed text opens with the same passphrase and no other', async () => {
  const box = await seal('the text', passphrase, cheap);
  assert.equal(await unseal(box, passphrase), 'the text');
  assert.equal(await unseal(box, `${passphrase} `), null);
  assert.equal(await unseal(box, ''), null);
});

test('the same text is sealed differently each time', async () => {
  const [one, two] = await Promise.all([seal('x', passphrase, cheap), seal('x', passphrase, cheap)]);
  assert.notEqual(one.sealed, two.sealed);
  assert.notEqual(one.kdf.salt, two.kdf.salt);
  assert.notEqual(one.nonce, two.nonce);
});

test('a letter that can be written in two ways is the same letter', async () => {
  const box = await seal('x', 'gr\u00fc\u00dfe aus k\u00f6ln', cheap);
  assert.equal(await unseal(box, 'gru\u0308\u00dfe aus ko\u0308ln'), 'x');
});

test('a sealed text with one bit flipped, a nonce of another or nothing at all is not opened', async () => {
  const box = await seal('the text', passphrase, cheap);
  const bytes = Buffer.from(box.sealed, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  assert.equal(await unseal({ ...box, sealed: bytes.toString('base64') }, passphrase), null);
  assert.equal(await unseal({ ...box, nonce: '00'.repeat(24) }, passphrase), null);
  assert.equal(await unseal({ ...box, sealed: '' }, passphrase), null);
});

test('too little memory is reported, and the node keeps running', async () => {
  await assert.rejects(
    seal('x', passphrase, { operations: 1, memoryBytes: 2 ** 42 }),
    (error) => error instanceof OutOfMemoryError && /4194304 MiB of memory/.test(error.message),
  );
  assert.equal(await unseal(await seal('x', passphrase, cheap), passphrase), 'x');
});
