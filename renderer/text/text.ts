/**
 * Every word that the screens show, in the reader's language: `text.peers.title`, `text.peers.summary({ … })`. The texts
 * are in shared/words. English comes with the page; another language is fetched before it is needed.
 *
 * `text` is another object after `speak`. So components read it when they are created (all are created again when the
 * language changes), and other modules read it inside functions, never at import.
 */
import { wire as englishChecks } from '../../shared/words/en/node/wire.ts';
import { screens as english } from '../../shared/words/en/screens.ts';
import { chooseLocale, languageOf, makeWords, type WordsOf } from '../../shared/words/locale.ts';

export type Text = WordsOf<typeof english>;

/** `checks`: the messages of the checks in `shared`, which also run on the page. */
const textIn = (locale: string, texts: typeof english, checks: typeof englishChecks): Text =>
  makeWords(locale, texts, checks);

export let text: Text = textIn('en', english, englishChecks);

let wanted = text.locale;

/** Changes `text` to the language of this locale (`de`, `en-GB`). Fails if its texts cannot be fetched. */
export async function speak(reader: string): Promise<void> {
  const locale = chooseLocale([reader]);
  wanted = locale;
  const [texts, checks] =
    languageOf(locale) === 'de'
      ? [
          (await import('../../shared/words/de/screens.ts')).screens,
          (await import('../../shared/words/de/node/wire.ts')).wire,
        ]
      : [english, englishChecks];
  // Ignore it if another language was requested in the meantime.
  if (wanted === locale) text = textIn(locale, texts as typeof english, checks as typeof englishChecks);
}
