import type { Api } from '../../shared/api/contract.ts';
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import type { Words } from '../../shared/words/words.ts';

/** The API as its parts answer it: wherever a view has a text, a message may stand. */
export type SaidApi = {
  readonly [P in keyof Api]: (...input: Parameters<Api[P]>) => Promise<Sayable<Awaited<ReturnType<Api[P]>>>>;
};

/** The same in the words of one language. `answerTo` gives the refusal for an error that the disk has caused. */
export function apiInWords(words: Words, api: SaidApi, answerTo: (error: unknown) => unknown): Api {
  const worded = Object.entries(api).map(([name, answer]) => [
    name,
    async (input: never) => {
      try {
        return inWords(words, await (answer as (input: never) => Promise<object>)(input));
      } catch (error) {
        throw answerTo(error);
      }
    },
  ]);
  return Object.fromEntries(worded) as Api;
}
