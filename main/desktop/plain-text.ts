import { plainText } from '../kernel/plain-text.ts';

/** What others wrote, on one line and without what some desktops read as markup. */
export const plain = (text: string): string =>
  plainText(text).replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '+');
