/** What browser tests need: the screens, built from the current source, and a browser. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const executables = [
  process.env.CHROMIUM_BIN,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

export const browserPath = (): string | undefined =>
  executables.find((path) => path !== undefined && path !== '' && existsSync(path));

/**
 * Installs Chromium if that is possible without asking (as root on Debian); otherwise says in one line what is missing.
 */
export function seeToBrowser(): void {
  if (browserPath() !== undefined) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing Chromium for the browser tests…');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [
      ['update', '-qq'],
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
    ])
      spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  if (browserPath() === undefined)
    console.log(
      'No Chromium, so the browser tests are skipped. Install one (Debian: apt-get install chromium), or name it in CHROMIUM_BIN.',
    );
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sources = ['renderer', 'shared', 'main', 'vite.config.ts', 'package-lock.json'];
const built = ['renderer/index.html', 'desktop/main.js', 'desktop/preload.cjs', 'node/main.js'];

/**
 * Builds dist/, unless it is newer than its sources, as after `npm ci`. Ends the run if the build fails, because the
 * tests would prove nothing.
 */
export function buildScreens(): void {
  const newest = Math.max(...sources.map((name) => changedAt(join(root, name))));
  const oldest = Math.min(...built.map((name) => changedAt(join(root, 'dist', name))));
  if (oldest > newest) return;
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** When a file, or anything in a folder, last changed. A folder also changes when something in it is removed. */
function changedAt(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  const inside = found.isDirectory() ? readdirSync(path).map((name) => changedAt(join(path, name))) : [];
  return Math.max(found.mtimeMs, ...inside);
}
