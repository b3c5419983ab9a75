// `npm run build`, and the first start after an installation (main/start/screens.ts). Builds the screens, the desktop app
// and the node's bundle where the parts for it are installed, writes the manual page and the completions, and loads the
// whole node, so that the compile cache contains its translated TypeScript and the next start is quick and small. Without
// it the node works, too, but starts slower, uses more memory and has no screens.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeShare } from './share.mjs';

const project = fileURLToPath(new URL('..', import.meta.url));
const isThere = (name) => existsSync(join(project, 'node_modules', name));

if (Number(process.versions.node.split('.')[0]) < 24)
  throw new Error('This needs the Node.js that npm installed with the project. Run: npm run build');
if (!isThere('vite') || !isThere('svelte'))
  console.error('No screens: npm left out the parts that build them. Run: npm ci --include=dev');
else if (!buildScreens()) process.exitCode = 1;
module.enableCompileCache(join(project, 'node_modules/.cache/paracord-node'));
await import('../main/cli/main.ts');
await import('../main/start/start.ts');
await import('../main/crypto/verify-worker.ts');
await writeShare();
module.flushCompileCache();

/** Vite takes `#`, `?` and `%` in a path for parts of an address. Then it builds through a link to the folder. */
function buildScreens() {
  if (!/[#?%]/.test(project)) return runVite(project, []);
  const folder = mkdtempSync(join(tmpdir(), 'paracord-build-'));
  const link = join(folder, 'project');
  try {
    // On Windows, everyone may make a junction.
    symlinkSync(project, link, 'junction');
    return runVite(link, ['--preserve-symlinks', '--preserve-symlinks-main']);
  } finally {
    unlinkSync(link);
    rmdirSync(folder);
  }
}

function runVite(folder, flags) {
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  // The working directory has the name behind a link.
  const paths = [join(folder, 'renderer'), '--config', join(folder, 'vite.config.ts')];
  const args = [...flags, vite, 'build', ...paths, '--configLoader', 'native', '--logLevel', 'warn'];
  return spawnSync(process.execPath, args, { cwd: folder, stdio: 'inherit' }).status === 0;
}
