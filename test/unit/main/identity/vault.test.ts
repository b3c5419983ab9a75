import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  type Identity,
  IdentityUnreadableError,
  KeyVault,
  type SecretBox,
  writeFileAtomically,
} from '../../../../main/identity/vault.ts';
import { tempDir } from '../../../support/temp.ts';

const seed = 'c0ffee'.padEnd(64, '0');
const identity: Identity = {
  version: 1,
  server_name: 'a.test',
  domain: 'a.test',
  keys: [{ key_id: 'ed25519:1', seed, created_at: 1, active_from: 1, valid_until: 2 }],
};
const box: SecretBox = {
  seal: (text) => Buffer.from(text).toString('base64'),
  open: (sealed) => Buffer.from(sealed, 'base64').toString(),
};
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('the vault has no identity before one is saved, and then loads it', (t) => {
  const vault = new KeyVault(tempDir(t), null);
  assert.equal(vault.load(), null);
  vault.save(identity);
  assert.deepEqual(vault.load(), identity);
});

test('only the owner can read the file and its folder, and nothing else is left behind', (t) => {
  const dir = join(tempDir(t), 'data');
  new KeyVault(dir, null).save(identity);
  assert.equal(mode(join(dir, 'identity.json')), '600');
  assert.equal(mode(dir), '700');
  assert.deepEqual(readdirSync(dir), ['identity.json']);
});

test('the half-written file of a process that died doesn’t get in the way', (t) => {
  const dir = tempDir(t);
  const vault = new KeyVault(dir, null);
  vault.save(identity);
  writeFileSync(join(dir, 'identity.json.new'), '{"version":', { mode: 0o644 });
  assert.deepEqual(vault.load(), identity);
  vault.save({ ...identity, domain: 'b.test' });
  assert.equal(vault.load()?.domain, 'b.test');
  assert.equal(mode(join(dir, 'identity.json')), '600');
});

test('a sealed identity opens with the same box, and the file doesn’t contain the seed', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, box).save(identity);
  assert.ok(!readFileSync(join(dir, 'identity.json'), 'utf8').includes(seed));
  assert.deepEqual(new KeyVault(dir, box).load(), identity);
});

test('an unsealed identity can be read with a key store, and is sealed when it is saved next', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, null).save(identity);
  const vault = new KeyVault(dir, box);
  const read = vault.load();
  assert.deepEqual(read, identity);
  vault.save(identity);
  assert.ok(!readFileSync(join(dir, 'identity.json'), 'utf8').includes(seed));
});

const unreadable: Readonly<Record<string, string>> = {
  'an empty file': '',
  'half a file': JSON.stringify(identity).slice(0, -40),
  'no object': 'null',
  'another version': JSON.stringify({ ...identity, version: 2 }),
  'no keys': JSON.stringify({ ...identity, keys: [] }),
  'a seed in upper case': JSON.stringify({
    ...identity,
    keys: [{ ...identity.keys[0], seed: seed.toUpperCase() }],
  }),
  'a seed cut short': JSON.stringify({
    ...identity,
    keys: [{ ...identity.keys[0], seed: seed.slice(0, 62) }],
  }),
  'a seed in a list': JSON.stringify({ ...identity, keys: [{ ...identity.keys[0], seed: [seed] }] }),
  'something sealed, and no box': JSON.stringify({ sealed: box.seal(JSON.stringify(identity)) }),
};

for (const [what, content] of Object.entries(unreadable))
  test(`${what} is an error without secrets, and the file isn’t changed`, (t) => {
    const dir = tempDir(t);
    const path = join(dir, 'identity.json');
    writeFileSync(path, content);
    assert.throws(
      () => new KeyVault(dir, null).load(),
      (error) => {
        assert.ok(error instanceof IdentityUnreadableError);
        assert.ok(error.message.includes(path));
        assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /c0ffee/i);
        return true;
      },
    );
    assert.equal(readFileSync(path, 'utf8'), content);
  });

test('a box that cannot open what it sealed leaves the file unchanged', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, box).save(identity);
  const before = readFileSync(join(dir, 'identity.json'), 'utf8');
  const broken: SecretBox = {
    seal: box.seal,
    open: () => {
      throw new Error('the keychain is locked');
    },
  };
  assert.throws(() => new KeyVault(dir, broken).load(), /the keychain is locked/);
  assert.equal(readFileSync(join(dir, 'identity.json'), 'utf8'), before);
});

test('a box that cannot seal leaves the file unchanged', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, box).save(identity);
  const broken: SecretBox = {
    open: box.open,
    seal: () => {
      throw new Error('the keychain is locked');
    },
  };
  assert.throws(() => new KeyVault(dir, broken).save({ ...identity, domain: 'b.test' }));
  assert.deepEqual(new KeyVault(dir, box).load(), identity);
});

test('a file written atomically is there whole, with its folder', (t) => {
  const path = join(tempDir(t), 'a', 'b', 'file');
  writeFileAtomically(path, 'one');
  writeFileAtomically(path, 'two');
  assert.equal(readFileSync(path, 'utf8'), 'two');
  assert.equal(existsSync(`${path}.new`), false);
});
