/** Base64url (RFC 4648 §5, no padding): what a link can carry without escapes. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const values = new Map([...alphabet].map((letter, value) => [letter, value]));

/** Each number is a byte, 0 to 255. */
export function base64urlFromBytes(bytes: readonly number[]): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(at, at + 3);
    const letters = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    const used = Math.min(bytes.length - at, 3) + 1;
    for (const letter of letters.slice(0, used)) out += alphabet[letter];
  }
  return out;
}

/** `null` for anything that isn't valid base64url in its only canonical form, or was truncated. */
export function bytesFromBase64url(encoded: string): number[] | null {
  if (encoded.length % 4 === 1) return null;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of encoded) {
    const value = values.get(letter);
    if (value === undefined) return null;
    held = (held << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(held >> bits);
    held &= (1 << bits) - 1;
  }
  return held === 0 ? bytes : null;
}
