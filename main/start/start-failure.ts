import { join } from 'node:path';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { errorText, type Sentence } from '../../shared/words/refusal.ts';
import { IdentityForeignError } from '../identity/belonging.ts';
import { IdentityUnreadableError } from '../identity/vault.ts';
import { NativeModuleError } from '../kernel/native-module.ts';
import { DataFolderInUseError, DataFolderUnusableError } from '../store/data-lock.ts';
import {
  DatabaseDamagedError,
  DatabaseElsewhereError,
  DatabaseForeignSchemaError,
  DatabaseMissingError,
} from '../store/database.ts';
import { type DiskTrouble, diskTroubleOf } from '../store/disk-watch.ts';
import { DatabaseServerError } from '../store/engine.ts';
import { DatabaseTooNewError, DatabaseUnreleasedError } from '../store/migrate.ts';
import { TlsConfigError } from '../tls/pair.ts';
import { CommandFailure, type ExitCode, exitCodes } from './failure.ts';
import type { StartFlags } from './flags.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/** The meaning of each of these errors, to a script and in the app's dialog. */
const kinds: readonly (readonly [kind: ErrorClass, code: string, exitCode: ExitCode])[] = [
  [DataFolderInUseError, 'DATA_IN_USE', exitCodes.dataFolderInUse],
  [DataFolderUnusableError, 'USAGE', exitCodes.usage],
  [NativeModuleError, 'SYSTEM', exitCodes.failure],
  [DatabaseTooNewError, 'DATABASE_NEWER', exitCodes.databaseNewer],
  [DatabaseUnreleasedError, 'DATABASE_UNRELEASED', exitCodes.databaseNewer],
  [DatabaseDamagedError, 'DATABASE_DAMAGED', exitCodes.databaseNewer],
  [DatabaseForeignSchemaError, 'DATABASE_FOREIGN', exitCodes.databaseNewer],
  [DatabaseElsewhereError, 'DATABASE_ELSEWHERE', exitCodes.usage],
  [DatabaseMissingError, 'DATABASE_MISSING', exitCodes.databaseNewer],
  [IdentityForeignError, 'IDENTITY_FOREIGN', exitCodes.identityDiffers],
  [IdentityUnreadableError, 'IDENTITY', exitCodes.failure],
  [TlsConfigError, 'USAGE', exitCodes.usage],
];

/** Why a node did not start, as a sentence and an exit code. An unexpected error is returned unchanged. */
export function explained(error: unknown, flags: StartFlags): unknown {
  if (!(error instanceof Error) || error instanceof CommandFailure) return error;
  if (error instanceof DatabaseServerError)
    return new CommandFailure(error.code, exitCodes[error.exit], error.sentence);
  for (const [kind, code, exitCode] of kinds)
    if (error instanceof kind) return new CommandFailure(code, exitCode, (words) => errorText(words, error));
  // The database belongs to an identity that is missing.
  if (error instanceof ProtocolError && error.code === 'CONFLICT')
    return new CommandFailure('IDENTITY_MISSING', exitCodes.identityDiffers, (words) =>
      errorText(words, error),
    );
  const trouble = diskTroubleOf(error);
  if (trouble !== null) return diskFailure(trouble, error, flags.dataDir);
  const sentence = listenSentence(error, flags);
  if (sentence === null) return error;
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    ? new CommandFailure('PORT_IN_USE', exitCodes.portInUse, sentence)
    : new CommandFailure('USAGE', exitCodes.usage, sentence);
}

const diskExits: Readonly<Record<DiskTrouble, readonly [code: string, exitCode: ExitCode]>> = {
  full: ['DISK_FULL', exitCodes.diskFull],
  damaged: ['DATABASE_DAMAGED', exitCodes.databaseNewer],
  files: ['DATA_FOLDER', exitCodes.usage],
  read_only: ['DATA_FOLDER', exitCodes.usage],
};

/** The folder, or something in it, can't be used right now. A service that is restarted later may succeed. */
function diskFailure(trouble: DiskTrouble, { message: reason }: Error, folder: string): CommandFailure {
  const [code, exitCode] = diskExits[trouble];
  return new CommandFailure(code, exitCode, ({ start: { failure } }) => {
    switch (trouble) {
      case 'full':
        return failure.diskFull({ folder, reason });
      case 'files':
        return failure.openFiles({ reason });
      case 'damaged':
        return failure.databaseDamaged({ path: join(folder, 'node.db'), reason });
      case 'read_only':
        return failure.dataFolderDenied({ folder, reason });
    }
  });
}

/** Why a listener could not open; `null` if the error is about something else. */
function listenSentence(error: Error, flags: StartFlags): Sentence | null {
  const system = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (system.syscall !== 'listen' && system.syscall !== 'bind') return null;
  const [port, address] = [String(system.port), system.address ?? ''];
  const flag = system.port === flags.control.port ? '--control' : '--listen';
  switch (system.code) {
    case 'EADDRINUSE':
      return (words) => words.start.failure.portInUse({ port, address, flag });
    case 'EACCES':
      return (words) => words.start.failure.portNotAllowed({ port });
    case 'EADDRNOTAVAIL':
      return (words) => words.start.failure.addressNotHere({ address });
    default:
      return null;
  }
}
