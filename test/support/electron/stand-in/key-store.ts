import type { SafeStorage } from 'electron';
import type { Platform } from '../../../../main/desktop/host.ts';

/**
 * `none`: a machine without one. `denied`: the user refused. `locked`: temporarily unavailable, which Linux never
 * reports. `other`: a different store that can't open what was sealed before, as after a change from GNOME to KDE.
 * `blocked`: it asks the user, and answers once they have.
 */
export type KeyStore = 'keyring' | 'none' | 'denied' | 'locked' | 'other' | 'blocked';

const refused = {
  encrypt: 'Error while encrypting the text provided to safeStorage.encryptStringAsync.',
  decrypt: 'Error while decrypting the ciphertext provided to safeStorage.decryptStringAsync.',
  locked: 'safeStorage.decryptStringAsync is temporarily unavailable. Please try again.',
};

/**
 * shell/browser/api/electron_api_safe_storage.cc. The system is asked once per process, by the first call of any of
 * these functions, even `isAsyncEncryptionAvailable`; other calls wait for that without a limit
 * (EnsureAsyncEncryptorRequested, OnOsCryptReady). After that, encryption is always available, whether or not it
 * protects anything: on Linux, every failure of the key store is permanent (FinalizeFailure of Chromium's
 * freedesktop_secret_key_provider.cc), and posix_key_provider.cc takes over. It seals with a constant key and the
 * prefix `v10`; the key store's prefix is `v11`.
 */
export class StandInKeyStore {
  readonly #kind: KeyStore;
  readonly #isReady: () => boolean;
  readonly #unlocked = Promise.withResolvers<void>();
  /** How often the system was asked; each time the user may have seen a dialog of the key store. */
  asked = 0;

  constructor(kind: KeyStore, isReady: () => boolean) {
    this.#kind = kind;
    this.#isReady = isReady;
    if (kind !== 'blocked') this.#unlocked.resolve();
  }

  /** The user answers. */
  unlock(): void {
    this.#unlocked.resolve();
  }

  safeStorage(platform: Platform) {
    const isOpen = !['none', 'denied', 'locked'].includes(this.#kind);
    const isLinux = platform === 'linux';
    const own = `v11${this.#kind === 'blocked' ? 'keyring' : this.#kind}:`;
    const constant = 'v10:';
    const ask = async (): Promise<void> => {
      if (!this.#isReady()) throw new Error('safeStorage cannot be used before app is ready');
      this.asked = 1;
      await this.#unlocked.promise;
    };
    return {
      isAsyncEncryptionAvailable: async () => {
        if (this.#isReady()) await ask();
        return this.#isReady();
      },
      encryptStringAsync: async (text) => {
        await ask();
        if (!isOpen && !isLinux) throw new Error(refused.encrypt);
        return Buffer.from((isOpen ? own : constant) + Buffer.from(text).toString('hex'));
      },
      decryptStringAsync: async (sealed) => {
        await ask();
        if (this.#kind === 'locked' && !isLinux) throw new Error(refused.locked);
        const text = sealed.toString();
        const prefix = [...(isOpen ? [own] : []), ...(isLinux ? [constant] : [])].find((one) =>
          text.startsWith(one),
        );
        if (prefix === undefined) throw new Error(refused.decrypt);
        return { shouldReEncrypt: false, result: Buffer.from(text.slice(prefix.length), 'hex').toString() };
      },
    } satisfies Partial<SafeStorage>;
  }
}
