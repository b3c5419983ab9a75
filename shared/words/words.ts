/**
 * The words of this program in the reader's language.
 *
 * - Texts are in `en/` and `de/`, in ICU MessageFormat syntax, one file a screen or subject. German has the type
 *   `Translation<typeof english>`, so it can neither lack a text nor have one too many.
 * - Decision code in `main` returns `said(code, params)` (said.ts) and knows no sentence. The code that talks to a
 *   person makes the sentence: `wordsIn(language).say(message)`.
 * - Screens, command line and tray have texts of their own: `words.peers.title`, `words.peers.summary({ … })`. Those of
 *   the screens stand together in `screens.ts`, because a page loads them in one language only (renderer/text).
 * - `en-XA` is for tests: English with marks around it, so that a text from nowhere stands out.
 */
import { de } from './de/all.ts';
import { en } from './en/all.ts';
import { chooseLocale, languageOf, makeWords, type WordsOf } from './locale.ts';

export {
  chooseLocale,
  type Language,
  type LanguageChoice,
  languageChoices,
  languages,
  localeFor,
} from './locale.ts';

export type Words = WordsOf<typeof en>;

const made = new Map<string, Words>();
/** Keeps more locales than a server's users have. Anyone can ask in any of thousands, and each takes memory. */
const madeMax = 32;

/** The words for a locale such as `de` or `en-GB`. Created once per locale, unless there are too many. */
export function wordsIn(wanted: string): Words {
  const locale = chooseLocale([wanted]);
  let words = made.get(locale);
  if (words === undefined) {
    const texts = (languageOf(locale) === 'de' ? de : en) as typeof en;
    words = makeWords(locale, texts, texts.node);
    if (made.size >= madeMax) made.clear();
    made.set(locale, words);
  }
  return words;
}
