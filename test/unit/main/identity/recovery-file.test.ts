import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '../../../../main/crypto/ed25519.ts';
import { type Kept, readRecovery, writeRecovery } from '../../../../main/identity/recovery-file.ts';
import type { Identity } from '../../../../main/identity/vault.ts';
import { recoveryFileName } from '../../../../shared/api/views/access-views.ts';
import { ProtocolError } from '../../../../shared/protocol/errors.ts';

const cheap = { operations: 1, memoryBytes: 8192 };
const passphrase = 'correct horse battery staple';
const identity: Identity = {
  version: 1,
  server_name: 'a.test',
  domain: 'chat.a.test',
  keys: [
    { key_id: 'ed25519:2', seed: 'ab'.repeat(32), created_at: 2, active_from: 2, valid_until: 9 },
    { key_id: 'ed25519:1', seed: 'cd'.repeat(32), created_at: 1, active_from: 1, valid_until: 5 },
  ],
};
const now = Date.UTC(2026, 1, 3);

const kept: Kept = {
  users: [{ localpart: 'ann', display_name: 'Ann' }],
  tls_key: '-----BEGIN PRIVATE KEY-----',
  peers: [
    {
      server_name: 'b.test',
      domain: 'b.test',
      endpoint: null,
      endpoint_by_owner: 0,
      tls_sha256: null,
      mode: 'block',
      mode_after: 'allow',
      reason: 'spam',
      until: null,
      extensions: 'queue recall',
      keys: [{ key_id: 'ed25519:1', public_key: 'ab'.repeat(32), valid_until: now }],
    },
  ],
};

interface File {
  server_name: string;
  created_at: number;
  kdf: { operations: number; memory_bytes: number; salt: string };
  nonce: string;
  sealed: string;
  [other: string]: unknown;
}
const write = async (): Promise<{ text: string; file: File }> => {
  const { text } = await writeRecovery({ identity, kept }, passphrase, now, cheap);
  return { text, file: JSON.parse(text) as File };
};

/** Attacks with knowledge of the format: changes an unencrypted field and computes the checksum again. */
const withSum = (file: File): string =>
  JSON.stringify({
    ...file,
    checksum: sha256Hex(
      JSON.stringify([
        'paracord-node-recovery',
        1,
        file.server_name,
        file.created_at,
        ['argon2id13', file.kdf.operations, file.kdf.memory_bytes, file.kdf.salt],
        file.nonce,
        file.sealed,
      ]),
    ),
  });

const refused = (text: string, code: string, words: RegExp, with_ = passphrase) =>
  assert.rejects(readRecovery(text, with_), (error) => {
    assert.ok(error instanceof ProtocolError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.equal(error.message.includes('abab'), false, 'no secret in it');
    return true;
  });

test('the whole identity comes back, every key of it, with friends and users, and when the file was made', async () => {
  const { text } = await write();
  assert.deepEqual(await readRecovery(text, passphrase), { identity, kept, createdAt: now });
  assert.deepEqual((await readRecovery(JSON.stringify(JSON.parse(text)), passphrase)).identity, identity);
});

test('the file says whose it is and how it was sealed, and contains no seed', async () => {
  const { text, file } = await write();
  assert.equal(file.server_name, 'a.test');
  assert.equal(file.created_at, now);
  assert.equal(file.kdf.operations, 1);
  for (const { seed } of identity.keys) assert.equal(text.includes(seed), false);
  assert.equal(text.includes(passphrase), false);
  assert.equal(recoveryFileName('a.test', now), 'a.test-recovery-2026-02-03.json');
  assert.equal(recoveryFileName('a.test:8448/../x', now).includes('/'), false);
});

test('a guess at the passphrase costs half a second and 256 MiB', async () => {
  const { text } = await writeRecovery({ identity, kept }, passphrase, now);
  const { kdf } = JSON.parse(text) as File;
  assert.deepEqual([kdf.operations, kdf.memory_bytes], [3, 268_435_456]);
});

test('a wrong passphrase is reported as such', async () => {
  const { text } = await write();
  await refused(text, 'FORBIDDEN', /^Wrong passphrase/, 'correct horse battery stable');
});

test('a damaged file is reported as damaged, whatever is damaged, even with the right passphrase', async () => {
  const { text, file } = await write();
  const other = (await write()).file;
  const damages: Record<string, string> = {
    'cut short': text.slice(0, -40),
    'one letter of the sealed text': text.replace(file.sealed, `A${file.sealed.slice(1)}`),
    'sealed text gone': JSON.stringify({ ...file, sealed: undefined }),
    'another salt': JSON.stringify({ ...file, kdf: other.kdf }),
    'another nonce': JSON.stringify({ ...file, nonce: other.nonce }),
    'another name': JSON.stringify({ ...file, server_name: 'b.test' }),
    'salt too short': JSON.stringify({ ...file, kdf: { ...file.kdf, salt: 'ab' } }),
    'an unknown algorithm': JSON.stringify({ ...file, kdf: { ...file.kdf, algorithm: 'md5' } }),
    'no memory at all': JSON.stringify({ ...file, kdf: { ...file.kdf, memory_bytes: 0 } }),
  };
  for (const [what, damaged] of Object.entries(damages)) {
    if (what === 'one letter of the sealed text' && file.sealed.startsWith('A')) continue;
    await refused(damaged, 'BAD_REQUEST', /^The recovery file is damaged: .*Nothing was changed/);
  }
});

test('anything but a recovery file is reported as such', async () => {
  for (const text of ['', 'hello', '[]', 'null', '7', '{}', '{"sealed":"abc"}', '{"format":"x","version":1}'])
    await refused(text, 'BAD_REQUEST', /^This isn’t a recovery file of a Paracord Node/);
});

test('a file of a newer program asks for that program', async () => {
  const { file } = await write();
  await refused(
    JSON.stringify({ ...file, version: 2 }),
    'BAD_REQUEST',
    /made by a newer version of Paracord Node/,
  );
});

test('a hostile file can’t demand all memory or hours of work', async () => {
  const { file } = await write();
  for (const kdf of [
    { ...file.kdf, memory_bytes: 2 ** 40 },
    { ...file.kdf, memory_bytes: 513 * 1_048_576 },
    { ...file.kdf, operations: 9 },
    { ...file.kdf, operations: 4_000_000_000 },
  ])
    await refused(withSum({ ...file, kdf }), 'BAD_REQUEST', /more than any Paracord Node uses/);
});

test('a name or time changed outside, with its checksum, doesn’t match the sealed content', async () => {
  const { file } = await write();
  assert.deepEqual(
    (await readRecovery(withSum(file), passphrase)).identity,
    identity,
    'the sum is done right',
  );
  await refused(withSum({ ...file, server_name: 'evil.test' }), 'BAD_REQUEST', /is damaged/);
  await refused(withSum({ ...file, created_at: now + 1 }), 'BAD_REQUEST', /is damaged/);
});

test('an invalid identity is refused, even if it is correctly sealed', async () => {
  for (const wrong of [
    { ...identity, keys: [] },
    { ...identity, server_name: 'UPPER.test' },
    { ...identity, domain: 'a b' },
    { ...identity, keys: [{ ...identity.keys[0], seed: 'short' }] },
  ]) {
    const { text } = await writeRecovery({ identity: wrong as Identity, kept }, passphrase, now, cheap);
    await refused(text, 'BAD_REQUEST', /is damaged: its content isn’t an identity/);
  }
});
