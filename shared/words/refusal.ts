import { type ErrorCode, type ErrorOptions, errorBody, ProtocolError } from '../protocol/errors.ts';
import { inWords } from './in-words.ts';
import { type Said, said, saidOf } from './said.ts';
import { type Words, wordsIn } from './words.ts';

/** An error that an owner reads: `refusal('CONFLICT', said('peer.blocked', { server }))`. Its text is English. */
export const refusal = (
  code: ErrorCode,
  said: Said,
  options: Omit<ErrorOptions, 'said'> = {},
): ProtocolError => new ProtocolError(code, wordsIn('en').say(said), { ...options, said });

/** An error that is no refusal, for the owner all the same: a file that cannot be read, a port in use. */
export class SaidError extends Error {
  readonly said: Said;

  constructor(said: Said, options?: { readonly cause?: unknown }) {
    super(wordsIn('en').say(said), options);
    this.name = new.target.name;
    this.said = said;
  }
}

/** What an error says, in the reader's language; the words of an error that is not ours are shown as they are. */
export const errorText = (words: Words, error: unknown): string => words.say(saidOf(error));

/** The answer to who caused an error, in the reader's language, its details included. An error of ours tells no insides. */
export function refusalBody(words: Words, error: unknown): ReturnType<typeof errorBody> {
  const known = error instanceof ProtocolError ? error : refusal('INTERNAL_ERROR', said('control.internal'));
  const { status, body } = errorBody(known, (refused) => errorText(words, refused));
  return { status, body: inWords(words, body) };
}
