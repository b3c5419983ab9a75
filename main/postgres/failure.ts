import type { Words } from '../../shared/words/words.ts';
import { DatabaseServerError, type ServerExit } from '../store/engine.ts';
import type { DatabaseAddress } from './address.ts';
import { DatabaseFencedError, DatabaseUnreachableError } from './connect.ts';

type Fault = keyof Pick<
  Words['start']['failure'],
  | 'databaseUnreachable'
  | 'databaseDenied'
  | 'databaseUnknown'
  | 'databaseForbidden'
  | 'databaseReadOnly'
  | 'databaseStandby'
  | 'databaseEncoding'
  | 'databaseTls'
>;

/** Faults by the code of their error, which is PostgreSQL's (five characters), the system's or that of TLS. */
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
  [/only follows another/, 'databaseStandby'],
  [/the encoding of the database/, 'databaseEncoding'],
  [/timeout|terminated|not queryable|connection (?:error|lost|closed|ended)/i, 'databaseUnreachable'],
];

const outcomes: Readonly<Record<Fault, readonly [code: string, exit: ServerExit]>> = {
  databaseUnreachable: ['DATABASE_UNREACHABLE', 'databaseUnreachable'],
  databaseReadOnly: ['DATABASE_UNREACHABLE', 'databaseUnreachable'],
  databaseStandby: ['DATABASE_UNREACHABLE', 'databaseUnreachable'],
  databaseDenied: ['USAGE', 'usage'],
  databaseUnknown: ['USAGE', 'usage'],
  databaseForbidden: ['USAGE', 'usage'],
  databaseEncoding: ['USAGE', 'usage'],
  databaseTls: ['USAGE', 'usage'],
};

/** Why a database could not be used, in one sentence; an error about something else is returned unchanged. */
export function databaseFailure(error: unknown, database: DatabaseAddress): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseServerError) return error;
  if (error instanceof DatabaseFencedError) return lostLead(error, database);
  const cause = rootOf(error);
  const isUnreachable = error instanceof DatabaseUnreachableError;
  const { code = '', syscall } = cause as NodeJS.ErrnoException;
  const message = cause instanceof DatabaseUnreachableError ? cause.reason : cause.message;
  // To connect, no files are opened but those of sslrootcert, sslcert and sslkey.
  const isFile = isUnreachable && syscall === 'open';
  const fault =
    (isFile ? 'databaseTls' : undefined) ??
    faults.find(([codes]) => codes.test(code))?.[1] ??
    spoken.find(([text]) => text.test(message))?.[1] ??
    (isUnreachable ? 'databaseUnreachable' : undefined);
  if (fault === undefined) return error;
  const reason = /^E[A-Z]+$/.test(code) && !isFile ? code : message;
  return new DatabaseServerError(...outcomes[fault], ({ start: { failure } }) =>
    failure[fault]({ database: String(database), reason }),
  );
}

/** A host with several IP addresses fails once for each. */
function rootOf(error: Error): Error {
  if (error instanceof AggregateError) return error.errors[0] as Error;
  return error instanceof DatabaseUnreachableError && error.cause instanceof Error
    ? rootOf(error.cause)
    : error;
}

/** A leader that can't write any more, and so ends. */
export function lostLead(error: Error, address: DatabaseAddress): DatabaseServerError {
  const database = String(address);
  const reason = error instanceof DatabaseUnreachableError ? error.reason : error.message;
  return new DatabaseServerError('DATABASE_LOST', 'databaseLost', ({ start: { failure } }) =>
    error instanceof DatabaseFencedError
      ? failure.databaseTaken({ database })
      : failure.databaseLost({ database, reason }),
  );
}

/** A move of the data fills this database, or has left it, so no node may use it. */
export const notInUse = (role: 'filling' | 'left', address: DatabaseAddress): DatabaseServerError =>
  new DatabaseServerError('DATABASE_MOVED', 'databaseNewer', ({ start: { failure } }) => {
    const database = String(address);
    return role === 'left' ? failure.databaseLeft({ database }) : failure.databaseFilling({ database });
  });
