/** What others wrote, made fit to be shown in a line, a dialog or a terminal. Only how it is shown changes. */

/** Control characters, those that nobody sees or that turn the direction of text, and halves of characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** One line of at most `charsMax` characters. What cannot be seen becomes a space. */
export function plainText(text: string, charsMax = 200): string {
  const line = oneLine(text.slice(0, charsMax * 4), ' ');
  const characters = [...line];
  return characters.length > charsMax ? `${characters.slice(0, charsMax - 1).join('')}…` : line;
}

/** The same without what some desktops read as markup. */
export const withoutMarkup = (text: string): string =>
  plainText(text).replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '+');

/** The name of a file. What cannot be seen goes, because it could make a name read as another one. */
export function plainFileName(text: string, charsMax: number): string {
  const name = oneLine(text, '');
  const chars = [...name];
  if (chars.length <= charsMax) return name;
  // The end stays: it shows what kind of file it is.
  return `${chars.slice(0, charsMax - 21).join('')}…${chars.slice(-20).join('')}`;
}

/**
 * For a terminal: of any length, with line breaks as `⏎`. Where something could move the cursor or turn the direction of
 * text, the reader sees that something was there.
 */
export const printable = (text: string): string =>
  text
    .replace(/\r?\n/g, ' ⏎ ')
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '�');

const oneLine = (text: string, instead: string): string =>
  text.replace(unseen, instead).replace(/\s+/g, ' ').trim();
