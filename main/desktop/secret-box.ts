/** The identity, sealed with a key that the platform's key store keeps. */
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { newBoxKey, openWithKey, sealWithKey } from '../crypto/sealed.ts';
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
  #isAside = false;

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
   * password that is written in its source (`basic_text`). The key store itself is not asked: it could show a window, and
   * keep the server waiting for an answer. Electron's own question (`isAsyncEncryptionAvailable`) asks it.
   */
  get hasStore(): boolean {
    return this.#platform !== 'linux' || !this.#isWeak();
  }

  /** Before the identity is read. Waits as long as the key store asks its user; rejects if the key can't be had. */
  async unlock(): Promise<void> {
    const sealed = this.#sealedOnDisk();
    if (sealed === null) return;
    const [sealedKey = ''] = sealed.split('.');
    const opened = await this.#store.decryptStringAsync(Buffer.from(sealedKey, 'base64'));
    // The recovery file may have taken its place meanwhile.
    if (this.#isAside) return;
    this.#key = Buffer.from(opened.result, 'hex');
    this.#sealedKey = sealedKey;
    // What it was sealed with may be gone one day; until then it opens as it is.
    if (opened.shouldReEncrypt) await this.#sealWith(this.#key).catch(() => {});
  }

  /** Seals the identity on disk, now and whenever it is saved. Leaves it as it was if the key store doesn't open what it sealed. */
  async sealIdentity(): Promise<void> {
    await this.#sealWith(newBoxKey());
  }

  async #sealWith(key: Buffer): Promise<void> {
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
    this.#isAside = true;
    renameSync(this.#file, join(this.#dataDir, 'identity.sealed.json'));
  }

  seal(text: string): string | null {
    if (this.#key === null) return null;
    return `${this.#sealedKey}.${sealWithKey(text, this.#key)}`;
  }

  open(text: string): string {
    if (this.#key === null) throw new Error('the key store has not opened it');
    const opened = openWithKey(text.split('.')[1] ?? '', this.#key);
    if (opened === null) throw new Error('it was sealed with another key');
    return opened;
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
