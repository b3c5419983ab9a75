/**
 * Builds the screens of a checkout at its first start, and again after each installation, because nothing runs while
 * npm installs (docs/decisions/0019-no-build-step.md).
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Words } from '../../shared/words/words.ts';

interface ScreensHost {
  /** The folder of the program. */
  readonly project: string;
  /** Runs a script of the project to its end, with its errors shown; returns whether it succeeded. */
  readonly run: (script: string) => Promise<boolean>;
  readonly say: (line: string) => void;
}

/** The node starts in any case. Says what is missing, and what to do. */
export async function buildMissingScreens(host: ScreensHost, { start }: Words): Promise<void> {
  const texts = start.screens;
  const folder = host.project;
  const builder = join(folder, 'build/prepare.mjs');
  // An installed or packed node has its screens, and no builder.
  if (!existsSync(builder)) return;
  const built = changedAt(join(folder, 'dist/renderer/index.html'));
  if (built !== null && built >= (changedAt(join(folder, 'node_modules/.package-lock.json')) ?? 0)) return;
  if (!existsSync(join(folder, 'node_modules/vite'))) {
    if (built === null) host.say(texts.noParts({ folder }));
    return;
  }
  host.say(texts.building);
  if (!(await host.run(builder))) host.say(texts.notBuilt({ folder }));
}

/** Returns unix ms; `null` if there is no such file. */
function changedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

export function systemScreensHost(): ScreensHost {
  return {
    project: fileURLToPath(new URL('../../', import.meta.url)),
    run: (script) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
        child.once('error', () => resolve(false));
        child.once('exit', (code) => resolve(code === 0));
      }),
    say: (line) => process.stderr.write(`${line}\n`),
  };
}
