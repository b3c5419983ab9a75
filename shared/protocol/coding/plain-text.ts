/** Makes text from others safe to show in a line, a dialog or a terminal. Only affects how it is shown. */

import { visible } from '../../unicode/visible.ts';

/** Makes one line of at most `charsMax` characters, with hidden characters marked. */
export function plainText(text: string, charsMax = 200): string {
  const line = oneLine(text.slice(0, charsMax * 4));
  const characters = [...line];
  return characters.length > charsMax ? `${characters.slice(0, charsMax - 1).join('')}…` : line;
}

/** The same without anything that some desktops would interpret as markup. */
export const withoutMarkup = (text: string): string =>
  plainText(text).replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '+');

/** A file name on one line, with hidden characters marked, because they could make it look like another name. */
export function plainFileName(text: string, charsMax: number): string {
  const name = oneLine(text);
  const chars = [...name];
  if (chars.length <= charsMax) return name;
  // The end is kept, because it shows the type of the file.
  return `${chars.slice(0, charsMax - 21).join('')}…${chars.slice(-20).join('')}`;
}

/** Makes a text of any length fit for a terminal: line breaks as `⏎`, hidden characters marked. */
export const printable = (text: string): string =>
  visible(text.replace(/\r?\n/g, ' ⏎ ').replaceAll('\t', ' '));

const oneLine = (text: string): string => visible(text.replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')).trim();
