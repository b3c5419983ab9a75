/** Starting the app again with its owner's flags, and without those that were meant for one start only. */

import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import type { Words } from '../../../shared/words/words.ts';
import { writeFileAtomically } from '../../identity/vault.ts';
import type { Log } from '../../kernel/log.ts';
import type { Clock } from '../../kernel/ports.ts';
import { makeFolder } from '../../store/data-lock.ts';
import { diskTroubleOf } from '../../store/disk-watch.ts';
import type { Electron, Host } from '../host.ts';
import { installMsMax } from '../updates/updates.ts';
import { splitCommandLine } from '../window/deep-link.ts';
import { choose, type ShowBox } from '../window/dialogs.ts';
import type { Quitting } from './quitting.ts';

/** Start without showing the window, as at login. */
export const backgroundFlag = '--background';
/** The installer for Windows starts the app with this flag only (StartApp in electron-builder's common.nsh). */
const updatedFlag = '--updated';
/** Windows starts the app with it if somebody clicks a notification (windows_toast_activator.cc). */
export const activatedFlag = '-Embedding';
/** AppRun adds it, and adds it again if it still has to. */
const unsandboxedFlag = '--no-sandbox';
export const attemptFlag = '--unlock-attempt=';

/**
 * The flags for another start. A link has been handled already, and a person who presses a button that restarts the app
 * wants to see its window.
 */
export const ownFlags = (args: readonly string[]): string[] =>
  splitCommandLine(args).flags.filter(
    (flag) =>
      ![backgroundFlag, updatedFlag, activatedFlag, unsandboxedFlag].includes(flag) &&
      !flag.startsWith(attemptFlag),
  );

interface RestartDeps {
  readonly electron: Pick<Electron, 'app'>;
  readonly host: Host;
  readonly show: ShowBox;
  readonly quitting: Quitting;
}

/** Asks whether to restart the app, and does so after a yes. `buttons`: yes, no. */
export async function offerRestart(
  { electron, host, show, quitting }: RestartDeps,
  texts: { readonly message: string; readonly detail: string },
  buttons: readonly [yes: string, no: string],
): Promise<void> {
  if (quitting.isLeaving || (await choose(show, 'error', texts, buttons)) !== 0) return;
  const takeOver = (): void => {
    host.startAgain(ownFlags(host.args));
    electron.app.exit(0);
  };
  await quitting.atOnce({ takeOver, msMax: installMsMax(host.platform), failed: () => {} });
}

/** Logs errors that nothing caught, and offers a restart; one question at a time. */
export function followUncaught(deps: RestartDeps & { readonly log: Log }, words: () => Words): void {
  let isAsking = false;
  deps.host.onUncaught(async (error) => {
    deps.log.fatal({ err: error }, 'an error that nothing caught');
    // The finding says what to do; after a restart the pages are as damaged as before.
    if (isAsking || diskTroubleOf(error) === 'damaged') return;
    isAsking = true;
    const { restart, keepRunning, ...texts } = words().desktop.uncaught;
    try {
      await offerRestart(deps, texts, [restart, keepRunning]);
    } finally {
      isAsking = false;
    }
  });
}

const Note = v.object({ flags: v.array(v.string()), at: v.number() });
/** An installer is faster than this. A later start has nothing to do with it. */
const noteMsMax = 15 * 60_000;

/**
 * The flags for the first start after an update. The installers for Windows and macOS don't pass them on, and without
 * `--data-dir` the app would start as a new server. So the app leaves them in a file beside the default data folder, and
 * the next start without flags reads it.
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

  /** The arguments to use: those of the note if `args` has no flags of the owner, otherwise `args`. Deletes the note. */
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
