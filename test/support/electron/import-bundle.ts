import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { StandIn } from './electron-stand-in.ts';

/**
 * Runs a bundle by its entry point, with the stand-in in place of Electron and the arguments in `process.argv`. Works once per
 * process. Returns a function that ends the replacement.
 */
export async function importBundle({ electron }: StandIn, entry: string): Promise<() => void> {
  const names = Object.keys(electron);
  Object.assign(globalThis, { standInForElectron: electron });
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'electron' ? { url: 'stand-in:electron', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === 'stand-in:electron'
        ? {
            format: 'module',
            shortCircuit: true,
            source: `export const { ${names.join(', ')} } = globalThis.standInForElectron;`,
          }
        : next(url, context),
  });
  await import(pathToFileURL(entry).href);
  return () => hooks.deregister();
}
