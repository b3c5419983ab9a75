/**
 * The form in which texts and searches are compared: in lower case, without accents, and with one blank for everything
 * that is no letter, digit or picture.
 */

/** The longest part of a text that can be found. */
export const searchedMax = 16_384;

const accents = /[\u0300-\u036f]/g;
/** Scripts without blanks between words, and pictures: each character counts as a word. */
const single =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Extended_Pictographic}]/gu;
const between = /[^\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+/gu;
const isPlain = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

const folded = (text: string): string =>
  isPlain(text)
    ? text.toLowerCase()
    : text
        .toLowerCase()
        .normalize('NFKD')
        .replace(accents, '')
        .normalize('NFC')
        .replaceAll('ß', 'ss')
        .replaceAll('ς', 'σ')
        .replace(single, ' $& ');

/** Begins and ends with a blank. */
export const searchForm = (text: string): string =>
  ` ${folded(text.slice(0, searchedMax)).replace(between, ' ').trim()} `;

/**
 * Returns the parts that a text must contain, in its search form, to match a search. Parts of words count from three
 * characters on, the beginnings of words from two. A part in quotation marks stays together.
 */
export function searchNeedles(query: string): string[] {
  const parts = [...query.matchAll(/["“„]([^"“”„]*)["“”]?|[^\s"“”„]+/gu)].map(
    ([all, quoted]) => quoted ?? all,
  );
  const needles = parts.flatMap((part) => {
    const form = searchForm(part).trim();
    const { length } = [...form];
    if (length === 0) return [];
    return [length === 1 ? ` ${form} ` : length === 2 ? ` ${form}` : form];
  });
  return [...new Set(needles)];
}

/** Finds the needles in a text: the ranges that a reader sees marked, in order and without overlaps. */
export function foundIn(text: string, needles: readonly string[]): [from: number, to: number][] {
  let form = ' ';
  const origins = [0];
  for (let at = 0; at < text.length && at < searchedMax; ) {
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    // A blank follows a character that is a word of its own.
    for (const unit of folded(char).replace(between, ' ').replace(/ +/g, ' ')) {
      if (unit === ' ' && form.endsWith(' ')) continue;
      form += unit;
      for (let i = 0; i < unit.length; i++) origins.push(at);
    }
    at += char.length;
  }
  form += ' ';
  origins.push(text.length, text.length);
  const ranges: [number, number][] = [];
  for (const needle of needles)
    for (let at = form.indexOf(needle); at >= 0; at = form.indexOf(needle, at + 1)) {
      const lead = needle.length - needle.trimStart().length;
      const last = at + needle.trimEnd().length - 1;
      const from = origins[at + lead] ?? 0;
      const end = origins[last] ?? 0;
      ranges.push([from, end + String.fromCodePoint(text.codePointAt(end) ?? 0).length]);
    }
  ranges.sort((a, b) => a[0] - b[0]);
  const apart: [number, number][] = [];
  for (const range of ranges) {
    const before = apart.at(-1);
    if (before && range[0] <= before[1]) before[1] = Math.max(before[1], range[1]);
    else apart.push(range);
  }
  return apart;
}
