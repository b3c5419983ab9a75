import { type ErrorCode, type ErrorOptions, ProtocolError } from '../protocol/errors.ts';
import type { Said } from './said.ts';
import { type Words, wordsIn } from './words.ts';

/** An error that an owner reads: `refusal('CONFLICT', said('peer.blocked', { server }))`. Its text is English. */
export const refusal = (
  code: ErrorCode,
  said: Said,
  options: Omit<ErrorOptions, 'said'> = {},
): ProtocolError => new ProtocolError(code, wordsIn('en').say(said), { ...options, said });

/** The sentence of an error in the reader's language. */
export const errorText = (words: Words, error: ProtocolError): string =>
  error.said === undefined ? error.message : words.say(error.said as Said);
