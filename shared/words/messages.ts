/** Messages are made of ICU texts, the arguments that each one takes, and the sentences they become. */
import type { GetICUArgs } from '@schummar/icu-type-parser';
import { IntlMessageFormat } from 'intl-messageformat';
import { visible } from '../unicode/visible.ts';

/** Nested texts in ICU MessageFormat syntax. The English ones are written `as const`: their arguments are types. */
export interface Texts {
  readonly [name: string]: string | Texts;
}

/** An argument of a message: a text, a number, or another message (`said.ts`). Times are unix milliseconds. */
export type Value = string | number | { readonly code: string; readonly params: Params };
export interface Params {
  readonly [name: string]: Value;
}

/** The arguments of a text: `{name}` anything, `{n, plural, …}` and `{n, number}` a number, `{at, date}` a time. */
export type ArgsOf<Text extends string> = GetICUArgs<
  Text,
  { ICUArgument: Value; ICUNumberArgument: number; ICUDateArgument: number }
>;

/** The texts as code uses them: a sentence if nothing has to be filled in, otherwise a function of the arguments. */
export type Spoken<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? keyof ArgsOf<T[K]> extends never
      ? string
      : (args: ArgsOf<T[K]>) => string
    : Spoken<T[K]>;
};

/** The same names with texts of another language. A missing or extra text is a type error. */
export type Translation<T> = {
  readonly [K in keyof T]: T[K] extends string ? string : Translation<T[K]>;
};

/** Turns one text of a language into a sentence. */
type Formatter = (text: string, args: Params) => string;

/**
 * `locale` determines how numbers, dates and plurals look (`en-GB`). `resolve` makes the sentence of an argument that
 * is a message itself.
 */
export function formatter(locale: string, resolve: (value: Value) => string | number): Formatter {
  const parsed = new Map<string, IntlMessageFormat>();
  return (text, args) => {
    if (!text.includes('{')) return text;
    const values = Object.fromEntries(
      Object.entries(args).map(([name, value]) => [name, shown(resolve(value))]),
    );
    if (isPlain(text)) return filled(text, values);
    let message = parsed.get(text);
    if (message === undefined) {
      message = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true });
      parsed.set(text, message);
    }
    return String(message.format(values));
  };
}

/**
 * Whether a text contains arguments like `{name}` only. These need no `Intl`, whose first use looks at the data of every
 * locale and takes 5 MB (docs/decisions/0064-little-memory.md).
 */
const isPlain = (text: string): boolean => /^(?:[^{}']|'(?!['{}])|\{\w+\})*$/.test(text);

const filled = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The text needs a value for ${name}: ${text}`);
    return String(value);
  });

/** Some of the arguments were written by others. */
const shown = (value: string | number): string | number =>
  typeof value === 'string' ? visible(value) : value;

/** A text without arguments is used unchanged, so a sentence never costs more than a property. */
export function spoken<T extends Texts>(texts: T, format: Formatter): Spoken<T> {
  const made = new Map<string, unknown>();
  const make = (text: string | Texts | undefined): unknown => {
    if (typeof text === 'object') return spoken(text, format);
    if (text === undefined) return undefined;
    return text.includes('{') ? (args: Params) => format(text, args) : format(text, {});
  };
  return new Proxy(texts, {
    get: (from, name) => {
      if (typeof name !== 'string') return undefined;
      if (!made.has(name)) made.set(name, make(from[name]));
      return made.get(name);
    },
  }) as unknown as Spoken<T>;
}
