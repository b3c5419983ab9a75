import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Platform } from '../../../../main/desktop/host.ts';
import { IdentityBox, NoKeyStoreError } from '../../../../main/desktop/secret-box.ts';
import { KeyVault } from '../../../../main/identity/vault.ts';
import { standInElectron } from '../../../support/electron/electron-stand-in.ts';
import type { KeyStore } from '../../../support/electron/stand-in/key-store.ts';
import { tempDir } from '../../../support/temp.ts';

const identity = {
  version: 1 as const,
  server_name: 'a.test',
  domain: 'a.test',
  keys: [
    { key_id: 'ed25519:1', seed: 'c0ffee'.padEnd(64, '0'), created_at: 1, active_from: 1, valid_until: 2 },
  ],
};
const onDisk = (dir: string) => readFileSync(join(dir, 'identity.json'), 'utf8');

/** Opens a box as a new process does: the key store is another object, the folder is the same. */
async function boxIn(
  dir: string,
  keyStore: KeyStore = 'keyring',
  platform: Platform = 'linux',
): Promise<IdentityBox> {
  const { electron } = standInElectron({ keyStore, platform });
  await electron.app.whenReady();
  return new IdentityBox(electron.safeStorage, platform, dir);
}

async function sealedFolder(t: TestContext): Promise<string> {
  const dir = tempDir(t);
  const box = await boxIn(dir);
  new KeyVault(dir, box).save(identity);
  await box.sealIdentity();
  return dir;
}

test('an identity that nobody asked to seal stays plain, however often it is saved', async (t) => {
  const dir = tempDir(t);
  const box = await boxIn(dir);
  await box.unlock();
  new KeyVault(dir, box).save(identity);
  assert.match(onDisk(dir), /c0ffee/);
  assert.equal(box.isSealed, false);
});

test('an identity is sealed on request, stays sealed when it is saved, and opens after a restart', async (t) => {
  const dir = tempDir(t);
  const box = await boxIn(dir);
  new KeyVault(dir, box).save(identity);
  await box.sealIdentity();
  assert.equal(box.isSealed, true);
  assert.doesNotMatch(onDisk(dir), /c0ffee|a\.test/);
  const again = await boxIn(dir);
  await again.unlock();
  const vault = new KeyVault(dir, again);
  assert.deepEqual(vault.load(), identity);
  const before = onDisk(dir);
  vault.save({ ...identity, domain: 'b.test' });
  assert.doesNotMatch(onDisk(dir), /c0ffee/);
  assert.notEqual(onDisk(dir), before);
  const third = await boxIn(dir);
  await third.unlock();
  assert.equal(new KeyVault(dir, third).load()?.domain, 'b.test');
});

test('on Linux a seal with the key from Chromium’s source code is refused, and the identity stays plain', async (t) => {
  for (const keyStore of ['none', 'denied', 'locked'] as const) {
    const dir = tempDir(t);
    const box = await boxIn(dir, keyStore);
    new KeyVault(dir, box).save(identity);
    await assert.rejects(box.sealIdentity(), NoKeyStoreError);
    assert.match(onDisk(dir), /c0ffee/);
    assert.equal(box.isSealed, false);
  }
});

test('macOS and Windows seal with the prefix v10, too, and theirs protects', async (t) => {
  for (const platform of ['macos', 'windows'] as const) {
    const dir = tempDir(t);
    const { electron } = standInElectron({ platform });
    await electron.app.whenReady();
    const { safeStorage } = electron;
    const sealed = Buffer.from('v10sealed');
    t.mock.method(safeStorage, 'encryptStringAsync', async (text: string) =>
      Buffer.concat([sealed, Buffer.from(text)]),
    );
    t.mock.method(safeStorage, 'decryptStringAsync', async (text: Buffer) => ({
      shouldReEncrypt: false,
      result: text.subarray(sealed.length).toString(),
    }));
    const box = new IdentityBox(safeStorage, platform, dir);
    new KeyVault(dir, box).save(identity);
    await box.sealIdentity();
    assert.equal(box.isSealed, true);
  }
});

test('a key store may open the identity later if it is away, but not if it is another one', async (t) => {
  const dir = await sealedFolder(t);
  const later = async (keyStore: KeyStore) => {
    const box = await boxIn(dir, keyStore);
    const error = await box.unlock().catch((reason: unknown) => reason);
    return box.mayOpenLater(error);
  };
  assert.equal(await later('none'), true);
  assert.equal(await later('denied'), true);
  assert.equal(await later('other'), false);
});

