import type { Words } from '../../shared/words/words.ts';
import { DatabaseServerError } from '../store/engine.ts';
import type { DatabaseAddress } from './address.ts';
import { DatabaseFencedError, DatabaseUnreachableError } from './connect.ts';

const never = /(?!)/;

/**
 * Recognizes an error by its code, which is PostgreSQL's (five characters), the system's or that of TLS; or by what the
 * client says without a code.
 */
const faults = [
  ['databaseDenied', /^28(?:000|P01)$/, /password must be a string|no password/i],
  ['databaseUnknown', /^3D000$/, never],
  ['databaseForbidden', /^42501$/, never],
  ['databaseReadOnly', /^25006$/, never],
  ['databaseStandby', never, /only follows another/],
  ['databaseEncoding', never, /the encoding of the database/],
  [
    'databaseTls',
    /^(?:(?:ERR_TLS|ERR_SSL|CERT)_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|DEPTH_ZERO_\w+|EPROTO)$/,
    /does not support SSL|hostname\/IP does not match/i,
  ],
  [
    'databaseUnreachable',
    /^(?:08\w{3}|53\w{3}|57P0\w|57014|E(?:CONN\w+|HOST\w+|NET\w+|TIMEDOUT|PIPE|AI_AGAIN)|ENOTFOUND|ENOENT)$/,
    /timeout|terminated|not queryable|connection (?:error|lost|closed|ended)/i,
  ],
] as const;

/** The others are the owner's to correct. */
const mayPass: readonly string[] = ['databaseUnreachable', 'databaseReadOnly', 'databaseStandby'];

/** Why a database could not be used, in one sentence; an error about something else is returned unchanged. */
export function databaseFailure(error: unknown, database: DatabaseAddress): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseServerError) return error;
  if (error instanceof DatabaseFencedError) return lostLead(error, database);
  const cause = rootOf(error);
  const isUnreachable = error instanceof DatabaseUnreachableError;
  const { code = '', syscall } = cause as NodeJS.ErrnoException;
  const message = cause instanceof DatabaseUnreachableError ? cause.reason : cause.message;
  // A connection opens no files but those of sslrootcert, sslcert and sslkey.
  const isFile = isUnreachable && syscall === 'open';
  const fault =
    (isFile ? 'databaseTls' : undefined) ??
    faults.find(([, codes]) => codes.test(code))?.[0] ??
    faults.find(([, , texts]) => texts.test(message))?.[0] ??
    (isUnreachable ? 'databaseUnreachable' : undefined);
  if (fault === undefined) return error;
  const reason = /^E[A-Z]+$/.test(code) && !isFile ? code : message;
  const sentence = ({ start: { failure } }: Words) => failure[fault]({ database: String(database), reason });
  return mayPass.includes(fault)
    ? new DatabaseServerError('DATABASE_UNREACHABLE', 'databaseUnreachable', sentence)
    : new DatabaseServerError('USAGE', 'usage', sentence);
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
