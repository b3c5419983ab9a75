import type { ErrorDetails } from './reasons.ts';

/** The codes an error answer may carry (docs/protocol/wire.md, "Errors"). */
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
  /** Where one code serves several statuses: 405 and 413 travel as BAD_REQUEST. */
  readonly status?: number;
  readonly details?: ErrorDetails;
  readonly retryAfterSeconds?: number;
  /** What it says to an owner, as a message of `shared/words`: shown in the owner's language instead of the text. */
  readonly said?: SaidToOwner;
}

/** A message of `shared/words`, which stands above this folder. */
export interface SaidToOwner {
  readonly code: string;
  readonly params: object;
}

/** A refusal that its cause may read: it says what happened and what was expected. */
export class ProtocolError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: ErrorDetails | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly said: SaidToOwner | undefined;

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

export const badRequest = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('BAD_REQUEST', message, details ? { details } : {});
export const unauthorized = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('UNAUTHORIZED', message, details ? { details } : {});
export const forbidden = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('FORBIDDEN', message, details ? { details } : {});
export const notFound = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('NOT_FOUND', message, details ? { details } : {});
export const conflict = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('CONFLICT', message, details ? { details } : {});
export const gone = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('GONE', message, details ? { details } : {});
export const unavailable = (message: string, details?: ErrorDetails): ProtocolError =>
  new ProtocolError('SERVICE_UNAVAILABLE', message, details ? { details } : {});

/**
 * Wire form of a refusal. Anything that is not a ProtocolError tells nothing about our insides. `textOf` gives the
 * sentence where it is not the error's own: in the asker's language.
 */
export function errorBody(
  error: unknown,
  textOf: (error: ProtocolError) => string = ({ message }) => message,
): { status: number; body: Record<string, unknown> } {
  const known =
    error instanceof ProtocolError
      ? error
      : new ProtocolError('INTERNAL_ERROR', 'Something went wrong on this server; its log says what.');
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
