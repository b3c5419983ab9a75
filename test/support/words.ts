/** What the node says, in English, where a test has what decision code gives. */
import { inWords, type Sayable } from '../../shared/words/in-words.ts';
import type { Said } from '../../shared/words/said.ts';
import { wordsIn } from '../../shared/words/words.ts';

const words = wordsIn('en');

/** Empty if there is no message. */
export const inEnglish = (message: Said | '' | null | undefined): string =>
  message ? words.say(message) : '';

/** Every message in it as its sentence. */
export const allInEnglish = <T>(value: Sayable<T>): T => inWords(words, value);
