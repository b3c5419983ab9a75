// Runs once after `npm ci`, and before `npm pack`. Builds the screens, the desktop app and the node's bundle where the
// parts for it are installed, writes the manual page and the completions, and loads
// the whole node, so that the compile cache contains its translated TypeScript and even the first start is quick and
// small. Without it the node still works, but starts slower, uses more memory and has no screens.

import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { writeShare } from './share.mjs';

const modules = new URL('../node_modules/', import.meta.url);
const isThere = (name) => existsSync(new URL(name, modules));

if (Number(process.versions.node.split('.')[0]) >= 24 && isThere('koa')) {
  if (isThere('vite') && isThere('svelte')) await buildScreens();
  module.enableCompileCache(fileURLToPath(new URL('.cache/paracord-node', modules)));
  await import('../main/cli/main.ts');
  await import('../main/start/start.ts');
  await import('../main/crypto/verify-worker.ts');
  await writeShare();
  module.flushCompileCache();
}

/** Even if they could not be built, the installed node works. */
async function buildScreens() {
  try {
    const { createBuilder } = await import('vite');
    const configFile = fileURLToPath(new URL('../vite.config.ts', import.meta.url));
    const builder = await createBuilder({ configFile, logLevel: 'silent' });
    await builder.buildApp();
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error)
      .trim()
      .split('\n');
    process.stderr.write(`The screens could not be built (${reason}); npm run build tells more.\n`);
  }
}
