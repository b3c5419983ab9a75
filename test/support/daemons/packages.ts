/** Programs that some tests run against, from Debian's packages. */
import { globSync } from 'node:fs';
import { canInstall, install } from './apt.ts';

/** A program that shows whether the package is installed; the last one, if several versions are. */
const executables = {
  pebble: '/usr/bin/pebble',
  caddy: '/usr/bin/caddy',
  knot: '/usr/sbin/knotd',
  nginx: '/usr/sbin/nginx',
  strace: '/usr/bin/strace',
  prometheus: '/usr/bin/prometheus',
  postgresql: '/usr/lib/postgresql/*/bin/postgres',
  zsh: '/usr/bin/zsh',
  fish: '/usr/bin/fish',
  systemd: '/usr/bin/systemd-analyze',
} as const;
export type TestPackage = keyof typeof executables;

export const packagePath = (name: TestPackage): string | undefined =>
  globSync(executables[name])
    .toSorted(new Intl.Collator('en', { numeric: true }).compare)
    .at(-1);

/** Why a test that runs one of its programs is skipped, or false. */
export const withoutPackage = (name: TestPackage): string | false =>
  packagePath(name) === undefined && `no ${name} (Debian: apt-get install ${name})`;

/** Installs what is missing, if that is possible without asking. The tests are skipped otherwise. */
export function seeToPackages(...names: readonly TestPackage[]): void {
  const missing = names.filter((name) => packagePath(name) === undefined);
  if (missing.length > 0 && canInstall()) install(missing.join(', '), ...missing);
}
