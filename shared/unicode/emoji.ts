/** Follows a character to ask for its text form or its colored form. */
const variants = /[\u{fe0e}\u{fe0f}]/gu;
/** The emoji that are drawn as text without that sign. A skin color asks for the colored form, too. */
const drawnAsText =
  /(?:(?!\p{Emoji_Presentation})\p{Extended_Pictographic}(?!\p{Emoji_Modifier})|[0-9#*](?=\u{20e3}))/gu;
const isComplete = (text: string): boolean => /^\p{RGI_Emoji}$/v.test(text);

/**
 * The one form of an emoji, with the signs that ask for the colored form: keyboards leave them out or add them, and ❤
 * and ❤️ are one reaction. Anything but an emoji is returned unchanged.
 */
export function oneFormOf(emoji: string): string {
  const plain = emoji.replace(variants, '');
  const colored = plain.replace(drawnAsText, '$&\u{fe0f}');
  return [colored, plain].find(isComplete) ?? emoji;
}
