// After `npm run package`: reads the fuses of the apps in release/ (what `electron-fuses read` reads) and fails if one
// isn't set as electron-builder.yml says. A packager that leaves a fuse alone says nothing.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** One line for each fuse that isn't as wanted. `wire` maps a fuse's number to its state, as the character '0' or '1'. */
export function wrongFuses(
  wanted: Readonly<Record<string, boolean>>,
  wire: Readonly<Record<number, number>>,
  numbers: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(wanted).flatMap(([name, on]) => {
    const number = numbers[name.charAt(0).toUpperCase() + name.slice(1)];
    if (number === undefined) return [`${name}: Electron has no such fuse`];
    const state = String.fromCharCode(wire[number] ?? 63);
    return state === (on ? '1' : '0') ? [] : [`${name}: wanted ${on ? 'on' : 'off'}, found ${state}`];
  });
}

const root = resolve(import.meta.dirname, '..');

async function main(): Promise<void> {
  const require = createRequire(resolve(root, 'build/node_modules/'));
  const { FuseV1Options, getCurrentFuseWire } = require('@electron/fuses');
  const { electronFuses } = require('js-yaml').load(
    readFileSync(resolve(root, 'electron-builder.yml'), 'utf8'),
  );
  const { resetAdHocDarwinSignature: _, ...wanted } = electronFuses;
  const apps = [
    'linux*-unpacked/paracord-node-desktop',
    'win*-unpacked/Paracord Node.exe',
    'mac*/Paracord Node.app',
  ]
    .flatMap((pattern) => globSync(`release/${pattern}`, { cwd: root }))
    .map((path) => resolve(root, path))
    .filter((path) => existsSync(path));
  if (apps.length === 0) throw new Error('There is no app in release. Run npm run package first.');
  for (const app of apps) {
    const wrong = wrongFuses(wanted, await getCurrentFuseWire(app), FuseV1Options);
    console.log(`${app}: ${wrong.length === 0 ? 'all fuses as wanted' : wrong.join('; ')}`);
    if (wrong.length > 0) process.exitCode = 1;
  }
}

if (process.argv[1] === import.meta.filename) await main();
