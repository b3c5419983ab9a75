/** The identity, sealed with a key that the platform's key store keeps. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import sodium from 'sodium-native';
import { KeyVault, type SecretBox } from '../identity/vault.ts';
import type { Electron, Platform } from './host.ts';

/**
 * Seals only what was sealed before, or what the owner asked for: a key store can be locked, refused or gone, and the
 * server with it. The key store is asked once, without blocking, for a key; what that key seals is the identity file.
 */
export class IdentityBox implements SecretBox {
  readonly #store: Electron['safeStorage'];
  readonly #platform: Platform;
  readonly #dataDir: string;
  #key: Buffer | null = null;
  /** The key as the key store sealed it. */
  #sealedKey = '';

  constructor(store: Electron['safeStorage'], platform: Platform, dataDir: string) {
    this.#store = store;
    this.#platform = platform;
    this.#dataDir = dataDir;
  }

  /** Whether the identity on disk is sealed. */
  get isSealed(): boolean {
    return this.#sealedOnDisk() !== null;
  }

  /**
   * Whether there is a key store that protects something. Without a keyring Electron on Linux would encrypt with a
   * password that is written in its source (`basic_text`).
   */
  async hasStore(): Promise<boolean> {
    if (this.#platform === 'linux' && this.#isWeak()) return false;
    return this.#store.isAsyncEncryptionAvailable();
  }

  /** Before the identity is read. Waits as long as the key store asks its user; rejects if the key can't be had. */
  async unlock(): Promise<void> {
    const sealed = this.#sealedOnDisk();
    if (sealed === null) return;
    const [sealedKey = ''] = sealed.split('.');
    const { result } = await this.#store.decryptStringAsync(Buffer.from(sealedKey, 'base64'));
    const key = Buffer.from(result, 'hex');
    if (key.length !== sodium.crypto_secretbox_KEYBYTES) throw new Error('the key store gave another key');
    this.#key = key;
    this.#sealedKey = sealedKey;
  }

  /** Seals the identity on disk, now and whenever it is saved. Leaves it as it was if the key store doesn't open what it sealed. */
  async sealIdentity(): Promise<void> {
    const key = randomBytes(sodium.crypto_secretbox_KEYBYTES);
    const sealedKey = await this.#store.encryptStringAsync(key.toString('hex'));
    const { result } = await this.#store.decryptStringAsync(sealedKey);
    if (result !== key.toString('hex')) throw new Error('the key store does not open what it sealed');
    const identity = new KeyVault(this.#dataDir, this).load();
    this.#key = key;
    this.#sealedKey = sealedKey.toString('base64');
    if (identity !== null) new KeyVault(this.#dataDir, this).save(identity);
  }

  /** Makes room for the recovery file. The sealed identity is kept under another name. */
  putAside(): void {
    renameSync(this.#file, join(this.#dataDir, 'identity.sealed.json'));
  }

  seal(text: string): string | null {
    if (this.#key === null) return null;
    const nonce = randomBytes(sodium.crypto_secretbox_NONCEBYTES);
    const plain = Buffer.from(text);
    const sealed = Buffer.alloc(plain.length + sodium.crypto_secretbox_MACBYTES);
    sodium.crypto_secretbox_easy(sealed, plain, nonce, this.#key);
    sodium.sodium_memzero(plain);
    return `${this.#sealedKey}.${Buffer.concat([nonce, sealed]).toString('base64')}`;
  }

  open(text: string): string {
    const [, box = ''] = text.split('.');
    const bytes = Buffer.from(box, 'base64');
    const nonce = bytes.subarray(0, sodium.crypto_secretbox_NONCEBYTES);
    const sealed = bytes.subarray(sodium.crypto_secretbox_NONCEBYTES);
    if (this.#key === null || sealed.length < sodium.crypto_secretbox_MACBYTES)
      throw new Error('the key store has not opened it');
    const plain = Buffer.alloc(sealed.length - sodium.crypto_secretbox_MACBYTES);
    if (!sodium.crypto_secretbox_open_easy(plain, sealed, nonce, this.#key))
      throw new Error('it was sealed with another key');
    return plain.toString();
  }

  get #file(): string {
    return join(this.#dataDir, 'identity.json');
  }

  #isWeak(): boolean {
    return ['basic_text', 'unknown'].includes(this.#store.getSelectedStorageBackend());
  }

  #sealedOnDisk(): string | null {
    try {
      const { sealed } = JSON.parse(readFileSync(this.#file, 'utf8'));
      return typeof sealed === 'string' ? sealed : null;
    } catch {
      return null;
    }
  }
}
