/** Prepares tests behind routers: network namespaces, and the programs of a router. */
import { spawnSync } from 'node:child_process';
import { canInstall, install } from './apt.ts';

/** Programs for root aren't in every user's PATH. */
export const routerEnv = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

const programs = ['ip', 'nft', 'miniupnpd'];
const packages = ['iproute2', 'nftables', 'miniupnpd-nftables', 'miniupnpd'];

const works = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { env: routerEnv, stdio: 'ignore' }).status === 0;
const has = (program: string): boolean => works('/bin/sh', '-c', `command -v ${program}`);

/** Why the tests behind routers can't run here; `null` if they can. */
export function routerMissing(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux’s';
  if (process.getuid?.() !== 0) return 'making network namespaces takes root';
  const missing = programs.filter((program) => !has(program));
  if (missing.length > 0) return `no ${missing.join(', ')} (Debian: apt-get install ${packages.join(' ')})`;
  const probe = `paracord-probe-${process.pid}`;
  if (!works('ip', 'netns', 'add', probe)) return 'this machine does not allow network namespaces';
  const filters = works('ip', 'netns', 'exec', probe, 'nft', 'add', 'table', 'inet', 'probe');
  works('ip', 'netns', 'del', probe);
  return filters ? null : 'this machine does not allow packet filters in network namespaces';
}

/** Installs the programs, if that is possible without asking. */
export function seeToRouter(): void {
  if (canInstall() && programs.some((program) => !has(program))) install('miniupnpd', ...packages);
}
