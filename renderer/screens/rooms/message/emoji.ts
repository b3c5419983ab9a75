/** The common ones. Any other can be typed. */
export const commonEmojis = ['👍', '❤️', '😂', '🎉', '🙏', '👀', '✅', '🔥', '😮', '😢', '👎', '🚀'] as const;

// With and without the sign that asks for the coloured form, which some keyboards leave out.
const oneEmoji = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\u{fe0f}?)$/v;

export const isEmoji = (text: string): boolean => oneEmoji.test(text);
