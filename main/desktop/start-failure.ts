/** Why the app cannot go on, in the words of a dialog. */

import { type ExitCode, exitCodes } from '../start/exit-codes.ts';
import { CommandFailure } from '../start/failure.ts';
import { FlagError } from '../start/flags.ts';
import { text } from './text.ts';

export interface StartFailure {
  readonly message: string;
  readonly detail: string;
  readonly exitCode: ExitCode;
}

const { codes } = text.start;

export function startFailure(error: unknown): StartFailure {
  if (error instanceof FlagError)
    return { message: codes.USAGE?.[0] ?? '', detail: error.message, exitCode: exitCodes.usage };
  if (error instanceof CommandFailure) {
    const [message, advice] = codes[error.code] ?? [text.start.failed, ''];
    return {
      message,
      detail: [error.message, advice].filter((part) => part !== '').join('\n\n'),
      exitCode: error.exitCode,
    };
  }
  return {
    message: text.start.failed,
    detail: text.start.unexpected(error instanceof Error ? error.message : String(error)),
    exitCode: exitCodes.failure,
  };
}
