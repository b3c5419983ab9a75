// `node build/electron-supported.ts LATEST`: fails if our Electron is no longer one of the latest three majors, which
// are those that get security fixes. The release workflow asks the registry for LATEST; npm test has no network.

import { readFileSync } from 'node:fs';

/** Both are versions such as 45.4.1. What can't be read isn't supported. */
export const isSupported = (ours: string, latest: string): boolean => majorOf(latest) - majorOf(ours) <= 2;

const majorOf = (version: string): number =>
  /^\d+\.\d+\.\d+/.test(version) ? Number(version.split('.')[0]) : Number.NaN;

if (process.argv[1] === import.meta.filename) {
  const latest = process.argv[2] ?? '';
  const { devDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const said = `Electron ${devDependencies.electron}, the latest is ${latest}`;
  if (isSupported(devDependencies.electron, latest)) console.log(`${said}: supported.`);
  else {
    console.error(`${said}: no longer supported. Update it before a release.`);
    process.exitCode = 1;
  }
}
