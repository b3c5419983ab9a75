import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';

/** The path leads to a pipe, a device, a socket or a folder. Reading it could wait forever, or never end. */
export class NotAFileError extends Error {
  readonly code = 'NOT_A_FILE';

  constructor(path: string) {
    super(`not a regular file: ${path}`);
  }
}

/** Opening a pipe waits for a writer without this. Windows has no such flag, and no such files in its folders. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a regular file, or a link to one, for reading. Throws NotAFileError for anything else. */
export function openRegular(path: string): number {
  const file = openSync(path, readOnly);
  try {
    if (!fstatSync(file).isFile()) throw new NotAFileError(path);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** The text of a regular file. Throws as `openRegular`. */
export function readRegular(path: string): string {
  const file = openRegular(path);
  try {
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** The text of a file; null if it can't be read. */
export function textIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Tells what this path itself is, without following a link: a regular file, nothing, or something else. */
export function kindOf(path: string): 'file' | 'none' | 'other' {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'none';
  return found.isFile() ? 'file' : 'other';
}
