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

export function startFailure(error: unknown, words: Words): StartFailure {
  const texts = words.desktop.start;
  if (error instanceof FlagError)
    return { message: texts.usage, detail: errorText(words, error), exitCode: exitCodes.usage };
  if (error instanceof CommandFailure) {
    const [message, advice] = heading(error.code, texts);
    const detail = [errorText(words, error), ...(advice === undefined ? [] : [advice])].join('\n\n');
    return { message, detail, exitCode: error.exitCode };
  }
  const reason = error instanceof Error ? errorText(words, error) : String(error);
  return { message: texts.failed, detail: texts.unexpected({ reason }), exitCode: exitCodes.failure };
}

/** Says what happened, and what to do if the error's own advice only helps in a terminal. */
function heading(code: string, texts: Words['desktop']['start']): [message: string, advice?: string] {
  switch (code) {
    case 'PORT_IN_USE':
      return [texts.portInUse, texts.portInUseAdvice];
    case 'DATA_IN_USE':
      return [texts.dataInUse, texts.dataInUseAdvice];
    case 'DATABASE_NEWER':
      return [texts.databaseNewer, texts.databaseNewerAdvice];
    case 'DATABASE_UNRELEASED':
      return [texts.databaseUnreleased];
    case 'DATABASE_DAMAGED':
      return [texts.databaseDamaged];
    case 'DATABASE_FOREIGN':
      return [texts.databaseForeignSchema];
    case 'DATABASE_UNREACHABLE':
      return [texts.databaseUnreachable];
    case 'DISK_FULL':
      return [texts.diskFull];
    case 'DATA_FOLDER':
      return [texts.dataFolder];
    case 'DATABASE_MISSING':
      return [texts.databaseMissing];
    case 'IDENTITY':
      return [texts.identity, texts.identityAdvice];
    case 'CONFLICT':
    case 'IDENTITY_FOREIGN':
    case 'IDENTITY_MISSING':
      return [texts.conflict];
    case 'USAGE':
      return [texts.usage];
    default:
      return [texts.failed];
  }
}
