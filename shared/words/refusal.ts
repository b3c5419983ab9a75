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

/** A program says this about its own start and its own commands. The language is chosen where it is shown. */
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

/** The same with a message that can be stored, or be part of another: a file that can't be read, a call that failed. */
export class SaidError extends SpokenError {
  readonly said: Said;

  constructor(said: Said) {
    super((words) => words.say(said));
    this.said = said;
  }
}

/** The sentence of an error in the reader's language. The text of an error that is not ours is shown unchanged. */
export const errorText = (words: Words, error: unknown): string =>
  error instanceof SpokenError ? error.sentence(words) : words.say(saidOf(error));

/**
 * The answer to the caller that caused the error, in the reader's language, including details. A bug of ours reveals
 * nothing internal.
 */
export function refusalBody(words: Words, error: unknown): ReturnType<typeof errorBody> {
  const known = error instanceof ProtocolError ? error : refusal('INTERNAL_ERROR', said('control.internal'));
  const { status, body } = errorBody(known, (refused) => errorText(words, refused));
  return { status, body: inWords(words, body) };
}
