import { createRequire } from 'node:module';
import { loadNative } from '../kernel/native-module.ts';

type Sodium = typeof import('sodium-native');

let loaded: Sodium | null = null;

/**
 * libsodium, loaded at the first call. An import would load it with the program: where the system can't load it, nothing
 * of the program would run that could say so. Throws NativeModuleError.
 */
export function sodium(): Sodium {
  loaded ??= loadNative(() => createRequire(import.meta.url)('sodium-native') as Sodium);
  return loaded;
}
