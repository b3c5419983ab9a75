const addressCharsMax = 2048;

/**
 * What may be handed to the system's browser or mail program, rewritten so that it is exactly what was checked; `null`
 * for the rest. Other schemes start other programs, and of a mail only the address is kept: some programs attach
 * the files that a link names.
 */
export function externalAddress(text: string): string | null {
  if (text.length > addressCharsMax) return null;
  const url = URL.parse(text);
  if (url === null) return null;
  if (url.protocol === 'mailto:')
    return /^[^\s/?#&"'<>]+@[^\s/?#&"'<>]+$/.test(url.pathname) ? `mailto:${url.pathname}` : null;
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '';
  return plain ? url.href : null;
}