test('an identity is sealed again if the key store asks for it, and opens as before if that fails', async (t) => {
  const dir = await sealedFolder(t);
  const unlockedBy = async (encrypts: boolean) => {
    const { electron } = standInElectron();
    await electron.app.whenReady();
    const { safeStorage } = electron;
    const decrypt = safeStorage.decryptStringAsync;
    t.mock.method(safeStorage, 'decryptStringAsync', async (sealed: Buffer) => ({
      ...(await decrypt(sealed)),
      shouldReEncrypt: true,
    }));
    const encrypt = t.mock.method(safeStorage, 'encryptStringAsync', async (text: string) => {
      if (!encrypts) throw new Error('not now');
      return Buffer.from(`v11keyring:${Buffer.from(text).toString('hex').toUpperCase()}`);
    });
    const box = new IdentityBox(safeStorage, 'linux', dir);
    await box.unlock();
    assert.equal(encrypt.mock.callCount(), 1);
    assert.deepEqual(new KeyVault(dir, box).load(), identity);
  };
  const before = onDisk(dir);
  await unlockedBy(false);
  assert.equal(onDisk(dir), before);
  await unlockedBy(true);
  assert.notEqual(onDisk(dir), before);
  const again = await boxIn(dir);
  await again.unlock();
  assert.deepEqual(new KeyVault(dir, again).load(), identity);
});

test('a key that arrives after the recovery file was used seals nothing', async (t) => {
  const dir = await sealedFolder(t);
  const stand = standInElectron({ keyStore: 'blocked' });
  await stand.electron.app.whenReady();
  const box = new IdentityBox(stand.electron.safeStorage, 'linux', dir);
  const unlocking = box.unlock();
  box.putAside();
  stand.keyStore.unlock();
  await unlocking;
  new KeyVault(dir, box).save(identity);
  assert.match(onDisk(dir), /c0ffee/);
});

test('an identity is unchanged if the key store is locked or was replaced', async (t) => {
  const dir = await sealedFolder(t);
  const before = onDisk(dir);
  for (const [platform, keyStore, reason] of [
    ['linux', 'none', /Error while decrypting/],
    ['linux', 'other', /Error while decrypting/],
    ['macos', 'locked', /temporarily unavailable/],
    ['macos', 'denied', /Error while decrypting/],
  ] as const) {
    const box = await boxIn(dir, keyStore, platform);
    await assert.rejects(box.unlock(), reason);
    assert.throws(() => new KeyVault(dir, box).load(), /the key store has not opened it/);
    assert.equal(onDisk(dir), before);
  }
});

test('an identity stays plain if the key store does not open what it sealed', async (t) => {
  const dir = tempDir(t);
  const { electron } = standInElectron();
  await electron.app.whenReady();
  t.mock.method(electron.safeStorage, 'decryptStringAsync', async () => ({
    shouldReEncrypt: false,
    result: '00',
  }));
  const box = new IdentityBox(electron.safeStorage, 'linux', dir);
  new KeyVault(dir, box).save(identity);
  await assert.rejects(box.sealIdentity(), /does not open what it sealed/);
  assert.match(onDisk(dir), /c0ffee/);
});

test('an identity that was tampered with can’t be opened', async (t) => {
  const dir = await sealedFolder(t);
  const { sealed } = JSON.parse(onDisk(dir)) as { sealed: string };
  writeFileSync(join(dir, 'identity.json'), JSON.stringify({ sealed: `${sealed.slice(0, -8)}AAAAAAA=` }));
  const box = await boxIn(dir);
  await box.unlock();
  assert.throws(() => new KeyVault(dir, box).load(), /sealed with another key/);
});

test('a sealed identity that is set aside is kept', async (t) => {
  const dir = await sealedFolder(t);
  const before = onDisk(dir);
  const box = await boxIn(dir, 'other');
  box.putAside();
  assert.equal(existsSync(join(dir, 'identity.json')), false);
  assert.equal(readFileSync(join(dir, 'identity.sealed.json'), 'utf8'), before);
  assert.equal(new KeyVault(dir, box).load(), null);
});
