import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyVault, type SecretBox } from '../identity/vault.ts';
import type { Electron, Platform } from './host.ts';

/**
 * Seals the identity with the platform's key store; `null` where it has none that protects anything. On Linux
 * without a keyring Electron would encrypt with a password that is written in its source (`basic_text`), and claiming
 * that this seals something would be a lie: there the file's mode protects the identity, as without a window.
 */
export function platformSecretBox(
  safeStorage: Electron['safeStorage'],
  platform: Platform,
): SecretBox | null {
  if (!safeStorage.isEncryptionAvailable()) return null;
  if (platform === 'linux' && ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend()))
    return null;
  // Not the asynchronous functions: a vault is read before the node is there, and what these seal those open too.
  return {
    seal: (text) => safeStorage.encryptString(text).toString('base64'),
    open: (sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64')),
  };
}

/** Whether the identity on disk is sealed now. One that was made without a key store is plain until it is saved again. */
export function identityIsSealed(dataDir: string, box: SecretBox | null): boolean {
  try {
    const file: unknown = JSON.parse(readFileSync(join(dataDir, 'identity.json'), 'utf8'));
    return typeof Object(file).sealed === 'string';
  } catch {
    // There is none yet: it will be made with the box.
    return box !== null;
  }
}

/** Puts a plain identity into the box. Throws, with the file as it was, when the box does not give back what it took. */
export function sealIdentity(dataDir: string, box: SecretBox): void {
  const vault = new KeyVault(dataDir, box);
  const identity = vault.load();
  if (identity === null) return;
  const probe = JSON.stringify(identity);
  if (box.open(box.seal(probe)) !== probe) throw new Error('the key store does not open what it sealed');
  vault.save(identity);
}
