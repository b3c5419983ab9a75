import { type ErrorCode, type ErrorOptions, ProtocolError } from '../protocol/errors.ts';
import type { Said } from './said.ts';
import { type Words, wordsIn } from './words.ts';

/** An error that an owner reads: `refusal('CONFLICT', said('peer.blocked', { server }))`. Its text is English. */
export const refusal = (
  code: ErrorCode,
  said: Said,
  options: Omit<ErrorOptions, 'said'> = {},
): ProtocolError => new ProtocolError(code, wordsIn('en').say(said), { ...options, said });

/** What a program says about its own start and its own commands; the language is chosen where it is shown. */
export type Sentence = (words: Words) => string;

/** An error of the program itself, such as a start that failed. Its `message`, for logs, is English. */
export class SpokenError extends Error {
  readonly sentence: Sentence;

  constructor(sentence: Sentence) {
    super(sentence(wordsIn('en')));
    this.name = new.target.name;
    this.sentence = sentence;
  }
}

/** The sentence of an error in the reader's language. */
export function errorText(words: Words, error: Error): string {
  if (error instanceof SpokenError) return error.sentence(words);
  return error instanceof ProtocolError && error.said !== undefined
    ? words.say(error.said as Said)
    : error.message;
}
