import type { Words } from '../../../shared/words/words.ts';
import type { DatabaseAddress } from '../../store/postgres/address.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../failure.ts';

type Fault = keyof Pick<
  Words['start']['failure'],
  | 'databaseUnreachable'
  | 'databaseDenied'
  | 'databaseUnknown'
  | 'databaseForbidden'
  | 'databaseReadOnly'
  | 'databaseTls'
>;

/** By the error's code: of PostgreSQL (five characters), of the system, or of TLS. */
const faults: readonly (readonly [codes: RegExp, fault: Fault])[] = [
  [/^28(?:000|P01)$/, 'databaseDenied'],
  [/^3D000$/, 'databaseUnknown'],
  [/^42501$/, 'databaseForbidden'],
  [/^25006$/, 'databaseReadOnly'],
  [/^(?:(?:ERR_TLS|ERR_SSL|CERT)_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|DEPTH_ZERO_\w+|EPROTO)$/, 'databaseTls'],
  [
    /^(?:08\w{3}|53\w{3}|57P0\w|57014|E(?:CONN\w+|HOST\w+|NET\w+|TIMEDOUT|PIPE|AI_AGAIN)|ENOTFOUND|ENOENT)$/,
    'databaseUnreachable',
  ],
];

/** What the client says without a code. */
const spoken: readonly (readonly [text: RegExp, fault: Fault])[] = [
  [/does not support SSL|hostname\/IP does not match/i, 'databaseTls'],
  [/password must be a string|no password/i, 'databaseDenied'],
  [/only follows another/, 'databaseReadOnly'],
  [/timeout|terminated|not queryable|connection (?:error|lost|closed|ended)/i, 'databaseUnreachable'],
];

const outcomes: Readonly<Record<Fault, readonly [code: string, exitCode: ExitCode]>> = {
  databaseUnreachable: ['DATABASE_UNREACHABLE', exitCodes.databaseUnreachable],
  databaseReadOnly: ['DATABASE_UNREACHABLE', exitCodes.databaseUnreachable],
  databaseDenied: ['USAGE', exitCodes.usage],
  databaseUnknown: ['USAGE', exitCodes.usage],
  databaseForbidden: ['USAGE', exitCodes.usage],
  databaseTls: ['USAGE', exitCodes.usage],
};

/** Why a database could not be used, in one sentence; an error about something else is returned unchanged. */
export function databaseFailure(error: Error, database: DatabaseAddress | null): Error {
  const cause = rootOf(error);
  const { code = '', message, syscall } = cause as NodeJS.ErrnoException;
  // To connect, no files are opened but those of sslrootcert, sslcert and sslkey.
  const isFile = isUnreachable(error) && syscall === 'open';
  const fault =
    (isFile ? 'databaseTls' : undefined) ??
    faults.find(([codes]) => codes.test(code))?.[1] ??
    spoken.find(([text]) => text.test(message))?.[1] ??
    (isUnreachable(error) ? 'databaseUnreachable' : undefined);
  if (fault === undefined) return error;
  const reason = /^E[A-Z]+$/.test(code) && !isFile ? code : message;
  return new CommandFailure(...outcomes[fault], ({ start: { failure } }) =>
    failure[fault]({ database: String(database ?? 'PostgreSQL'), reason }),
  );
}

const isUnreachable = (error: Error): boolean =>
  (error as NodeJS.ErrnoException).code === 'DATABASE_UNREACHABLE';

/** A host with several IP addresses fails once for each. */
function rootOf(error: Error): Error {
  if (error instanceof AggregateError) return error.errors[0] as Error;
  return isUnreachable(error) && error.cause instanceof Error ? rootOf(error.cause) : error;
}
