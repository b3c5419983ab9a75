/**
 * The words of this program in the reader's language.
 *
 * - Texts stand in `en/` and `de/`, in ICU MessageFormat syntax, one file a screen or subject. German has the type
 *   `Translation<typeof english>`, so it can neither lack a text nor have one too many.
 * - Decision code in `main` returns `said(code, params)` (said.ts) and knows no sentence. The code that talks to a
 *   person makes the sentence: `wordsIn(language).say(message)`.
 * - Screens, command line and tray have texts of their own: `words.peers.title`, `words.peers.summary({ … })`.
 * - `en-XA` is for tests: English with marks around it, so that a text from nowhere stands out.
 */
import { de } from './de/all.ts';
import { en } from './en/all.ts';
import { formatter, type Params, type Spoken, spoken, type Texts, type Value } from './messages.ts';
import { isSaid, type Said } from './said.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

export type Words = Spoken<typeof en> & {
  /** For `Intl` and `<html lang>`: the reader's own locale where it is of this language (`en-GB`), else the language. */
  readonly locale: string;
  /** The sentence of a message. One that this version does not know (a newer node's) is shown as its code. */
  readonly say: (message: Said) => string;
};

const pseudo = 'en-XA';
/** A language, perhaps with a country; of longer tags the rest says nothing about words. */
const tag = new RegExp(`^(?:${languages.join('|')})(?:-[A-Z]{2})?(?![A-Za-z])`, 'i');
const marked = (text: string): string => `⟦${text}⟧`;

/** The first of the locales whose language there is (`de`, `en-GB`); English if there is none. */
export function chooseLocale(locales: readonly string[]): string {
  for (const locale of locales) {
    const [known] = tag.exec(locale.replace('_', '-')) ?? [];
    if (known !== undefined) return known;
  }
  return 'en';
}

const made = new Map<string, Words>();

/** The words for a locale such as `de` or `en-GB`. Made once for each. */
export function wordsIn(wanted: string): Words {
  const locale = chooseLocale([wanted]);
  let words = made.get(locale);
  if (words === undefined) {
    words = makeWords(locale);
    made.set(locale, words);
  }
  return words;
}

function makeWords(locale: string): Words {
  const texts: Texts = locale === 'de' || locale.startsWith('de-') ? de : en;
  const ofNode = texts.node as Texts;
  const textOf = (code: string): string | undefined => {
    const [group = '', name = ''] = code.split('.');
    const found = (ofNode[group] as Texts | undefined)?.[name];
    return typeof found === 'string' ? found : undefined;
  };
  const resolve = (value: Value): string | number => (isSaid(value) ? sayPlainly(value) : value);
  const plain = formatter(locale === pseudo ? 'en' : locale, resolve);
  const mark = locale === pseudo ? marked : (text: string) => text;
  const sayPlainly = ({ code, params }: Said): string => {
    const text = textOf(code);
    return text === undefined ? code : plain(text, params);
  };
  const format = (text: string, args: Params): string => mark(plain(text, args));
  const say = (message: Said): string =>
    message.code === 'plain.text' ? sayPlainly(message) : mark(sayPlainly(message));
  return new Proxy(spoken(texts as typeof en, format), {
    get: (from, name) =>
      name === 'locale' ? locale : name === 'say' ? say : (from as Record<string | symbol, unknown>)[name],
  }) as Words;
}
