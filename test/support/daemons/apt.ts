import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether packages can be installed without asking: as root on Debian. */
export const canInstall = (): boolean => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** A mirror that hangs must not hold up the tests. Those that need the package are skipped then. */
const limits = [
  '-o',
  'Acquire::Retries=2',
  '-o',
  'Acquire::http::Timeout=30',
  '-o',
  'DPkg::Lock::Timeout=60',
];
const longestMs = 300_000;

let isUpToDate = false;

/** Installs Debian packages, and says so in one line. The caller checks whether that worked. */
export function install(what: string, ...packages: readonly string[]): void {
  console.log(`Installing ${what} for the tests…`);
  // Installing a test tool shouldn't start a web server on port 80.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args: readonly string[]) =>
    spawnSync('apt-get', [...args, '-qq', ...limits], { env, stdio: 'ignore', timeout: longestMs });
  if (!isUpToDate) apt('update');
  isUpToDate = true;
  apt('install', '-y', '--no-install-recommends', ...packages);
}
