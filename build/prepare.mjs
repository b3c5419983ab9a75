// Runs once after `npm ci`: loads the whole node, so that its translated TypeScript lies in the compile cache and
// already the first start is quick and small. Without it everything works as well, only later and larger.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

if (Number(process.versions.node.split('.')[0]) >= 24) {
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/paracord-node', import.meta.url)));
  await import('../main/headless/cli/main.ts');
  await import('../main/headless/start.ts');
  await import('../main/crypto/verify-worker.ts');
  flushCompileCache();
}
