/** How the app is started again: with its owner's flags, and without what was meant for one start only. */

import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomically } from '../../identity/vault.ts';
import type { Clock } from '../../kernel/ports.ts';
import { makeFolder } from '../../store/data-lock.ts';
import { splitCommandLine } from '../window/deep-link.ts';

/** Start without showing the window, as at login. */
export const backgroundFlag = '--background';
/** The installer for Windows starts the app with it, and with nothing else (StartApp in common.nsh of electron-builder). */
const updatedFlag = '--updated';
/** AppRun adds it, and adds it again if it still has to. */
const unsandboxedFlag = '--no-sandbox';
export const attemptFlag = '--unlock-attempt=';

/**
 * The flags to start again with. A link was handled, and people who press a button that restarts the app want to see its
 * window.
 */
export const ownFlags = (args: readonly string[]): string[] =>
  splitCommandLine(args).flags.filter(
    (flag) => ![backgroundFlag, updatedFlag, unsandboxedFlag].includes(flag) && !flag.startsWith(attemptFlag),
  );

const Note = v.object({ flags: v.array(v.string()), at: v.number() });
/** An installer takes less; a start that comes later is somebody else's. */
const noteMsMax = 15 * 60_000;

/**
 * The flags for the start after an update. What installs updates on Windows and macOS passes none on, and without its
 * `--data-dir` the app would come up as another, new server. So the app leaves them in a file where the next one looks
 * that is started without flags.
 */
export class RestartNote {
  readonly #file: string;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(defaultDataDir: string, clock: Pick<Clock, 'now'>) {
    this.#file = `${defaultDataDir}.restart.json`;
    this.#clock = clock;
  }

  leave(args: readonly string[]): void {
    const flags = ownFlags(args);
    if (flags.length === 0) return;
    makeFolder(dirname(this.#file));
    writeFileAtomically(this.#file, JSON.stringify({ flags, at: this.#clock.now() }));
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }

  /** The arguments to go by: what was noted, for a start that brings no flags of its own; else `args`. Read once. */
  take(args: readonly string[]): readonly string[] {
    try {
      const { flags, at } = v.parse(Note, JSON.parse(readFileSync(this.#file, 'utf8')));
      this.remove();
      const age = this.#clock.now() - at;
      return ownFlags(args).length === 0 && age >= 0 && age <= noteMsMax ? [...flags, ...args] : args;
    } catch {
      return args;
    }
  }
}
