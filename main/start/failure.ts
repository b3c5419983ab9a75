/** Why a command did not work: one line for people, a body for programs, a code for scripts. */
import { CommanderError } from 'commander';
import { ApiError } from '../../shared/api/client.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { FlagError } from './flags.ts';

export class CommandFailure extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'CommandFailure';
    this.code = code;
    this.exitCode = exitCode;
  }
}

export const usageFailure = (message: string): CommandFailure =>
  new CommandFailure('USAGE', exitCodes.usage, message);

export interface FailureReport {
  readonly exitCode: ExitCode;
  readonly body: { readonly code: string; readonly message: string; readonly details: object | null };
  /** Of an error nobody foresaw, for a bug report. */
  readonly stack?: string;
}

export function reportFailure(error: unknown): FailureReport {
  if (error instanceof ApiError) {
    const wrongInput = error.status === 400 || error.status === 0;
    return report(wrongInput ? exitCodes.usage : exitCodes.refused, error.code, error.message, error.details);
  }
  if (error instanceof CommandFailure) return report(error.exitCode, error.code, error.message);
  if (error instanceof FlagError) return report(exitCodes.usage, 'USAGE', error.message);
  if (error instanceof CommanderError) {
    const what = error.message
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')
      .replace(/\.$/, '');
    return report(exitCodes.usage, 'USAGE', `${what}; --help tells what is expected.`);
  }
  const message = `Something unexpected failed: ${error instanceof Error ? error.message : String(error)}`;
  const stack = error instanceof Error ? error.stack : undefined;
  return { ...report(exitCodes.failure, 'FAILURE', message), ...(stack === undefined ? {} : { stack }) };
}

function report(
  exitCode: ExitCode,
  code: string,
  message: string,
  details: object | null = null,
): FailureReport {
  return { exitCode, body: { code, message, details } };
}
