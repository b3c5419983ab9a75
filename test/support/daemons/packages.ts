/** Programs that some tests run against, from Debian's packages. */
import { globSync } from 'node:fs';
import { canInstall, install } from './apt.ts';

/** A program that shows whether the package is installed; the last one, if several versions are. */
const executables = {
  pebble: '/usr/bin/pebble',
  caddy: '/usr/bin/caddy',
  nginx: '/usr/sbin/nginx',
  strace: '/usr/bin/strace',
  prometheus: '/usr/bin/prometheus',
  postgresql: '/usr/lib/postgresql/*/bin/postgres',
} as const;
export type TestPackage = keyof typeof executables;

export const packagePath = (name: TestPackage): string | undefined =>
  globSync(executables[name])
    .toSorted(new Intl.Collator('en', { numeric: true }).compare)
    .at(-1);

/**
 * Installs what is missing if that is possible without asking (as root on Debian); otherwise says in one line what is
 * missing.
 */
export function seeToPackages(...names: readonly TestPackage[]): void {
  const missing = () => names.filter((name) => packagePath(name) === undefined);
  if (missing().length === 0) return;
  if (canInstall()) install(missing().join(', '), ...missing());
  const left = missing();
  if (left.length > 0)
    console.log(
      `No ${left.join(', ')}, so tests that need it are skipped (Debian: apt-get install ${left.join(' ')}).`,
    );
}
