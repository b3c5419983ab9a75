import { listenProblem } from '../http/listen-problem.ts';
import { IdentityUnreadableError } from '../identity/vault.ts';
import { DataFolderInUseError, DataFolderUnusableError } from '../store/data-lock.ts';
import { DatabaseDamagedError, DatabaseTooNewError } from '../store/database.ts';
import { TlsConfigError } from '../tls/pair.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandFailure } from './failure.ts';
import type { StartFlags } from './flags.ts';

/** Why a node did not start, in words and with an exit code; what nobody foresaw comes back as it is. */
export function explained(error: unknown, flags: StartFlags): unknown {
  const failure = (code: string, exitCode: ExitCode, message: string) =>
    new CommandFailure(code, exitCode, message);
  if (error instanceof DataFolderInUseError)
    return failure('DATA_IN_USE', exitCodes.dataFolderInUse, error.message);
  if (error instanceof DataFolderUnusableError) return failure('USAGE', exitCodes.usage, error.message);
  if (error instanceof DatabaseTooNewError)
    return failure('DATABASE_NEWER', exitCodes.databaseNewer, error.message);
  if (error instanceof DatabaseDamagedError)
    return failure('DATABASE_DAMAGED', exitCodes.databaseNewer, error.message);
  if (error instanceof IdentityUnreadableError) return failure('IDENTITY', exitCodes.failure, error.message);
  if (error instanceof TlsConfigError) return failure('USAGE', exitCodes.usage, error.message);
  const problem = listenProblem(error);
  if (problem === null) return error;
  const { code, port } = error as { code?: string; port?: number };
  if (code === 'EADDRINUSE') {
    const flag = port === flags.control.port ? '--control' : '--listen';
    return failure('PORT_IN_USE', exitCodes.portInUse, `${problem} Choose another with ${flag} HOST:PORT.`);
  }
  return failure('USAGE', exitCodes.usage, `${problem} Check --listen and --control.`);
}
