import { SpokenError } from '../../shared/words/refusal.ts';

/** A native module could not be loaded, as with an older C library than it was built for, or for another processor. */
export class NativeModuleError extends SpokenError {
  constructor({ message, cause }: Error) {
    // The one that sodium-native loads itself with names only the file; the system's reason is behind it.
    const reason = cause instanceof Error ? cause.message : message;
    super((words) => words.start.failure.nativeModule({ reason }));
  }
}

/** How Node.js says that the system refuses a library, and how sodium-native says that, or that it has none for this system. */
const loadErrors = new Set(['ERR_DLOPEN_FAILED', 'CANNOT_LOAD', 'ADDON_NOT_FOUND']);

/** Runs what loads a native module; throws NativeModuleError if the system does not load it. */
export function loadNative<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw error instanceof Error && loadErrors.has(code) ? new NativeModuleError(error) : error;
  }
}
