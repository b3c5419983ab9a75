import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretBox } from '../identity/vault.ts';
import type { Electron, Platform } from './electron.ts';

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

/** Whether the identity on disk is sealed now. One that was made without a key store stays plain until it is saved next. */
export function identityIsSealed(dataDir: string, box: SecretBox | null): boolean {
  try {
    const file: unknown = JSON.parse(readFileSync(join(dataDir, 'identity.json'), 'utf8'));
    return typeof Object(file).sealed === 'string';
  } catch {
    // There is none yet: it will be made with the box.
    return box !== null;
  }
}
