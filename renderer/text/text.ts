/**
 * Every word that the screens show, in the reader's language: `text.peers.title`, `text.peers.summary({ … })`. The texts
 * stand in shared/words. English comes with the page; another language is fetched before it is needed.
 *
 * `text` is another object after `speak`. So components read it when they are created (all are created again when the
 * language changes), and other modules read it inside functions, never at import.
 */
import { screens as english } from '../../shared/words/en/screens.ts';
import { chooseLocale, languageOf, makeWords, type WordsOf } from '../../shared/words/locale.ts';
import { deliveries } from './en/deliveries.ts';
import { invites } from './en/invites.ts';
import { peers } from './en/peers.ts';
import { rooms } from './en/rooms.ts';

/** Not in shared/words yet: English whatever the language is. */
const old = { deliveries, invites, peers, rooms };

export type Text = WordsOf<typeof english> & typeof old;

const textIn = (locale: string, texts: typeof english): Text => {
  const words = makeWords(locale, texts, {});
  return new Proxy(words, {
    get: (_, name) => (name in old ? old[name as keyof typeof old] : words[name as keyof typeof words]),
  }) as Text;
};

export let text: Text = textIn('en', english);

let wanted = text.locale;

/** Changes `text` to the language of this locale (`de`, `en-GB`). Fails if its texts cannot be fetched. */
export async function speak(reader: string): Promise<void> {
  const locale = chooseLocale([reader]);
  wanted = locale;
  const texts =
    languageOf(locale) === 'de' ? (await import('../../shared/words/de/screens.ts')).screens : english;
  // Ignore it if another language was requested in the meantime.
  if (wanted === locale) text = textIn(locale, texts as typeof english);
}
