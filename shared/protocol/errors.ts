import { wire } from '../words/en/node/wire.ts';
import { makeWords } from '../words/locale.ts';
import { type Said, said } from '../words/said.ts';
import type { ErrorDetails } from './reasons.ts';

/** The codes of error answers (docs/protocol/wire.md, "Errors"). */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'BAD_REQUEST'
  | 'CONFLICT'
  | 'GONE'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_ERROR';

const statusByCode: Readonly<Record<ErrorCode, number>> = {
  NOT_FOUND: 404,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  BAD_REQUEST: 400,
  CONFLICT: 409,
  GONE: 410,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
  INTERNAL_ERROR: 500,
};

export interface ErrorOptions {
  /** If one code is used for several statuses: 405 and 413 are sent as BAD_REQUEST. */
  readonly status?: number;
  readonly details?: ErrorDetails;
  readonly retryAfterSeconds?: number;
  /** The same as a message, shown in the reader's language instead of the text. */
  readonly said?: Said;
}

/** A refusal that its cause may read: it says what happened and what was expected. */
export class ProtocolError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: ErrorDetails | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly said: Said | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message);
    this.name = 'ProtocolError';
    this.code = code;
    this.status = options.status ?? statusByCode[code];
    this.details = options.details;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.said = options.said;
  }
}

/** Messages of the catalog that is available everywhere. */
export type WireSaid = {
  [G in keyof typeof wire]: Said<`${G}.${keyof (typeof wire)[G] & string}`>;
}[keyof typeof wire];
/** The errors of checks in `shared`; in English until they are put into another language. */
export const inEnglish = (said: WireSaid): string => english.say(said);
const english = makeWords('en', {}, wire);

const refused =
  (code: ErrorCode) =>
  (said: WireSaid, details?: ErrorDetails): ProtocolError =>
    new ProtocolError(code, inEnglish(said), { said, ...(details ? { details } : {}) });
export const badRequest = refused('BAD_REQUEST');
export const unauthorized = refused('UNAUTHORIZED');
export const forbidden = refused('FORBIDDEN');
export const notFound = refused('NOT_FOUND');
export const conflict = refused('CONFLICT');

/**
 * The wire form of a refusal. Any error other than a ProtocolError reveals nothing internal. `textOf` returns the
 * sentence if it differs from the error's own, in the asker's language.
 */
export function errorBody(
  error: unknown,
  textOf: (error: ProtocolError) => string = ({ message }) => message,
): { status: number; body: Record<string, unknown> } {
  const known =
    error instanceof ProtocolError
      ? error
      : new ProtocolError('INTERNAL_ERROR', inEnglish(said('wire.internal')));
  const text = textOf(known);
  return {
    status: known.status,
    body: {
      code: known.code,
      message: text,
      error: text,
      details: known.details ?? null,
    },
  };
}
