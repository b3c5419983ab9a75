/** Why the app cannot go on, in the words of a dialog. */
import { CommandFailure } from '../headless/cli/failure.ts';
import { type ExitCode, exitCodes } from '../headless/exit-codes.ts';
import { FlagError } from '../headless/flags.ts';

export interface StartFailure {
  readonly message: string;
  readonly detail: string;
  readonly exitCode: ExitCode;
}

/** What happened in a sentence, and what to do where the error's own words speak to somebody at a terminal. */
const words: Readonly<Record<string, readonly [message: string, advice: string]>> = {
  PORT_IN_USE: [
    'The port of this server is taken',
    'Perhaps a server without a window already runs here: stop that one, then open Paracord Node again.',
  ],
  DATA_IN_USE: [
    'This server is already running',
    'It runs without a window, as a service or in a terminal. Use its console in a browser, or stop it and open Paracord Node again.',
  ],
  DATABASE_NEWER: ['The data is of a newer Paracord Node', 'Nothing was changed.'],
  DATABASE_DAMAGED: ['The database is damaged', 'Nothing was changed. Restore it from a backup.'],
  IDENTITY: [
    'The identity of this server cannot be opened',
    'Nothing was overwritten. A sealed identity opens only for the user and on the machine that sealed it, with its key store unlocked; log out and in again if that is where you are, or restore from the recovery file into an empty data folder.',
  ],
  CONFLICT: ['The data belongs to another server', ''],
  USAGE: ['Paracord Node was started in a way that does not work', ''],
};

export function startFailure(error: unknown): StartFailure {
  if (error instanceof FlagError)
    return { message: words.USAGE?.[0] ?? '', detail: error.message, exitCode: exitCodes.usage };
  if (error instanceof CommandFailure) {
    const [message, advice] = words[error.code] ?? ['Paracord Node could not start', ''];
    return {
      message,
      detail: [error.message, advice].filter((part) => part !== '').join('\n\n'),
      exitCode: error.exitCode,
    };
  }
  return {
    message: 'Paracord Node could not start',
    detail: `Something unexpected failed: ${error instanceof Error ? error.message : String(error)}`,
    exitCode: exitCodes.failure,
  };
}
