/** Prepares browser tests: the screens, built from the current source, and a browser. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canInstall, install } from '../daemons/apt.ts';

/** Debian's build of Chromium without windows. It draws the same pages for two thirds of the CPU time. */
const shell = '/usr/bin/chromium-headless-shell';

const executables = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** `complete`: with everything that the headless shell lacks, such as cameras. */
export function browserPath(complete: boolean): string | undefined {
  const chosen = process.env.CHROMIUM_BIN;
  if (chosen) return existsSync(chosen) ? chosen : undefined;
  const whole = executables.find((path) => existsSync(path));
  return whole !== undefined && !complete && existsSync(shell) ? shell : whole;
}

/** Installs Chromium, if that is possible without asking. */
export function seeToBrowser(): void {
  if (process.env.CHROMIUM_BIN === undefined && canInstall()) {
    if (browserPath(true) === undefined) install('Chromium', 'chromium');
    // Not every release has it, and the tests also pass without it.
    if (!existsSync(shell)) install('Chromium’s headless shell', 'chromium-headless-shell');
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sources = ['renderer', 'shared', 'main', 'vite.config.ts', 'package-lock.json'];
/** Newer than the screens after an installation: the next start builds them (main/start/screens.ts). */
const installed = ['node_modules/.package-lock.json'];
const built = [
  'renderer/index.html',
  'desktop/main.js',
  'desktop/preload.cjs',
  'node/main.js',
  'share/paracord-node.1',
];

/**
 * Builds dist/, unless it is newer than its sources. With `anyAge`, unless it is there, because nodes that start at the
 * same time would all build it. Ends the run if the build fails, because the tests would prove nothing.
 */
export function buildScreens(anyAge = false): void {
  const newest = Math.max(...(anyAge ? installed : sources).map((name) => changedAt(join(root, name))));
  const oldest = Math.min(...built.map((name) => changedAt(join(root, 'dist', name))));
  if (oldest > newest) return;
  const { status } = spawnSync(process.execPath, [join(root, 'build/prepare.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** When a file, or anything in a folder, last changed. A folder also changes when something in it is removed. */
function changedAt(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  const inside = found.isDirectory() ? readdirSync(path).map((name) => changedAt(join(path, name))) : [];
  return Math.max(found.mtimeMs, ...inside);
}
