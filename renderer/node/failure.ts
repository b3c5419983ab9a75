import { ApiError } from '../../shared/api/client.ts';
import { ProtocolError } from '../../shared/protocol/errors.ts';
import { text } from '../text/text.ts';

/** An error for people: a sentence, a code to copy, and the fields it is about. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The expectation of each field, by its name in the contract. */
  readonly fields: Readonly<Record<string, string>>;
}

export function failureOf(error: unknown): Failure {
  // The node's own sentence is for programs.
  if (error instanceof ApiError && error.status === 401)
    return { code: error.code, message: text.failure.loggedOut, fields: {} };
  if (error instanceof ApiError)
    return { code: error.code, message: sentence(error), fields: fieldsOf(error.details) };
  if (error instanceof ProtocolError) return { code: error.code, message: sentence(error), fields: {} };
  // Errors of `fetch` if nobody answers, or not in time.
  const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
  if (error instanceof TypeError || isTimeout)
    return { code: 'OFFLINE', message: text.connection.noAnswer, fields: {} };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL_ERROR', message: text.failure.unexpected({ what: message }), fields: {} };
}

const sentence = ({ said, message }: ApiError | ProtocolError): string =>
  said === undefined ? message : text.say(said);

/**
 * The owner said no in the desktop app's own dialog, or ended the work themselves: nothing happened, and nothing is
 * reported.
 */
export const isCancelled = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 'CANCELLED' || error.details?.reason === 'canceled');

function fieldsOf(details: Readonly<Record<string, unknown>> | null): Record<string, string> {
  const fields: Record<string, string> = {};
  if (!Array.isArray(details?.fields)) return fields;
  for (const { field, message } of details.fields as { field?: unknown; message?: unknown }[])
    if (typeof field === 'string' && typeof message === 'string') fields[field] = message;
  return fields;
}

/** Leaves for a note what these fields don't show themselves. */
export function unfielded(failure: Failure | null, ...fields: readonly string[]): Failure | null {
  if (failure === null) return null;
  const named = Object.keys(failure.fields);
  return named.length > 0 && named.every((name) => fields.includes(name)) ? null : failure;
}
