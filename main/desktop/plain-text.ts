const charsMax = 200;

/** What others wrote, on one line and without what some desktops read as markup. */
export function plain(text: string): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('&', '+')
    .trim();
  return clean.length > charsMax ? `${clean.slice(0, charsMax)}…` : clean;
}
