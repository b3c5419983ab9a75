/** What the browser tests stand on: the screens, built from what is here now, and a browser. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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

/** Installs Chromium where that takes no question (root on Debian); elsewhere says in one line what is missing. */
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

/** Ends the run when the screens cannot be built: nothing behind that would be worth knowing. */
export function buildScreens(): void {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const vite = fileURLToPath(new URL('../../../node_modules/vite/bin/vite.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
