import type { SafeStorage } from 'electron';
import type { Platform } from '../../../../main/desktop/host.ts';

/**
 * `basic_text`: Linux without a keyring. `denied`: the user refused. `locked`: temporarily unavailable. `other`: a
 * different store that can't open what was sealed before, as after a change from GNOME to KDE. `blocked`: it asks the
 * user, and answers once they have.
 */
export type KeyStore = 'keyring' | 'basic_text' | 'denied' | 'locked' | 'other' | 'blocked';

const refused = {
  encrypt: 'Error while encrypting the text provided to safeStorage.encryptStringAsync.',
  decrypt: 'Error while decrypting the ciphertext provided to safeStorage.decryptStringAsync.',
  locked: 'safeStorage.decryptStringAsync is temporarily unavailable. Please try again.',
};

/**
 * shell/browser/api/electron_api_safe_storage.cc. The system is asked once per process, by the first call of any of
 * these functions, even `isAsyncEncryptionAvailable`; other calls wait for that without a limit
 * (EnsureAsyncEncryptorRequested, OnOsCryptReady). After that, encryption is always available, whether or not it
 * protects anything.
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
    const stamp = this.#kind === 'locked' || this.#kind === 'blocked' ? 'keyring' : this.#kind;
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
        if (this.#kind === 'denied' || this.#kind === 'locked') throw new Error(refused.encrypt);
        return Buffer.from(`${stamp}:${Buffer.from(text).toString('hex')}`);
      },
      decryptStringAsync: async (sealed) => {
        await ask();
        if (this.#kind === 'locked') throw new Error(refused.locked);
        const [by, hex = ''] = sealed.toString().split(':');
        if (by !== stamp) throw new Error(refused.decrypt);
        return { shouldReEncrypt: false, result: Buffer.from(hex, 'hex').toString() };
      },
      // Only on Linux. It doesn't ask the key store, because the backend is chosen when the app starts.
      ...(platform === 'linux' && {
        getSelectedStorageBackend: () =>
          this.#isReady() ? (this.#kind === 'basic_text' ? 'basic_text' : 'gnome_libsecret') : 'unknown',
      }),
    } satisfies Partial<SafeStorage>;
  }
}
