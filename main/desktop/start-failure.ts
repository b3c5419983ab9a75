/** Why the app could not start, as a dialog shows it. */
import { errorText } from '../../shared/words/refusal.ts';
import type { Words } from '../../shared/words/words.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../start/failure.ts';
import { FlagError } from '../start/flags.ts';

interface StartFailure {
  readonly message: string;
  readonly detail: string;
  readonly exitCode: ExitCode;
}

type Text = Exclude<keyof Words['desktop']['start'], 'unexpected'>;

/** Says what happened, by the error's code, and what to do if the error's own advice only helps in a terminal. */
const headings: Readonly<Record<string, readonly [message: Text, advice?: Text]>> = {
  PORT_IN_USE: ['portInUse', 'portInUseAdvice'],
  DATA_IN_USE: ['dataInUse', 'dataInUseAdvice'],
  DATABASE_NEWER: ['databaseNewer', 'databaseNewerAdvice'],
  DATABASE_UNRELEASED: ['databaseUnreleased'],
  DATABASE_DAMAGED: ['databaseDamaged'],
  DATABASE_FOREIGN: ['databaseForeignSchema'],
  DATABASE_UNREACHABLE: ['databaseUnreachable'],
  DISK_FULL: ['diskFull'],
  DATA_FOLDER: ['dataFolder'],
  DATABASE_MISSING: ['databaseMissing'],
  IDENTITY: ['identity', 'identityAdvice'],
  CONFLICT: ['conflict'],
  IDENTITY_FOREIGN: ['conflict'],
  IDENTITY_MISSING: ['conflict'],
  USAGE: ['usage'],
};

export function startFailure(error: unknown, words: Words): StartFailure {
  const texts = words.desktop.start;
  if (error instanceof FlagError)
    return { message: texts.usage, detail: errorText(words, error), exitCode: exitCodes.usage };
  if (error instanceof CommandFailure) {
    const [message, advice] = headings[error.code] ?? ['failed'];
    const detail = [errorText(words, error), ...(advice === undefined ? [] : [texts[advice]])].join('\n\n');
    return { message: texts[message], detail, exitCode: error.exitCode };
  }
  const reason = error instanceof Error ? errorText(words, error) : String(error);
  return { message: texts.failed, detail: texts.unexpected({ reason }), exitCode: exitCodes.failure };
}
