import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { identityIsSealed, platformSecretBox, sealIdentity } from '../../../../main/desktop/secret-box.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { standInElectron } from '../../../support/electron/electron-stand-in.ts';
import { tempDir } from '../../../support/temp.ts';

const identity = {
  version: 1 as const,
  server_name: 'a.test',
  domain: 'a.test',
  keys: [
    { key_id: 'ed25519:1', seed: 'c0ffee'.padEnd(64, '0'), created_at: 1, active_from: 1, valid_until: 2 },
  ],
};
const storeOf = (keyStore: 'keyring' | 'basic_text' | 'none') =>
  standInElectron({ keyStore }).electron.safeStorage;

test('a key store seals the identity, and opens it again', (t) => {
  const dir = tempDir(t);
  const box = platformSecretBox(storeOf('keyring'), 'linux');
  assert.equal(identityIsSealed(dir, box), true, 'it will be');
  new KeyVault(dir, box).save(identity);
  assert.doesNotMatch(readFileSync(join(dir, 'identity.json'), 'utf8'), /c0ffee|a\.test/);
  assert.deepEqual(new KeyVault(dir, box).load(), identity);
  assert.equal(identityIsSealed(dir, box), true);
});

test('a hard-coded password isn’t a key store', (t) => {
  assert.equal(platformSecretBox(storeOf('basic_text'), 'linux'), null);
  assert.equal(platformSecretBox(storeOf('none'), 'windows'), null);
  const dir = tempDir(t);
  assert.equal(identityIsSealed(dir, null), false);
  new KeyVault(dir, null).save(identity);
  assert.equal(identityIsSealed(dir, null), false);
});

test('a plain identity is shown as plain until it is saved again', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, null).save(identity);
  const box = platformSecretBox(storeOf('keyring'), 'linux');
  assert.equal(identityIsSealed(dir, box), false);
  const vault = new KeyVault(dir, box);
  vault.save(vault.load() ?? assert.fail());
  assert.equal(identityIsSealed(dir, box), true);
});

test('a plain identity is sealed on request, unless the key store can’t open it again', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, null).save(identity);
  const before = readFileSync(join(dir, 'identity.json'), 'utf8');
  const lossy = { seal: () => 'c2VhbGVk', open: () => '{}' };
  assert.throws(() => sealIdentity(dir, lossy), /does not open what it sealed/);
  assert.equal(readFileSync(join(dir, 'identity.json'), 'utf8'), before);
  const box = platformSecretBox(storeOf('keyring'), 'linux') ?? assert.fail();
  sealIdentity(dir, box);
  assert.equal(identityIsSealed(dir, box), true);
  assert.deepEqual(new KeyVault(dir, box).load(), identity);
});

test('a key store that is locked leaves the identity as it was', (t) => {
  const dir = tempDir(t);
  new KeyVault(dir, platformSecretBox(storeOf('keyring'), 'linux')).save(identity);
  const before = readFileSync(join(dir, 'identity.json'), 'utf8');
  const locked = platformSecretBox(standInElectron({ keyStore: 'locked' }).electron.safeStorage, 'linux');
  assert.throws(() => new KeyVault(dir, locked).load(), /cannot be read .*decrypting.* was not changed/);
  assert.equal(readFileSync(join(dir, 'identity.json'), 'utf8'), before);
  writeFileSync(join(dir, 'identity.json'), 'rubbish');
  assert.equal(identityIsSealed(dir, null), false);
});
