/**
 * Every word that the screens show, in the reader's language: `text.peers.title`, `text.peers.summary({ … })`. The texts
 * stand in shared/words. English comes with the page; another language is fetched before it is needed.
 *
 * `text` is another object after `speak`. So a component reads it while it is being made (the whole app is made again
 * when the language changes), and a module reads it inside functions, never while it is imported.
 */
import { screens as english } from '../../shared/words/en/screens.ts';
import { chooseLocale, languageOf, makeWords, type WordsOf } from '../../shared/words/locale.ts';

export type Text = WordsOf<typeof english>;

const textIn = (locale: string, texts: typeof english): Text => makeWords(locale, texts, {});

export let text: Text = textIn('en', english);

let wanted = text.locale;

/** Makes `text` speak the language of this locale (`de`, `en-GB`). Fails if its texts cannot be fetched. */
export async function speak(reader: string): Promise<void> {
  const locale = chooseLocale([reader]);
  wanted = locale;
  const texts =
    languageOf(locale) === 'de' ? (await import('../../shared/words/de/screens.ts')).screens : english;
  // Another one may have been asked for meanwhile.
  if (wanted === locale) text = textIn(locale, texts as typeof english);
}
