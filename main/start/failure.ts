/** Why a command failed: one line for people, a body for programs, a code for scripts. */
import { CommanderError } from 'commander';
import { ApiError } from '../../shared/api/client.ts';
import { errorText, type Sentence, SpokenError } from '../../shared/words/refusal.ts';
import type { Words } from '../../shared/words/words.ts';
import { FlagError } from './flags.ts';

/** The program's exit codes. The help text lists them from here. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  portInUse: 3,
  dataFolderInUse: 4,
  databaseNewer: 5,
  findings: 6,
  identityDiffers: 7,
  notRunning: 8,
  refused: 9,
  nodeTooOld: 10,
  diskFull: 11,
  databaseUnreachable: 12,
  databaseLost: 13,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One line per code, for `--help`. */
export function exitCodesText(words: Words): string {
  const rows = Object.entries(exitCodes) as [keyof typeof exitCodes, ExitCode][];
  return rows
    .map(([name, code]) => `  ${String(code).padStart(2)}  ${words.cliHelp.exitCodes[name]}`)
    .join('\n');
}

export class CommandFailure extends SpokenError {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, sentence: Sentence) {
    super(sentence);
    this.code = code;
    this.exitCode = exitCode;
  }
}

export const usageFailure = (sentence: Sentence): CommandFailure =>
  new CommandFailure('USAGE', exitCodes.usage, sentence);

interface FailureReport {
  readonly exitCode: ExitCode;
  readonly body: { readonly code: string; readonly message: string; readonly details: object | null };
  /** The stack of an unexpected error, for a bug report. */
  readonly stack?: string;
}

export function reportFailure(error: unknown, words: Words): FailureReport {
  if (error instanceof ApiError) {
    const wrongInput = error.status === 400 || error.status === 0;
    return report(
      wrongInput ? exitCodes.usage : exitCodes.refused,
      error.code,
      errorText(words, error),
      error.details,
    );
  }
  if (error instanceof CommandFailure) return report(error.exitCode, error.code, errorText(words, error));
  if (error instanceof FlagError) return report(exitCodes.usage, 'USAGE', errorText(words, error));
  if (error instanceof CommanderError) {
    const problem = parserSentence(error, words);
    return report(exitCodes.usage, 'USAGE', words.cli.errors.input({ problem }));
  }
  const reason = error instanceof Error ? errorText(words, error) : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  const body = report(exitCodes.failure, 'FAILURE', words.cli.errors.unexpected({ reason }));
  return { ...body, ...(stack === undefined ? {} : { stack }) };
}

/** Commander reports its findings only in English sentences. Their names are extracted and put into our own words. */
function parserSentence({ code, message }: CommanderError, words: Words): string {
  const { errors } = words.cli;
  const found = (pattern: RegExp): string[] | null => pattern.exec(message)?.slice(1) ?? null;
  switch (code) {
    case 'commander.unknownOption': {
      const [option = '', suggestion] =
        found(/option '(.+?)'(?:\n\(Did you mean (?:one of )?(.+?)\?\))?/) ?? [];
      if (suggestion !== undefined) return errors.didYouMean({ option, suggestion });
      // Text that begins with a dash, such as a list of things to buy.
      return /^--[a-z][a-z-]*$/.test(option) ? errors.unknownOption({ option }) : errors.dashText({ option });
    }
    case 'commander.missingArgument':
      return errors.missingArgument({ argument: found(/argument '(.+)'/)?.[0] ?? '' });
    case 'commander.optionMissingArgument':
      return errors.missingValue({ option: found(/option '(.+)' argument/)?.[0] ?? '' });
    case 'commander.invalidArgument': {
      const [option = '', value = '', choices = ''] =
        found(/option '(.+?)' argument '(.*)' is invalid\. Allowed choices are (.+)\.$/s) ?? [];
      if (option !== '') return errors.notAChoice({ option, value, choices });
    }
  }
  return message.replace(/^error: /, '').replaceAll('\n', ' ');
}

function report(
  exitCode: ExitCode,
  code: string,
  message: string,
  details: object | null = null,
): FailureReport {
  return { exitCode, body: { code, message, details } };
}
