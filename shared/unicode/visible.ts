/**
 * Makes visible what others wrote but nobody could see: invisible characters, characters that change the direction of
 * text, and piles of accents. Characters that people need for their language and their emoji are kept.
 */

/** Shown in place of a hidden character. */
export const hiddenMark = '\ufffd';

/** Zero-width and filler characters, soft hyphens, variation selectors, tags, bidi and other controls, half pairs. */
const hidden = String.raw`(?![\t\n])[\p{DI}\p{Bidi_C}\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u2800\ufff9-\ufffb]`;
/** Flags of England, Scotland and Wales: the only emoji made of tags. */
const flag = String.raw`\u{1f3f4}(?:\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073}))\u{e007f}`;
const face = String.raw`\p{ExtPict}[\ufe0e\ufe0f]?\p{EMod}?`;
const needed = [
  flag,
  String.raw`${face}(?:\u200d${face})*`,
  String.raw`[#*0-9]\ufe0f\u20e3`,
  // Persian and its neighbors use it to separate letters; in Indic scripts it selects the shape of a cluster.
  String.raw`(?<=[\p{scx=Arab}\p{scx=Syrc}])\u200c(?=[\p{scx=Arab}\p{scx=Syrc}])`,
  String.raw`(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca])[\u200c\u200d](?=\p{L})`,
].join('|');
const neededOrHidden = new RegExp(`(${needed})|(?:${hidden})+`, 'gu');
/** Finds more than four marks on one letter, which no language has (UTS #39, section 5.4). */
const pile = /([\p{Mn}\p{Me}]{4})[\p{Mn}\p{Me}]+/gu;
const anythingOdd = new RegExp(`${hidden}|[\\p{Mn}\\p{Me}]{5}`, 'u');
const eachHidden = new RegExp(hidden, 'gu');

/** The text with one mark (�) for each run of hidden characters. Tabs and line feeds stay. */
export function visible(text: string): string {
  if (!anythingOdd.test(text)) return text;
  return text
    .replace(neededOrHidden, (_, kept: string | undefined) => kept ?? hiddenMark)
    .replace(pile, `$1${hiddenMark}`);
}

/** Equivalent JSON, with its hidden characters as escapes. */
export const visibleJson = (json: string): string =>
  json.replace(eachHidden, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
