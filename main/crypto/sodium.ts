import { createRequire } from 'node:module';
import { loadNative } from '../kernel/native-module.ts';

type Sodium = typeof import('sodium-native');

let loaded: Sodium | null = null;

/**
 * libsodium, loaded at the first call. With an import it would be loaded together with the program, and if that failed,
 * no part of the program could report it. Throws NativeModuleError.
 */
export function sodium(): Sodium {
  loaded ??= loadNative(() => createRequire(import.meta.url)('sodium-native') as Sodium);
  return loaded;
}
