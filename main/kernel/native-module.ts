import { SpokenError } from '../../shared/words/refusal.ts';

/**
 * A native module couldn't be loaded, for example because the C library is too old or it was built for another
 * processor.
 */
export class NativeModuleError extends SpokenError {
  constructor({ message, cause }: Error) {
    // The error with which sodium-native reports this names only the file. Its cause has the system's reason.
    const reason = cause instanceof Error ? cause.message : message;
    super((words) => words.start.failure.nativeModule({ reason }));
  }
}

/**
 * The error codes with which Node.js and sodium-native report that the system can't load a library, or that there is
 * none for this system.
 */
const loadErrors = new Set(['ERR_DLOPEN_FAILED', 'CANNOT_LOAD', 'ADDON_NOT_FOUND']);

/** Loads a native module; throws NativeModuleError if the system can't. */
export function loadNative<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw error instanceof Error && loadErrors.has(code) ? new NativeModuleError(error) : error;
  }
}
