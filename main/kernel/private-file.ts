import { chmodSync, fchmodSync } from 'node:fs';

/** A file system without permissions, such as exFAT or a network share, answers a change of them with these codes. */
const unsupported: readonly (string | undefined)[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Gives a file the mode 0600, by its path or its number. If the file system keeps no permissions, it stays as it is:
 * its owner decides by mounting it who may read it.
 */
export function makePrivate(file: string | number): void {
  try {
    if (typeof file === 'number') fchmodSync(file, 0o600);
    else chmodSync(file, 0o600);
  } catch (error) {
    if (!unsupported.includes((error as NodeJS.ErrnoException).code)) throw error;
  }
}
