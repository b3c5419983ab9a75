const charactersMax = 200;

/** What others wrote, as one line that can be shown: no control or invisible characters, 200 characters at most. */
export function plainText(text: string): string {
  const line = text
    .slice(0, charactersMax * 4)
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > charactersMax ? `${characters.slice(0, charactersMax - 1).join('')}…` : line;
}
