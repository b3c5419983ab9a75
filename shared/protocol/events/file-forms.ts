/** How the fields of a file look. Apart from the events, because the desktop app's preload script contains it, too. */

export const isFileHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
export const isContentType = (text: string): boolean =>
  text.length <= 100 && /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/.test(text);
export const isThumbhash = (text: string): boolean =>
  text.length <= 40 && /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
