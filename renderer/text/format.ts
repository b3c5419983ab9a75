/** Numbers, lists and units in the reader's locale. For times, see parts/time/time.ts. */
import { text } from './text.ts';

/** Caches what `make` returns until the locale of the page changes. */
export function perLocale<T>(make: (locale: string) => T): () => T {
  let made: { locale: string; value: T } | undefined;
  return () => {
    if (made?.locale !== text.locale) made = { locale: text.locale, value: make(text.locale) };
    return made.value;
  };
}

const numbers = perLocale((locale) => new Intl.NumberFormat(locale));
const lists = perLocale((locale) => new Intl.ListFormat(locale));

/** `12,345` or `12.345`. */
export const number = (value: number): string => numbers().format(value);
/** `a, b, and c`. */
export const list = (items: readonly string[]): string => lists().format(items);

/** A number with its unit, such as `2.5 sec`; `unit` as `Intl` names it. */
export function withUnit(
  value: number,
  unit: string,
  options: Pick<
    Intl.NumberFormatOptions,
    'maximumFractionDigits' | 'minimumFractionDigits' | 'unitDisplay'
  > = {},
): string {
  return new Intl.NumberFormat(text.locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 0,
    ...options,
  }).format(value);
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A number of bytes as people say it: “12.4 MB”. */
export function sizeInWords(bytes: number): string {
  let size = bytes;
  let unit = 0;
  // A number that rounds to a thousand is one of the next unit.
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1;
  return withUnit(size, units[unit] ?? 'byte', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    unitDisplay: unit === 0 ? 'long' : 'short',
  });
}
