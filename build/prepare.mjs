// Runs once after `npm ci`: loads the whole node, so that its translated TypeScript lies in the compile cache and
// already the first start is quick and small. Without it everything works as well, only later and larger.

import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const modules = new URL('../node_modules/', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= 24 && existsSync(new URL('koa', modules))) {
  module.enableCompileCache(fileURLToPath(new URL('.cache/paracord-node', modules)));
  await import('../main/headless/cli/main.ts');
  await import('../main/headless/start.ts');
  await import('../main/crypto/verify-worker.ts');
  module.flushCompileCache();
}
