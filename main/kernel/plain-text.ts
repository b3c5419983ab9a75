import { visible } from '../../shared/unicode/visible.ts';

const charactersMax = 200;

/** What others wrote, as one line that can be shown: hidden characters marked, 200 characters at most. */
export function plainText(text: string): string {
  const line = visible(text.slice(0, charactersMax * 4).replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')).trim();
  const characters = [...line];
  return characters.length > charactersMax ? `${characters.slice(0, charactersMax - 1).join('')}…` : line;
}
