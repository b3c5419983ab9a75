/** The identity file, sealed with a key that is in the system's key store. */
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { newBoxKey, openWithKey, sealWithKey } from '../crypto/sealed.ts';
import { KeyVault, type SecretBox } from '../identity/vault.ts';
import type { Electron, Platform } from './host.ts';

/** A machine without a key store: nothing protects what is sealed. */
export class NoKeyStoreError extends Error {}

/**
 * Seals only on the owner's request, or if the file was sealed before: a key store can be locked, denied or gone, and
 * then the server can't start. The app asks the key store once, without blocking, for a key that seals the file.
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

  /** Call it before the identity is read. Waits while the key store asks its user; rejects if it refuses. */
  async unlock(): Promise<void> {
    const sealed = this.#sealedOnDisk();
    if (sealed === null) return;
    const [sealedKey = ''] = sealed.split('.');
    const opened = await this.#store.decryptStringAsync(Buffer.from(sealedKey, 'base64'));
    // The owner may have chosen the recovery file meanwhile.
    if (this.#isAside) return;
    this.#key = Buffer.from(opened.result, 'hex');
    this.#sealedKey = sealedKey;
    // The key store wants to seal the key again. If that fails, the old one still opens.
    if (opened.shouldReEncrypt) await this.#sealWith(this.#key).catch(() => {});
  }

  /**
   * Whether the key store may open the identity later, as this error of `unlock` shows. On Linux every failure has the
   * same text, so this checks whether a key store is there at all. If it is and didn't open the key, it is another one.
   */
  async mayOpenLater(error: unknown): Promise<boolean> {
    if (/temporarily unavailable/.test(String(error))) return true;
    return this.#platform === 'linux' && this.#isWorthless(await this.#store.encryptStringAsync(''));
  }

  /**
   * Seals the identity now and whenever it is saved. Changes nothing if the key store can't open what it sealed, and
   * throws NoKeyStoreError without a key store.
   */
  async sealIdentity(): Promise<void> {
    await this.#sealWith(newBoxKey());
  }

  async #sealWith(key: Buffer): Promise<void> {
    const sealedKey = await this.#store.encryptStringAsync(key.toString('hex'));
    if (this.#isWorthless(sealedKey)) throw new NoKeyStoreError();
    const { result } = await this.#store.decryptStringAsync(sealedKey);
    if (result !== key.toString('hex')) throw new Error('the key store does not open what it sealed');
    const identity = new KeyVault(this.#dataDir, this).load();
    this.#key = key;
    this.#sealedKey = sealedKey.toString('base64');
    if (identity !== null) new KeyVault(this.#dataDir, this).save(identity);
  }

  /** Renames the sealed identity, so that the recovery file can replace it. */
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

  /**
   * On Linux, without a key store or if its user doesn't unlock it, Electron seals with a key from Chromium's source code
   * (posix_key_provider.cc). Only the prefix shows that.
   */
  #isWorthless(sealed: Buffer): boolean {
    return this.#platform === 'linux' && sealed.toString('latin1', 0, 3) === 'v10';
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
