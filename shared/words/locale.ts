/** The languages, and how texts of a language become words. Contains no texts itself. */
import { formatter, type Params, type Spoken, spoken, type Texts, type Value } from './messages.ts';
import { isSaid, type Said } from './said.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** The setting: a language, or whatever each computer or browser prefers. */
export const languageChoices = ['system', ...languages] as const;
export type LanguageChoice = (typeof languageChoices)[number];

export type WordsOf<T> = Spoken<T> & {
  /**
   * The locale for `Intl` and `<html lang>`: the reader's own if it belongs to this language (`en-GB`), otherwise the
   * language.
   */
  readonly locale: string;
  /** The sentence of a message. A message that this version doesn't know (from a newer node) is shown as its code. */
  readonly say: (message: Said) => string;
};

const pseudo = 'en-XA';
/** A language, perhaps with a country. The rest of longer tags doesn't matter for words. */
const tag = new RegExp(`^(?:${languages.join('|')})(?:-[A-Z]{2})?(?![A-Za-z])`, 'i');
const marked = (text: string): string => `⟦${text}⟧`;

export const languageOf = (locale: string): Language => (/^de(?:-|$)/i.test(locale) ? 'de' : 'en');

/** The first locale whose language we have (`de`, `en-GB`); English without one. */
export function chooseLocale(locales: readonly string[]): string {
  for (const locale of locales) {
    const [known] = tag.exec(locale.replace('_', '-')) ?? [];
    if (known !== undefined) return known;
  }
  return 'en';
}

/** The locale for a choice. Takes the country from the system (`de-AT`) if the system has one for that language. */
export function localeFor(choice: LanguageChoice, system: readonly string[]): string {
  if (choice === 'system') return chooseLocale(system);
  return chooseLocale([
    ...system.filter((locale) => tag.test(locale) && languageOf(locale) === choice),
    choice,
  ]);
}

/** `ofNode`: the texts that `say` uses. */
export function makeWords<T extends Texts>(locale: string, texts: T, ofNode: Texts): WordsOf<T> {
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
  return new Proxy(spoken(texts, format), {
    get: (from, name) =>
      name === 'locale' ? locale : name === 'say' ? say : (from as Record<string | symbol, unknown>)[name],
  }) as WordsOf<T>;
}
